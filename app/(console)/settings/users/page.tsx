import type { Metadata } from 'next'
import { signInRules, userList } from '@/components/data/account-queries'
import { allowed } from '@/components/data/found'
import { Prefetched } from '@/components/data/prefetched'
import { UsersPage } from '@/components/settings/users'
import { pageActor } from '@/lib/auth/page-actor'
import { getSignInRules } from '@/lib/auth/sign-in-rules'
import { listUsers } from '@/lib/users/service'

export const metadata: Metadata = { title: 'Users · Settings' }

export default async function UsersRoute() {
  const actor = await pageActor()
  const users = await allowed(listUsers(actor))
  const rules = await getSignInRules(actor)
  return (
    <Prefetched
      data={[
        [userList().queryKey, users],
        [signInRules().queryKey, rules],
      ]}
    >
      <UsersPage />
    </Prefetched>
  )
}

import type { Metadata } from 'next'
import { Prefetched } from '@/components/data/prefetched'
import { userList } from '@/components/data/queries'
import { UsersPage } from '@/components/settings/users'
import { pageActor } from '@/lib/auth/page-actor'
import { listUsers } from '@/lib/users/service'

export const metadata: Metadata = { title: 'Users · Settings' }

export default async function UsersRoute() {
  const users = await listUsers(await pageActor())
  return (
    <Prefetched data={[[userList().queryKey, users]]}>
      <UsersPage />
    </Prefetched>
  )
}

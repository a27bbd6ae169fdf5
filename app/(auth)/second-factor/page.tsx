import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { EnrolFactor } from '@/components/auth/enrol-factor'
import { passkeyList, secondFactor } from '@/components/data/account-queries'
import { Prefetched } from '@/components/data/prefetched'
import { QueryProvider } from '@/components/data/query-provider'
import { anyPageActor } from '@/lib/auth/page-actor'
import { passkeyPlace } from '@/lib/auth/passkey-place'
import { currentEnv } from '@/lib/current-env'
import { listOwnPasskeys } from '@/lib/users/passkeys'
import { ownSecondFactor } from '@/lib/users/second-factor'

export const metadata: Metadata = { title: 'Second factor' }

/** Where somebody is led of whom a second factor is required, and who has none. */
export default async function SecondFactorPage() {
  const actor = await anyPageActor()
  if (actor.kind === 'anonymous') redirect('/sign-in')
  if (!actor.mustEnrol) redirect('/')
  const [factor, passkeys] = await Promise.all([ownSecondFactor(actor), listOwnPasskeys(actor)])
  return (
    <>
      <h1 className="text-20 font-semibold">Set up a second factor</h1>
      <p className="mt-1 mb-6 text-13 text-muted">
        It is required here, {actor.name}, and you have none yet. One of the two is enough.
      </p>
      <QueryProvider>
        <Prefetched
          data={[
            [secondFactor().queryKey, factor],
            [passkeyList().queryKey, passkeys],
          ]}
        >
          <EnrolFactor place={passkeyPlace(currentEnv().publicUrl)} />
        </Prefetched>
      </QueryProvider>
    </>
  )
}

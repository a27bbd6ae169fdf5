import type { Metadata } from 'next'
import { passkeyList, secondFactor, sessionList } from '@/components/data/account-queries'
import { Prefetched } from '@/components/data/prefetched'
import { PasswordForm, Sessions } from '@/components/settings/account'
import { PasskeysPanel } from '@/components/settings/passkeys'
import { SecondFactorPanel, SignInElsewhere } from '@/components/settings/second-factor'
import { SettingsPage } from '@/components/settings/settings-page'
import { pageActor } from '@/lib/auth/page-actor'
import { passkeyPlace } from '@/lib/auth/passkey-place'
import { listOwnSessions } from '@/lib/auth/sessions'
import { currentEnv } from '@/lib/current-env'
import { listOwnPasskeys } from '@/lib/users/passkeys'
import { ownSecondFactor } from '@/lib/users/second-factor'
import { hasOwnPassword } from '@/lib/users/service'

export const metadata: Metadata = { title: 'Account · Settings' }

/** Also what `/settings` shows, beside the list or, on a phone, behind it. */
export default async function AccountPage() {
  const actor = await pageActor()
  const [sessions, hasPassword, factor, passkeys] = await Promise.all([
    listOwnSessions(actor),
    hasOwnPassword(actor),
    ownSecondFactor(actor),
    listOwnPasskeys(actor),
  ])
  return (
    <Prefetched
      data={[
        [sessionList().queryKey, { data: sessions, total: sessions.length }],
        [secondFactor().queryKey, factor],
        [passkeyList().queryKey, passkeys],
      ]}
    >
      <SettingsPage title="Account">
        <div className="max-w-[760px] space-y-5">
          <Sessions />
          {hasPassword && <PasskeysPanel place={passkeyPlace(currentEnv().publicUrl)} />}
          {hasPassword && <SecondFactorPanel />}
          {hasPassword && <PasswordForm />}
          {!hasPassword && <SignInElsewhere />}
        </div>
      </SettingsPage>
    </Prefetched>
  )
}

import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { Prefetched } from '@/components/data/prefetched'
import { sessionList } from '@/components/data/queries'
import { DENSITY_COOKIE, readDensity, readTheme, THEME_COOKIE } from '@/components/layout/appearance'
import { PasswordForm, Sessions } from '@/components/settings/account'
import { Appearance } from '@/components/settings/appearance'
import { SettingsPage } from '@/components/settings/settings-page'
import { pageActor } from '@/lib/auth/page-actor'
import { listOwnSessions } from '@/lib/auth/sessions'
import { hasOwnPassword } from '@/lib/users/service'

export const metadata: Metadata = { title: 'Account · Settings' }

export default async function AccountPage() {
  const actor = await pageActor()
  const [sessions, hasPassword, jar] = await Promise.all([listOwnSessions(actor), hasOwnPassword(actor), cookies()])
  return (
    <Prefetched data={[[sessionList().queryKey, { data: sessions, total: sessions.length }]]}>
      <SettingsPage title="Account">
        <div className="max-w-[760px] space-y-5">
          <Appearance
            theme={readTheme(jar.get(THEME_COOKIE)?.value)}
            density={readDensity(jar.get(DENSITY_COOKIE)?.value)}
          />
          <Sessions />
          {hasPassword && <PasswordForm />}
        </div>
      </SettingsPage>
    </Prefetched>
  )
}

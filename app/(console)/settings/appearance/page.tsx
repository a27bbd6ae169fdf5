import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { DENSITY_COOKIE, readDensity, readTheme, THEME_COOKIE } from '@/components/layout/appearance'
import { Appearance } from '@/components/settings/appearance'
import { SettingsPage } from '@/components/settings/settings-page'

export const metadata: Metadata = { title: 'Appearance · Settings' }

export default async function AppearancePage() {
  const jar = await cookies()
  return (
    <SettingsPage title="Appearance">
      <div className="max-w-[760px]">
        <Appearance
          theme={readTheme(jar.get(THEME_COOKIE)?.value)}
          density={readDensity(jar.get(DENSITY_COOKIE)?.value)}
        />
      </div>
    </SettingsPage>
  )
}

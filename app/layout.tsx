import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { mono, sans } from '@/app/fonts'
import {
  DENSITY_COOKIE,
  KEYS_COOKIE,
  readDensity,
  readKeys,
  readTheme,
  THEME_COOKIE,
} from '@/components/layout/appearance'
import '@/app/globals.css'

export const metadata: Metadata = {
  title: { default: 'Holdfast', template: '%s · Holdfast' },
  description: 'Storage for a fleet of Linux hosts.',
  robots: { index: false, follow: false },
}

export const viewport: Viewport = {
  width: 'device-width',
  initialScale: 1,
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fafafb' },
    { media: '(prefers-color-scheme: dark)', color: '#0c0c0e' },
  ],
}

/** Theme and density come from cookies, so that the first paint is right without a script. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const jar = await cookies()
  return (
    <html
      lang="en"
      className={`${sans.variable} ${mono.variable}`}
      data-theme={readTheme(jar.get(THEME_COOKIE)?.value)}
      data-density={readDensity(jar.get(DENSITY_COOKIE)?.value)}
      data-keys={readKeys(jar.get(KEYS_COOKIE)?.value)}
    >
      <body>{children}</body>
    </html>
  )
}

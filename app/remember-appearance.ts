'use server'

import { cookies } from 'next/headers'
import { DENSITY_COOKIE, readDensity, readTheme, THEME_COOKIE } from '@/components/layout/appearance'

const YEAR_SECONDS = 31_536_000

/** Keeps how this browser wants the console to look. Unknown values become the default. */
export async function rememberAppearance(choice: { theme?: string; density?: string }) {
  const jar = await cookies()
  const options = { path: '/', maxAge: YEAR_SECONDS, sameSite: 'lax', httpOnly: true } as const
  if (choice.theme !== undefined) jar.set(THEME_COOKIE, readTheme(choice.theme), options)
  if (choice.density !== undefined) jar.set(DENSITY_COOKIE, readDensity(choice.density), options)
}

import { type Browser, chromium } from '@playwright/test'
import { CHROMIUM } from '@/e2e/console/support/chromium'

export function launchChromium(): Promise<Browser> {
  return chromium.launch(CHROMIUM)
}

/** Whom the benchmarks sign in as. */
export interface Person {
  username: string
  password: string
}

/** The cookies of somebody who is signed in. */
export async function signIn(browser: Browser, url: string, { username, password }: Person) {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${url}/sign-in`)
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(`${url}/`)
  const storageState = await context.storageState()
  await context.close()
  return storageState
}

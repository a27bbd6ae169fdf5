import { type APIRequestContext, type BrowserContext, expect, type Page, test } from '@playwright/test'
import { Console } from '@/e2e/console/support/console'
import { look as lookAt } from '@/e2e/console/support/look'
import { productUrl, SIGNED_IN } from '@/e2e/console/support/run'
import { codeAt, stepOf } from '@/lib/auth/totp'

/** How a person gets a password, and what they can have asked for besides it. */
test.describe.configure({ mode: 'serial' })

const PAGES = { account: '/settings/account', users: '/settings/users' }
const PERSON = { username: `eve-${Date.now().toString(36)}`, password: 'not-a-secret-9876543210' }

let admin: APIRequestContext
let context: BrowserContext
let page: Page
let app: Console
let id = ''
let secret = ''
let recovery: string[] = []

test.beforeAll(async ({ playwright, browser }) => {
  const extraHTTPHeaders = { origin: productUrl() }
  admin = await playwright.request.newContext({ baseURL: productUrl(), storageState: SIGNED_IN, extraHTTPHeaders })
  const data = { username: PERSON.username, password: 'a-first-one-nobody-knows', role: 'operator' }
  const made = await admin.post('/api/v1/users', { data })
  expect(made.status(), await made.text()).toBe(201)
  id = (await made.json()).data.id
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  page = await context.newPage()
  app = new Console(page)
})

test.afterAll(async () => {
  await context.close()
  if (id) await admin.delete(`/api/v1/users/${id}`)
  await admin.dispose()
})

/** With the pointer on nothing. */
async function look(at: Page, name: string): Promise<void> {
  await at.mouse.move(0, 0)
  await lookAt(at, name)
}

async function fillDialog(values: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(values)) {
    await page.getByRole('dialog').getByLabel(label, { exact: true }).fill(value)
  }
}

async function signOut(): Promise<void> {
  await app.open(PAGES.account)
  await app.button('Sign out').click()
  await expect(page).toHaveURL(/\/sign-in/)
}

test('an administrator gives a link, and the person sets a password with it once', async ({ browser }) => {
  const own = await browser.newContext({ storageState: SIGNED_IN, viewport: { width: 1440, height: 900 } })
  const adminPage = await own.newPage()
  const console = new Console(adminPage)
  await console.open(PAGES.users)
  await look(adminPage, 'access-users')
  await console.menu(`Actions for ${PERSON.username}`, 'Make a password reset link')
  await look(adminPage, 'access-reset-link-asked')
  await console.button('Make the link').click()
  const shown = adminPage.getByRole('dialog').getByText('/reset-password#')
  const link = (await shown.textContent())?.trim() ?? ''
  await look(adminPage, 'access-reset-link')
  await console.button('I have copied it').click()
  await expect(shown).toHaveCount(0)
  await own.close()

  await page.goto(link)
  await app.fill({ 'New password': PERSON.password, 'New password again': 'something else' })
  await app.button('Set the password').click()
  await expect(page.getByText('The two are not the same.')).toBeVisible()
  await look(page, 'access-reset-password')
  await app.fill({ 'New password again': PERSON.password })
  await app.button('Set the password').click()
  await expect(page).toHaveURL(/\/sign-in/)
  await expect(page.getByText('The password is set', { exact: true })).toBeVisible()
  await look(page, 'access-password-set')
  await app.signIn(PERSON.username, PERSON.password)
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()

  const again = await context.newPage()
  await again.goto(link)
  const second = new Console(again)
  await second.fill({ 'New password': 'yet-another-one', 'New password again': 'yet-another-one' })
  await second.button('Set the password').click()
  await expect(again.getByText('This link is not valid any more')).toBeVisible()
  await look(again, 'access-reset-refused')
  await again.close()
})

test('sets up an app, and is asked for its code', async () => {
  await app.open(PAGES.account)
  await look(page, 'access-account')
  await app.button('Set up').click()
  await fillDialog({ 'Current password': 'wrong' })
  await app.button('Continue').click()
  await expect(page.getByText('This is not your current password.')).toBeVisible()
  await fillDialog({ 'Current password': PERSON.password })
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('img', { name: 'QR code for your app' })).toBeVisible()
  secret = ((await dialog.getByText(/^([A-Z2-7]{4} ?){8}$/).textContent()) ?? '').replace(/\s/g, '')
  await look(page, 'access-totp-scan')
  await app.fill({ Code: '000000' })
  await app.button('Turn on').click()
  await expect(page.getByText('This is not the code of that secret.')).toBeVisible()
  await app.fill({ Code: codeAt(secret, stepOf(new Date())) })
  await app.button('Turn on').click()
  const codes = page.getByRole('alertdialog')
  await expect(codes).toContainText('Your recovery codes')
  recovery = ((await codes.locator('pre').textContent()) ?? '').trim().split('\n')
  expect(recovery).toHaveLength(10)
  await look(page, 'access-recovery-codes')
  await app.button('I have kept them').click()
  await expect(page.getByText('10 recovery codes left')).toBeVisible()
  await look(page, 'access-account-on')

  await signOut()
  await app.signIn(PERSON.username, PERSON.password)
  await expect(page.getByLabel('Code', { exact: true })).toBeFocused()
  await look(page, 'access-code')
  await app.fill({ Code: '000000' })
  await app.button('Sign in').click()
  await expect(page.getByText('This code is not right')).toBeVisible()
  await look(page, 'access-code-wrong')
  // Newer than the one of the set-up, which is used up; a clock may be ahead by one step.
  await app.fill({ Code: codeAt(secret, stepOf(new Date()) + 1) })
  await app.button('Sign in').click()
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
})

test('gets in with a recovery code, once', async () => {
  await signOut()
  await app.signIn(PERSON.username, PERSON.password)
  await app.button('Use a recovery code').click()
  await app.fill({ 'Recovery code': recovery[0] ?? '' })
  await look(page, 'access-recovery')
  await app.button('Sign in').click()
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
  await app.open(PAGES.account)
  await expect(page.getByText('9 recovery codes left')).toBeVisible()
  await app.button('Turn off').click()
  await fillDialog({ 'Current password': PERSON.password })
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click()
  await expect(app.button('Set up')).toBeVisible()
  await signOut()
  await app.signIn(PERSON.username, PERSON.password)
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
})

import { type BrowserContext, type CDPSession, expect, type Page, test } from '@playwright/test'
import { Console } from '@/e2e/console/support/console'
import { look as lookAt } from '@/e2e/console/support/look'
import { ADMINISTRATOR } from '@/e2e/console/support/run'
import { pace } from '@/e2e/lab/pace.mjs'
import { freePorts, Product } from '@/e2e/support/product'

/** Passkeys belong to a name, so this Holdfast is one of its own under `localhost`; the device is Chromium's virtual one. */
test.describe.configure({ mode: 'serial' })

const ACCOUNT = '/settings/account'

let product: Product
let url = ''
let context: BrowserContext
let page: Page
let app: Console
let device: CDPSession
let authenticatorId = ''

test.beforeAll(async ({ browser }) => {
  test.setTimeout(240_000 * pace())
  const port = await freePorts()
  url = `http://localhost:${port}`
  product = await Product.create({ port, env: { HOLDFAST_PUBLIC_URL: url } })
  const started = await product.start()
  const link = /\S+\/setup#\S+/.exec(started.stdout + started.stderr)?.[0]
  expect(link, started.stderr).toContain(url)
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  page = await context.newPage()
  app = new Console(page)
  await page.goto(link ?? '')
  await app.fill({ Username: ADMINISTRATOR.username, Password: ADMINISTRATOR.password })
  await app.button('Make the administrator').click()
  await isIn()

  device = await context.newCDPSession(page)
  await device.send('WebAuthn.enable')
  const added = await device.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  authenticatorId = added.authenticatorId
})

test.afterAll(async () => {
  await context.close()
  await product.dispose()
})

async function isIn(): Promise<void> {
  await expect(page).toHaveURL(`${url}/`)
  await expect(page.locator('main')).toBeVisible()
}

/** With the pointer on nothing. */
async function look(name: string): Promise<void> {
  await page.mouse.move(0, 0)
  await lookAt(page, name)
}

async function fillDialog(values: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(values)) {
    await page.getByRole('dialog').getByLabel(label, { exact: true }).fill(value)
  }
}

async function signOut(): Promise<void> {
  await page.goto(url + ACCOUNT)
  await app.button('Sign out').click()
  await expect(page).toHaveURL(/\/sign-in/)
}

async function credential() {
  const { credentials } = await device.send('WebAuthn.getCredentials', { authenticatorId })
  const [only] = credentials
  if (!only || credentials.length > 1) throw new Error(`the device has ${credentials.length} passkeys`)
  return only
}

test('a passkey is added after the password, and its device lets its owner in', async () => {
  await page.goto(url + ACCOUNT)
  await look('passkeys-none')
  await app.button('Add a passkey').click()
  await fillDialog({ Name: 'work laptop', 'Current password': 'wrong' })
  await app.button('Continue').click()
  await expect(page.getByText('This is not your current password.')).toBeVisible()
  await fillDialog({ 'Current password': ADMINISTRATOR.password })
  await look('passkeys-add')
  await app.button('Continue').click()
  await expect(app.button('Remove work laptop')).toBeVisible()
  await look('passkeys-one')
  expect(await credential()).toMatchObject({ rpId: 'localhost', isResidentCredential: true })

  await signOut()
  await look('passkeys-sign-in')
  await app.button('Sign in with a passkey').click()
  await isIn()
  await page.goto(url + ACCOUNT)
  await expect(page.getByText('not used yet')).toHaveCount(0)

  await app.button('Add a passkey').click()
  await fillDialog({ Name: 'again', 'Current password': ADMINISTRATOR.password })
  await app.button('Continue').click()
  await expect(page.getByText('This device has a passkey for you already.')).toBeVisible()
  await look('passkeys-already')
  await app.button('Cancel').click()
})

test('is refused when the device does not know who uses it, or when there is a copy of it', async () => {
  await signOut()
  await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  await app.button('Sign in with a passkey').click()
  await expect(page.getByText('It was cancelled, took too long')).toBeVisible()
  await look('passkeys-cancelled')
  await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })

  const { credentialId, ...rest } = await credential()
  const back = { ...rest, credentialId, signCount: 0 }
  await device.send('WebAuthn.removeCredential', { authenticatorId, credentialId })
  await device.send('WebAuthn.addCredential', { authenticatorId, credential: back })
  await app.button('Sign in with a passkey').click()
  await expect(page.getByText('This passkey was not accepted.')).toBeVisible()
  await device.send('WebAuthn.removeCredential', { authenticatorId, credentialId })
  await device.send('WebAuthn.addCredential', { authenticatorId, credential: { ...rest, credentialId, signCount: 50 } })
  await app.button('Sign in with a passkey').click()
  await isIn()
})

test('lets nobody in once it is removed, and is not offered under another name', async () => {
  await page.goto(url + ACCOUNT)
  await app.button('Remove work laptop').click()
  await look('passkeys-remove')
  await fillDialog({ 'Current password': ADMINISTRATOR.password })
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await expect(app.button('Remove work laptop')).toHaveCount(0)
  await signOut()
  await app.button('Sign in with a passkey').click()
  await expect(page.getByText('This passkey was not accepted.')).toBeVisible()
  await app.signIn(ADMINISTRATOR.username, ADMINISTRATOR.password)
  await isIn()
  await page.goto(`${product.url}/sign-in`)
  await expect(app.button('Sign in')).toBeVisible()
  await expect(app.button('Sign in with a passkey')).toHaveCount(0)
})

test('is asked for where a second factor is required, before anything else', async () => {
  await page.goto(`${url}/sign-in`)
  await app.signIn(ADMINISTRATOR.username, ADMINISTRATOR.password)
  await isIn()
  await product.signIn()
  const rules = { second_factor: 'everyone' }
  expect((await product.request('PATCH', '/api/v1/installation/sign-in-rules', rules)).status).toBe(200)
  // Another process may remember for a second who may do what.
  await expect(async () => {
    await page.goto(`${url}/hosts`)
    expect(page.url()).toBe(`${url}/second-factor`)
  }).toPass()
  await look('second-factor-required')
  await app.button('Add a passkey').click()
  await fillDialog({ Name: 'phone', 'Current password': ADMINISTRATOR.password })
  await app.button('Continue').click()
  await expect(app.button('Go on')).toBeVisible()
  await look('second-factor-done')
  await app.button('Go on').click()
  await isIn()
  await page.goto(`${url}/settings/users`)
  await expect(page.getByText('A second factor is required of')).toBeVisible()
  await look('users-second-factor')
})

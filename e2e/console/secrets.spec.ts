import { type APIRequestContext, expect, test } from '@playwright/test'
import { Console } from '@/e2e/console/support/console'
import { look } from '@/e2e/console/support/look'
import { journeyStorage, productUrl, SIGNED_IN } from '@/e2e/console/support/run'
import { pace } from '@/e2e/lab/pace.mjs'

/** A stored secret is asked for again where it would go elsewhere, before anything is sent. */
test.use({ storageState: SIGNED_IN })
test.describe.configure({ mode: 'serial' })

const AGAIN = 'Enter it again, since Server changed from nas-a.invalid to nas-b.invalid.'
const PASSWORD = 'not-a-real-secret'

let backend = ''
let mount = ''
let request: APIRequestContext

test.beforeAll(async ({ playwright }) => {
  request = await playwright.request.newContext({
    baseURL: productUrl(),
    storageState: SIGNED_IN,
    extraHTTPHeaders: { origin: productUrl() },
  })
  const config = { server: 'nas-a.invalid', share_name: 'media', username: 'reader', password: PASSWORD }
  const made = await request.post('/api/v1/storage/backends', { data: { name: 'secrets', type: 'cifs', config } })
  expect(made.status(), await made.text()).toBe(201)
  backend = (await made.json()).data.id
})

test.afterAll(async () => {
  if (mount) await request.delete(`/api/v1/storage/mounts/${mount}`, { headers: { prefer: 'wait=30' } })
  await request.delete(`/api/v1/storage/backends/${backend}`)
  await request.dispose()
})

test.beforeEach(() => test.skip(journeyStorage().host !== undefined, 'the storage is on another machine'))

test('the form of a backend says so at the field, before a test and before saving', async ({ page }) => {
  test.setTimeout(240_000 * pace())
  const app = new Console(page)
  const asked: string[] = []
  page.on('request', (sent) => {
    if (sent.method() !== 'GET') asked.push(new URL(sent.url()).pathname)
  })
  await app.open(`/backends/${backend}/edit`)
  await expect(page.getByText('Leave it empty to keep it.')).toBeVisible()
  await app.fill({ Server: 'nas-b.invalid' })
  await expect(page.getByText(AGAIN)).toBeVisible()
  await expect(page.getByText('Leave it empty to keep it.')).toHaveCount(0)
  await look(page, 'secret-again')
  await app.button('Test').click()
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true')
  await expect(page.getByText(AGAIN)).toHaveCount(1)
  await app.button('Save changes').click()
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused()
  await page.mouse.move(0, 0)
  await look(page, 'secret-again-refused')
  expect(asked).toEqual([])

  await app.fill({ Server: 'nas-a.invalid' })
  await expect(page.getByText('Leave it empty to keep it.')).toBeVisible()
  await app.fill({ Server: 'nas-b.invalid', Password: PASSWORD })
  await expect(page.getByText(AGAIN)).toHaveCount(0)
  await app.button('Save changes').click()
  await expect(page).toHaveURL(`${productUrl()}/backends/${backend}`)
  const stored = await (await request.get(`/api/v1/storage/backends/${backend}`)).json()
  expect(stored.data.config.server).toBe('nas-b.invalid')
})

test('the form for one host asks for it with another address, and not again for the same', async ({ page }) => {
  test.setTimeout(240_000 * pace())
  const app = new Console(page)
  const made = await request.post('/api/v1/storage/mounts', {
    data: { name: 'secrets', backend_id: backend, global: true, do_mount: false },
  })
  expect(made.status(), await made.text()).toBe(201)
  mount = (await made.json()).data.id
  await app.open(`/mounts/${mount}`)
  const dialog = page.getByRole('dialog')
  await app.menu(/^More for /, 'Make different here')
  await expect(dialog.getByLabel('Server', { exact: true })).toHaveValue('nas-b.invalid')
  await expect(dialog.getByLabel('Password', { exact: true })).toHaveCount(0)
  await app.fill({ Server: 'nas-c.invalid' })
  await expect(dialog.getByText('Server changed from nas-b.invalid to nas-c.invalid')).toBeVisible()
  await look(page, 'secret-again-host')
  await dialog.getByRole('button', { name: 'Review' }).click()
  await expect(dialog.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true')
  await app.fill({ Password: 'another-fake-secret' })
  await dialog.getByRole('button', { name: 'Review' }).click()
  await expect(dialog.getByText('This is not what the backend has.')).toBeVisible()
  await app.fill({ Password: PASSWORD })
  await dialog.getByRole('button', { name: 'Review' }).click()
  await dialog.getByRole('button', { name: 'Save for this host' }).click()
  await expect(dialog).toContainText('Done on every host', { timeout: 60_000 })
  await dialog.getByRole('button', { name: 'Close' }).last().click()

  await app.menu(/^More for /, 'Change what is different here')
  await expect(dialog.getByLabel('Server', { exact: true })).toHaveValue('nas-c.invalid')
  await expect(dialog.getByLabel('Password', { exact: true })).toHaveCount(0)
})

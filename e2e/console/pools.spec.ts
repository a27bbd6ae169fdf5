import { mkdtempSync, rmSync } from 'node:fs'
import { type APIRequestContext, expect, type Page, test } from '@playwright/test'
import { Console } from '@/e2e/console/support/console'
import { look } from '@/e2e/console/support/look'
import { journeyStorage, productUrl, SIGNED_IN } from '@/e2e/console/support/run'
import { pace } from '@/e2e/lab/pace.mjs'

/** From a backend to a pool, a volume in it, and back: what is deleted comes back, and what is lost is named before. */
test.use({ storageState: SIGNED_IN })
test.describe.configure({ mode: 'serial' })

const name = `walk-${Date.now() % 100_000}`
/** Of this pool alone, so that a second try is not confused by what the first one left. */
const disk = `${name}-disk`
const twin = `${disk}-twin`
const headers = { prefer: 'wait=30' }

let source = ''
let backend = ''
let request: APIRequestContext

test.beforeAll(async ({ playwright }) => {
  if (journeyStorage().host !== undefined) return
  source = mkdtempSync('/srv/holdfast-e2e-pool-')
  request = await playwright.request.newContext({
    baseURL: productUrl(),
    storageState: SIGNED_IN,
    extraHTTPHeaders: { origin: productUrl() },
  })
  const made = await request.post('/api/v1/storage/backends', {
    data: { name, type: 'local-dir', config: { path: source } },
  })
  expect(made.status(), await made.text()).toBe(201)
  backend = (await made.json()).data.id
})

test.afterAll(async () => {
  if (request === undefined) return
  const pools = (await (await request.get('/api/v1/storage/pools')).json()).data as { id: string; name: string }[]
  for (const { id } of pools.filter((pool) => pool.name === name)) {
    for (const phase of ['', '&phase=TRASHED']) {
      const { data } = await (await request.get(`/api/v1/volumes?pool_id=${id}&sort=-created${phase}`)).json()
      for (const volume of data) await request.delete(`/api/v1/volumes/${volume.id}?purge=true`, { headers })
    }
    await request.delete(`/api/v1/storage/pools/${id}`, { headers })
  }
  await request.delete(`/api/v1/storage/backends/${backend}`)
  await request.dispose()
  rmSync(source, { recursive: true, force: true })
})

test.beforeEach(() => test.skip(journeyStorage().host !== undefined, 'the storage is on another machine'))

/** The page of the volume, with nothing under way. */
async function openVolume(page: Page, volume: string): Promise<Console> {
  const app = new Console(page)
  await app.open('/volumes')
  await page.getByRole('link', { name: volume, exact: true }).click()
  await expect(page.getByRole('heading', { name: volume, exact: true })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Work under way' })).toHaveCount(0, { timeout: 60_000 })
  return app
}

test('a pool is made on a backend: what will run is read first, then it is seen ready', async ({ page }) => {
  test.setTimeout(180_000 * pace())
  const app = new Console(page)
  await app.open('/pools')
  await page.getByRole('link', { name: 'New pool' }).first().click()
  await app.button('Review').click()
  await expect(page.getByText('Choose a backend.', { exact: true })).toBeVisible()
  await page.getByLabel('Backend', { exact: true }).click()
  await page.getByRole('option', { name }).click()
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(name)
  await expect(page.getByText('Each host has its own.')).toBeVisible()
  await look(page, 'pools-new-filled')
  await app.button('Review').click()
  const review = page.getByRole('dialog')
  await expect(review).toContainText(`/mnt/holdfast/${name}`)
  await expect(review).toContainText('holdfast-pool.json')
  await look(page, 'pools-new-review')
  await review.getByRole('button', { name: /^Create on/ }).click()
  await expect(page.getByRole('heading', { name, exact: true })).toBeVisible()
  await expect(page.getByRole('main').getByText('Ready', { exact: true }).first()).toBeVisible({ timeout: 90_000 })
  await look(page, 'pool-ready')
})

test('a volume is made, and grows to a size that fits', async ({ page }) => {
  test.setTimeout(180_000 * pace())
  const app = new Console(page)
  await app.open('/pools')
  await page.getByRole('link', { name, exact: true }).click()
  await app.button('New volume').first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Create volume' }).click()
  await expect(dialog).toContainText('Enter a name.')
  await app.fill({ Name: disk, Size: '1' })
  await expect(dialog).toContainText(`is made in ${name}`)
  await look(page, 'volume-new')
  await dialog.getByRole('button', { name: 'Create volume' }).click()
  await expect(page.getByRole('heading', { name: disk, exact: true })).toBeVisible()
  await expect(page.getByRole('main').getByText('Ready', { exact: true }).first()).toBeVisible({ timeout: 60_000 })

  await app.menu('More actions', 'Grow')
  await page.getByRole('textbox', { name: 'New size' }).fill('2')
  await expect(dialog).toContainText('It grows by 1.00 GiB.')
  await look(page, 'volume-grow')
  await dialog.getByRole('button', { name: 'Grow' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(page.getByRole('main').getByText('2.00 GiB').first()).toBeVisible({ timeout: 60_000 })
})

test('a snapshot is taken, and going back names what is lost', async ({ page }) => {
  test.setTimeout(180_000 * pace())
  const app = await openVolume(page, disk)
  await app.button('Take a snapshot').click()
  await app.fill({ Name: 'before' })
  await page.getByRole('dialog').getByRole('button', { name: 'Take snapshot' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.getByRole('tab', { name: /^Snapshots/ }).click()
  await expect(page.getByText('before', { exact: true })).toBeVisible({ timeout: 60_000 })
  await look(page, 'volume-snapshots')
  await app.button('Go back').click()
  const question = page.getByRole('alertdialog')
  await expect(question).toContainText(`Everything that was written to ${disk} since`)
  await look(page, 'volume-restore')
  await question.getByRole('button', { name: 'Lose that and go back' }).click()
  await expect(question).toHaveCount(0, { timeout: 60_000 })
  await expect(page.getByText(`${disk} is as it was at before`)).toBeVisible()
})

test('a clone hangs on what it comes from, which the tree shows and the trash refuses', async ({ page }) => {
  test.setTimeout(180_000 * pace())
  const app = await openVolume(page, disk)
  await app.menu('More actions', 'Clone')
  const dialog = page.getByRole('dialog')
  await app.fill({ Name: twin })
  await expect(dialog).toContainText(`${disk} cannot be deleted while the clone needs it`)
  await dialog.getByRole('button', { name: 'Clone', exact: true }).click()
  await expect(page.getByRole('heading', { name: twin, exact: true })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('heading', { name: 'Clones and snapshots' })).toBeVisible({ timeout: 60_000 })
  await look(page, 'volume-tree')
  await openVolume(page, disk)
  await page.getByRole('tab', { name: 'Settings' }).click()
  await expect(app.button('Move to the trash')).toBeDisabled({ timeout: 60_000 })
  await expect(page.getByRole('main')).toContainText(twin)
})

test('what is deleted comes back by the button of its news, and from the trash', async ({ page }) => {
  test.setTimeout(180_000 * pace())
  const app = await openVolume(page, twin)
  await app.menu('More actions', 'Move to the trash')
  await expect(page.getByText(`Moved ${twin} to the trash`)).toBeVisible({ timeout: 60_000 })
  await expect(page.getByText('It is in the trash.')).toBeVisible({ timeout: 60_000 })
  await look(page, 'volume-trashed')
  await app.button('Undo').click()
  await expect(page.getByText(`${twin} is back`)).toBeVisible({ timeout: 60_000 })
  await expect(page.getByText('It is in the trash.')).toHaveCount(0, { timeout: 60_000 })

  await app.menu('More actions', 'Move to the trash')
  await expect(page.getByText('It is in the trash.')).toBeVisible({ timeout: 60_000 })
  await app.open('/volumes/trash')
  const row = page.getByRole('row').filter({ hasText: twin })
  await expect(row).toBeVisible()
  await look(page, 'volumes-trash')
  await app.menu(`More actions for ${twin}`, 'Delete for good')
  const question = page.getByRole('alertdialog')
  await expect(question).toContainText('Nothing brings it back.')
  await expect(question.getByRole('button', { name: 'Delete for good' })).toBeDisabled()
  await look(page, 'volume-purge')
  await question.getByRole('textbox').fill(twin)
  await question.getByRole('button', { name: 'Delete for good' }).click()
  await expect(row).toHaveCount(0, { timeout: 60_000 })
})

test('a pool that holds volumes is not deleted, and says which', async ({ page }) => {
  const app = new Console(page)
  await app.open('/pools')
  await app.menu(`Actions for ${name}`, 'Delete')
  const question = page.getByRole('alertdialog')
  await expect(question).toContainText(`${name} holds volumes`)
  await expect(question.getByRole('link', { name: disk })).toBeVisible()
  await expect(question.getByRole('button', { name: 'Delete pool' })).toHaveCount(0)
})

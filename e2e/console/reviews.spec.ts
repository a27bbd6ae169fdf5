import { execFileSync } from 'node:child_process'
import { type APIRequestContext, expect, test } from '@playwright/test'
import { Console } from '@/e2e/console/support/console'
import { look } from '@/e2e/console/support/look'
import { journeyStorage, productUrl, SIGNED_IN } from '@/e2e/console/support/run'
import { pace } from '@/e2e/lab/pace.mjs'

/** Every change of a mount is read before it is made; a plan that is no longer true is not carried out. */
test.use({ storageState: SIGNED_IN })
test.describe.configure({ mode: 'serial' })

const NAMES = ['reviews-a', 'reviews-b'] as const
const headers = { prefer: 'wait=30' }

let backend = ''
let ids: readonly string[] = []
let request: APIRequestContext

test.beforeAll(async ({ playwright }) => {
  request = await playwright.request.newContext({
    baseURL: productUrl(),
    storageState: SIGNED_IN,
    extraHTTPHeaders: { origin: productUrl() },
  })
  const made = await request.post('/api/v1/storage/backends', {
    data: { name: 'reviews', type: 'local-dir', config: { path: journeyStorage().right.Directory } },
  })
  expect(made.status(), await made.text()).toBe(201)
  backend = (await made.json()).data.id
  ids = await Promise.all(
    NAMES.map(async (name) => {
      const mount = await request.post('/api/v1/storage/mounts', {
        headers,
        data: { name, backend_id: backend, global: true },
      })
      expect(mount.status(), await mount.text()).toBe(201)
      return (await mount.json()).data.id as string
    }),
  )
})

test.afterAll(async () => {
  for (const id of ids) await request.delete(`/api/v1/storage/mounts/${id}`, { headers })
  await request.delete(`/api/v1/storage/backends/${backend}`)
  await request.dispose()
})

test.beforeEach(() => test.skip(journeyStorage().host !== undefined, 'the storage is on another machine'))

test('unmounting, deleting and abandoning one mount: read first, at both widths, and axe finds nothing', async ({
  page,
}) => {
  test.setTimeout(240_000 * pace())
  const app = new Console(page)
  const review = page.getByRole('dialog')
  const dismiss = async () => {
    await review.getByRole('button', { name: 'Cancel' }).click()
    await expect(review).toHaveCount(0)
  }
  await app.open(`/mounts/${ids[0]}`)
  await app.menu('More actions', 'Unmount')
  await expect(review).toContainText('umount -c -i -- /mnt/reviews-a')
  await look(page, 'review-unmount')
  await dismiss()

  await app.menu(/^More actions/, 'Delete')
  await expect(review).toContainText('Unmount and remove')
  await look(page, 'review-delete')
  await dismiss()

  // As the API answers when the storage of this mount does not.
  const answer = `**/api/v1/storage/mounts/${ids[0]}`
  await page.route(answer, async (route) => {
    const response = await route.fetch()
    const body = await response.json()
    for (const host of body.data.hosts) Object.assign(host, { state: 'hung', error: 'The storage does not answer.' })
    await route.fulfill({ response, json: body })
  })
  const touched = await request.patch(`/api/v1/storage/mounts/${ids[0]}`, { headers, data: { on_drift: 'report' } })
  expect(touched.status(), await touched.text()).toBe(200)
  await app.menu(/^More for /, 'Abandon this mount')
  await expect(review).toContainText('umount -c -i -l -- /mnt/reviews-a')
  await expect(review).toContainText('may be lost')
  await look(page, 'review-abandon')
  await dismiss()
  await page.unroute(answer)
})

test('a phone marks rows, one by one and all', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  const app = new Console(page)
  await app.open('/mounts?q=reviews-')
  await page.getByRole('checkbox', { name: 'Mark this row' }).first().check()
  await expect(page.getByText('1 marked')).toBeVisible()
  await look(page, 'mounts-marked')
  await page.setViewportSize({ width: 390, height: 844 })
  await app.button('Mark all 2').click()
  await expect(page.getByText('2 marked')).toBeVisible()
  await app.button('Unmount').first().click()
  await expect(page.getByRole('dialog')).toContainText('Unmount 2 mounts')
})

test('many mounts are unmounted together after their plans were read; what has changed meanwhile is not', async ({
  page,
}) => {
  const app = new Console(page)
  await app.open('/mounts?q=reviews-')
  await page.getByRole('checkbox', { name: 'Mark all mounts' }).check()
  await app.button('Unmount').first().click()
  const review = page.getByRole('dialog')
  for (const name of NAMES) await expect(review).toContainText(`umount -c -i -- /mnt/${name}`)
  await look(page, 'review-many')

  const changed = await request.patch(`/api/v1/storage/mounts/${ids[0]}`, { headers, data: { auto_mount: false } })
  expect(changed.status(), await changed.text()).toBe(200)
  await app.button('Unmount 2 mounts').click()
  await expect(review).toContainText('1 of 2 have started')
  await expect(review).toContainText('The plan has changed since you read it')
  await look(page, 'review-many-outdated')
  await app.button('Unmount 1 mount').click()
  await expect(review).toContainText('Done on every host', { timeout: 60_000 })
  await review.getByRole('button', { name: 'Close' }).last().click()
  await expect(page.getByRole('row').filter({ hasText: 'Unmounted' })).toHaveCount(2, { timeout: 60_000 })
})

test('a row is mounted again after its commands were read', async ({ page }) => {
  const app = new Console(page)
  await app.open('/mounts?q=reviews-b')
  await app.button('Mount').click()
  const review = page.getByRole('dialog')
  await expect(review).toContainText('mount -c --bind')
  await review.getByRole('button', { name: 'Mount', exact: true }).click()
  await expect(review).toContainText('Done on every host', { timeout: 60_000 })
})

test('what is different on one host is reviewed, made, and taken back', async ({ page }) => {
  const app = new Console(page)
  await app.open(`/mounts/${ids[1]}`)
  await app.menu(/^More for /, 'Make different here')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Mount point')).toHaveValue('/mnt/reviews-b')
  await look(page, 'overrides')
  await dialog.getByLabel('Access').click()
  await page.getByRole('option', { name: 'Read only' }).click()
  await app.button('Review').click()
  await expect(dialog).toContainText('Unmount and mount again')
  await look(page, 'overrides-review')
  await app.button('Back').click()
  await expect(dialog.getByLabel('Access')).toContainText('Read only')
  await app.button('Review').click()
  await app.button('Save for this host').click()
  await expect(dialog).toContainText('Done on every host', { timeout: 60_000 })
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await expect(page.getByText('Different here:')).toContainText('read only')
  await app.menu(/^More for /, 'Change what is different here')
  await app.button('Make it as everywhere').click()
  await expect(dialog).toContainText('as everywhere')
  await dialog.getByRole('button', { name: 'Make it as everywhere' }).click()
  await expect(dialog).toContainText('Done on every host', { timeout: 60_000 })
})

test('what somebody unmounts on the host is marked in the placement, named on the overview, and put back', async ({
  page,
}) => {
  test.skip(process.getuid?.() !== 0, 'needs root, to unmount by hand')
  const app = new Console(page)
  execFileSync('umount', ['/mnt/reviews-b'])
  await app.open('/')
  const line = page.getByRole('listitem').filter({ hasText: '/mnt/reviews-b was unmounted on the host' })
  await expect(line).toBeVisible({ timeout: 30_000 })
  await look(page, 'overview-drift')
  await line.getByRole('button', { name: 'Acknowledge reviews-b' }).click()
  const acknowledging = page.getByRole('dialog')
  await acknowledging.getByLabel('Note').fill('The disk comes on Monday.')
  await look(page, 'overview-acknowledge')
  await acknowledging.getByRole('button', { name: 'Acknowledge' }).click()
  await expect(line).toBeHidden()
  await page.getByRole('button', { name: '1 acknowledged' }).click()
  await expect(line).toContainText('The disk comes on Monday.')
  await look(page, 'overview-acknowledged')
  await page.getByRole('button', { name: 'Take back' }).click()
  await expect(page.getByRole('button', { name: '1 acknowledged' })).toBeHidden()
  await line.getByRole('link', { name: 'reviews-b' }).click()
  await expect(page.getByText('Changed on the host.')).toBeVisible()
  await look(page, 'mount-drift')
  await app.open('/mounts/placement?q=reviews-b')
  await page.getByRole('gridcell', { name: /reviews-b on .*: Unmounted on the host/ }).click()
  await look(page, 'placement-drift')
  await app.button('Put it back').click()
  await expect(page.getByRole('gridcell', { name: /reviews-b on .*: Mounted/ })).toBeVisible({ timeout: 30_000 })
})

test('a block storage is opened after its commands were read; why it could not be is said with the cure', async ({
  page,
}) => {
  const made = await request.post('/api/v1/storage/backends', {
    // Nobody listens there.
    data: {
      name: 'reviews-san',
      type: 'iscsi-lvm',
      config: { portal: '127.0.0.1:9', target: 'iqn.2026-01.com.example:a' },
    },
  })
  expect(made.status(), await made.text()).toBe(201)
  const { id } = (await made.json()).data
  const app = new Console(page)
  const review = page.getByRole('dialog')
  await app.open(`/backends/${id}`)
  await page.getByRole('tab', { name: 'Connection' }).click()
  await app.button('Connect').click()
  await expect(review).toContainText('iscsiadm -m node -T iqn.2026-01.com.example:a')
  await expect(review).toContainText('A LUN with anything else on it is refused')
  await look(page, 'review-connect')
  await review.getByRole('button', { name: 'Connect', exact: true }).click()
  await expect(review).toHaveCount(0)
  await expect(page.getByText('It was never open here')).toBeVisible({ timeout: 60_000 })
  await look(page, 'connection-failed')

  await app.button('Disconnect').click()
  await expect(review).toContainText('lvm vgchange')
  await look(page, 'review-disconnect')
  await review.getByRole('button', { name: 'Disconnect', exact: true }).click()
  await expect(review).toHaveCount(0)
  await expect(page.getByText('Open on a host')).toBeVisible({ timeout: 60_000 })
  const gone = await request.delete(`/api/v1/storage/backends/${id}`)
  expect(gone.status(), await gone.text()).toBeLessThan(300)
})

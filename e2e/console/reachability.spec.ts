import { expect, test } from '@playwright/test'
import { look } from '@/e2e/console/support/look'
import { productUrl, SIGNED_IN } from '@/e2e/console/support/run'
import { makeThings, removeThings, type Things } from '@/e2e/console/support/things'
import { pace } from '@/e2e/lab/pace.mjs'

/** A real host looks at a directory that is not there: what fails, why, and what helps. */
test.use({ storageState: SIGNED_IN })

const BACKEND = 'a-directory-that-nobody-reaches'
let made: Things

test.beforeAll(async ({ playwright }) => {
  made = await makeThings(playwright, { backend: BACKEND, mount: 'e2e-reach' })
})
test.afterAll(({ playwright }) => removeThings(playwright, made))

test('who reaches what is checked at once, and a cell says what fails, layer by layer', async ({ page }) => {
  test.setTimeout(180_000 * pace())
  await page.goto(`${productUrl()}/monitoring`)
  await page.getByRole('link', { name: 'Reachability', exact: true }).click()
  // Without a check so far there is no grid yet.
  await page.getByRole('button', { name: /^Check (everything|all) now$/ }).click()
  const cell = page.getByRole('gridcell', { name: new RegExp(`^${BACKEND} from .*: Export, share or bucket$`) })
  await expect(cell).toBeVisible({ timeout: 60_000 * pace() })

  await page.getByRole('button', { name: 'Fails at' }).click()
  await page.getByRole('menuitemradio', { name: /^Export, share or bucket/ }).click()
  await expect(page).toHaveURL(/layer=target/)
  await expect(page.getByRole('button', { name: 'Check these now' })).toBeEnabled()
  await page.getByRole('searchbox', { name: 'Search hosts and storages' }).fill(BACKEND)
  await expect(page.getByRole('columnheader').filter({ hasText: BACKEND })).toBeVisible()

  // By keyboard: into the cell, open what it says, and back to where one was.
  await cell.focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: new RegExp(`^${BACKEND} from `) })
  await expect(dialog).toContainText('Fails at: Export, share or bucket')
  await expect(dialog).toContainText('What to do')
  await expect(dialog.getByRole('list', { name: 'Layers' }).getByRole('listitem').last()).toContainText(
    'Export, share or bucket',
  )
  await look(page, 'reachability-cell')
  const again = page.waitForResponse((response) => response.url().endsWith('/monitoring/reachability/checks'))
  await dialog.getByRole('button', { name: 'Check again' }).click()
  expect((await again).status()).toBe(202)
  await page.keyboard.press('Escape')
  await expect(dialog).toHaveCount(0)
  await expect(cell).toBeFocused()
})

test('administrators say what is checked at night, and when', async ({ page }) => {
  await page.goto(`${productUrl()}/monitoring/reachability`)
  await page.getByRole('button', { name: 'Nightly checks' }).click()
  const dialog = page.getByRole('dialog', { name: 'Nightly checks' })
  await dialog.getByLabel('Hosts at one server at the same time').fill('65')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toContainText('At most 64 hosts.')
  await look(page, 'reachability-settings')
  await dialog.getByLabel('Hosts at one server at the same time').fill('3')
  await dialog.getByLabel('From').fill('03:15')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toHaveCount(0)
  await page.reload()
  await page.getByRole('button', { name: 'Nightly checks' }).click()
  await expect(dialog.getByLabel('From')).toHaveValue('03:15')
  await expect(dialog.getByLabel('Hosts at one server at the same time')).toHaveValue('3')
})

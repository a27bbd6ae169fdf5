import { readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { givePast } from '@/e2e/console/support/history'
import { look } from '@/e2e/console/support/look'
import { productUrl, SIGNED_IN } from '@/e2e/console/support/run'
import { makeThings, removeThings, type Things } from '@/e2e/console/support/things'

test.use({ storageState: SIGNED_IN })

let made: Things

test.beforeAll(async ({ playwright }) => {
  made = await makeThings(playwright, {
    backend: 'A directory that is not there, under a name that no table was made for',
    mount: 'e2e-pages',
  })
  givePast(made.backend, made.host)
})
test.afterAll(({ playwright }) => removeThings(playwright, made))

test('the command palette finds pages and things, by keyboard alone', async ({ page }) => {
  await page.goto(`${productUrl()}/`)
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Search or jump to').waitFor()
  await page.keyboard.type('directory that is not')
  await expect(page.getByRole('option').first()).toContainText('A directory that is not there')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/backends/${made.backend}`))
})

test('the palette keeps the line that was gone to, and says when nothing is found', async ({ page }) => {
  await page.goto(`${productUrl()}/`)
  const palette = page.getByPlaceholder('Search or jump to')
  await expect(async () => {
    if (!(await palette.isVisible())) await page.keyboard.press('Control+k')
    await expect(palette).toBeVisible({ timeout: 2_000 })
  }).toPass()
  await palette.fill('users')
  await expect(page.getByRole('option', { selected: true })).toHaveText('Users')
  await palette.fill('e2e')
  await expect(page.getByRole('option', { name: 'e2e-pages' }).first()).toBeVisible()
  await palette.fill('set')
  await expect(page.getByRole('option', { selected: true })).toHaveText('Settings')
  await page.keyboard.press('ArrowDown')
  const second = await page.getByRole('option', { selected: true }).textContent()
  await expect(page.getByRole('option', { selected: true })).not.toHaveText('Settings')
  await expect(page.getByRole('status').getByText('found')).toBeAttached()
  await expect(page.getByRole('option', { selected: true })).toHaveText(second ?? '')
  await palette.fill('nothing of this name')
  await expect(page.getByText('Nothing matches “nothing of this name”')).toBeVisible()
  await expect(page.getByRole('option')).toHaveCount(0)
})

test('a verb in the palette has its change reviewed; keys lead to pages and to their own list', async ({ page }) => {
  await page.goto(`${productUrl()}/`)
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  const palette = page.getByPlaceholder('Search or jump to')
  // The page hears keys only once its script runs.
  await expect(async () => {
    if (!(await palette.isVisible())) await page.keyboard.press('Control+k')
    await expect(palette).toBeVisible({ timeout: 2_000 })
  }).toPass()
  await palette.fill('mount e2e-pages')
  await expect(page.getByRole('option').first()).toContainText('Mount e2e-pages')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toContainText('Mount e2e-pages')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)

  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toContainText('Keyboard shortcuts')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.keyboard.press('g')
  await page.keyboard.press('h')
  await expect(page).toHaveURL(/\/hosts$/)
  await page.getByRole('heading', { name: 'Hosts' }).waitFor()
  await page.keyboard.press('/')
  await expect(page.getByRole('searchbox', { name: 'Search hosts' })).toBeFocused()
})

test('the theme and the density that were chosen stay', async ({ page }) => {
  await page.goto(`${productUrl()}/settings/appearance`)
  await page.getByText('Compact', { exact: true }).click()
  await page.getByText('Dark', { exact: true }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await expect
    .poll(async () => (await page.context().cookies()).filter((cookie) => cookie.name.startsWith('holdfast-')).length)
    .toBe(2)
  await page.reload()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await expect(page.locator('html')).toHaveAttribute('data-density', 'compact')
})

test('settings are a list at the side, and on a phone a list first', async ({ page }) => {
  const list = page.getByRole('navigation', { name: 'Settings' })
  await page.goto(`${productUrl()}/settings`)
  await expect(page.getByRole('heading', { level: 1, name: 'Account' })).toBeVisible()
  await expect(list.getByRole('link', { name: 'Account' })).toHaveAttribute('aria-current', 'page')
  await page.setViewportSize({ width: 390, height: 844 })
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
  await expect(page.getByText('Your sessions', { exact: true })).toBeHidden()
  await list.getByRole('link', { name: 'Users' }).click()
  await expect(page).toHaveURL(/\/settings\/users$/)
  await expect(page.getByRole('heading', { level: 1, name: 'Users' })).toBeVisible()
  await expect(list).toBeHidden()
  await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Settings' }).click()
  await expect(list).toBeVisible()
})

test('a tab says what it shows, and the heading has the focus after the way there', async ({ page }) => {
  await page.goto(`${productUrl()}/mounts`)
  await page.getByRole('link', { name: 'e2e-pages' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'e2e-pages' })).toBeFocused()
  await expect(page).toHaveTitle('e2e-pages · Mounts · Holdfast')
})

test('an address that no page has is answered inside the console', async ({ page }) => {
  const answer = await page.goto(`${productUrl()}/no/such/page`)
  expect(answer?.status()).toBe(404)
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible()
})

test('who was signed out meanwhile reads why, and is led back', async ({ page, context }) => {
  await context.clearCookies()
  await context.addCookies([{ name: 'holdfast.session', value: 'not-a-session', url: productUrl() }])
  await page.goto(`${productUrl()}/mounts?q=media`)
  await expect(page.getByText('Your session has ended')).toBeVisible()
  await expect(page).toHaveURL(/next=%2Fmounts%3Fq%3Dmedia/)
})

test('times are read in the zone that was chosen, and in full by who wants it so', async ({ page }) => {
  await page.goto(`${productUrl()}/settings/appearance`)
  await page.getByText('Date and time', { exact: true }).click()
  await page.getByLabel('Time zone').click()
  // Browsers still have the older name.
  await page.getByRole('option', { name: /^Asia\/(Kolkata|Calcutta)$/ }).click()
  await page.goto(`${productUrl()}/backends/${made.backend}`)
  await expect(page.locator('time').first()).toHaveText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+05:30$/)
  await expect(page.locator('time').first()).toHaveAttribute('title', /ago|just now/)
})

test('detail pages have the same tabs in the same order, and Raw names the line that reads the same', async ({
  page,
}) => {
  const pages = {
    [`/backends/${made.backend}`]: /^Overview Mounts \d+ Used by History Settings Raw$/,
    [`/pools/${made.pool}`]: /^Overview Volumes \d+ Files Foreign( \d+)? Used by History Settings Raw$/,
    [`/mounts/${made.mount}`]: /^Overview Used by History Settings Raw$/,
    [`/hosts/${made.host}`]: /^Overview Storage \d+ Workloads History Settings Raw$/,
  }
  for (const [address, order] of Object.entries(pages)) {
    await page.goto(`${productUrl()}${address}?tab=raw`)
    const tabs = page.getByRole('tab')
    await expect(tabs.last()).toHaveText('Raw')
    expect((await tabs.allInnerTexts()).join(' ').replace(/\s+/g, ' ')).toMatch(order)
    const line = page.getByText(/^curl /)
    await expect(line).toContainText(`-H "Authorization: Bearer $TOKEN" ${productUrl()}/api/v1/`)
    await expect(line).toContainText(address.split('/').at(-1) ?? '')
  }
})

test('a saved address of the matrix leads to the placement, with its filters', async ({ page }) => {
  await page.goto(`${productUrl()}/mounts/matrix?q=e2e-pages`)
  await expect(page).toHaveURL(/\/mounts\/placement\?q=e2e-pages$/)
  await expect(page.getByRole('navigation', { name: 'View' }).getByText('Placement')).toBeVisible()
})

test('a list is filtered by several values, by keyboard, and the server filters what is long', async ({ page }) => {
  await page.goto(`${productUrl()}/audit`)
  const filter = page.getByRole('combobox', { name: /^Filter by What/ })
  await filter.focus()
  await expect(async () => {
    await page.keyboard.press('Enter')
    await expect(page.getByRole('combobox', { name: 'Find in what' })).toBeFocused({ timeout: 2_000 })
  }).toPass()
  for (const action of ['backend created', 'mount created']) {
    await page.keyboard.type(action)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('option', { selected: true })).toContainText(action, { ignoreCase: true })
    await page.keyboard.press('Control+a')
    await page.keyboard.press('Backspace')
  }
  await expect(page).toHaveURL(/action=backend.created%2Cmount.created/)
  await look(page, 'audit-filter')
  await page.keyboard.press('Escape')
  await expect(filter).toBeFocused()
  await expect(filter).toHaveAccessibleName('Filter by What: Backend created, Mount created')
  await page.reload()
  await filter.waitFor()
  await expect(page.getByRole('row').filter({ hasText: 'Mount created' }).first()).toBeVisible()
  await expect(page.getByRole('row').filter({ hasText: 'Signed in' })).toHaveCount(0)
})

test('what matches nothing says so, and the filters can be cleared; a mount says whom it is for', async ({ page }) => {
  await page.goto(`${productUrl()}/mounts?status=degraded,error&q=e2e-pages`)
  await expect(page.getByRole('heading', { name: 'No mounts match' })).toBeVisible()
  await look(page, 'mounts-no-match')
  await page.locator('main').getByRole('button', { name: 'Clear filters' }).last().click()
  await expect(page).toHaveURL(/\/mounts$/)
  const row = page.getByRole('row').filter({ hasText: 'e2e-pages' })
  await expect(row.getByText('Global')).toBeVisible()
  await expect(row.getByTitle(/^Every host there is and will be: /)).toBeVisible()
})

test('filters are saved as a view, picked, renamed and deleted', async ({ page }) => {
  await page.goto(`${productUrl()}/mounts?status=unmounted,error`)
  const views = page.getByRole('button', { name: /^Views/ })
  const open = async () => {
    await expect(async () => {
      await views.click()
      await expect(page.getByRole('menuitem', { name: 'Save as a view' })).toBeVisible({ timeout: 2_000 })
    }).toPass()
  }
  await open()
  await page.getByRole('menuitem', { name: 'Save as a view' }).click()
  await look(page, 'view-save')
  await page.getByLabel('Name', { exact: true }).fill('In trouble')
  await page.getByLabel('Name', { exact: true }).press('Enter')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Views: In trouble' })).toBeVisible()

  await page.goto(`${productUrl()}/mounts?q=nothing-is-called-so`)
  await open()
  await look(page, 'views-menu')
  await page.getByRole('menuitemradio', { name: 'In trouble' }).click()
  await expect(page).toHaveURL(/\/mounts\?status=unmounted%2Cerror$/)
  await expect(page.getByRole('link', { name: 'e2e-pages' })).toBeVisible()

  await open()
  await page.getByRole('menuitem', { name: 'Manage views' }).click()
  await page.getByLabel('Name of In trouble').fill('Not mounted')
  await page.getByRole('button', { name: 'Rename' }).click()
  await expect(page.getByLabel('Name of Not mounted')).toBeVisible()
  await look(page, 'views-manage')
  await page.getByRole('button', { name: 'Delete Not mounted' }).click()
  await expect(page.getByRole('dialog')).toContainText('There are none any more.')
})

test('a table has the columns that were chosen, after a reload and in its file too', async ({ page }) => {
  await page.goto(`${productUrl()}/mounts`)
  const head = (name: string) => page.getByRole('columnheader', { name, exact: true })
  await expect(async () => {
    await page.getByRole('button', { name: 'Columns' }).click()
    await expect(page.getByRole('menuitemcheckbox', { name: 'Backend' })).toBeVisible({ timeout: 2_000 })
  }).toPass()
  await page.getByRole('menuitemcheckbox', { name: 'Source' }).click()
  await page.getByRole('menuitemcheckbox', { name: 'Backend' }).click()
  await look(page, 'mounts-columns')
  await page.keyboard.press('Escape')
  await page.reload()
  await expect(head('Backend')).toBeVisible()
  await expect(head('Source')).toHaveCount(0)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download mounts as CSV' }).click()
  const [heads] = readFileSync(await (await download).path(), 'utf8').split('\r\n')
  expect(heads).toBe('\uFEFFName,Status,Type,Mount point,Hosts,Backend')
})

test('how full a storage was is read point by point, as a table and as a file, and what would be is reckoned', async ({
  page,
}) => {
  await page.goto(`${productUrl()}/backends/${made.backend}`)
  const chart = page.getByRole('slider', { name: /^Capacity of / })
  await chart.focus()
  await expect(chart).toHaveAttribute('aria-valuetext', /90[01] GiB of 1000 GiB used, 90 %/)
  await page.keyboard.press('Home')
  await expect(chart).toHaveAttribute('aria-valuetext', /8[23]\d GiB of 1000 GiB used, 83 %/)
  await page.getByRole('button', { name: '90 days' }).click()
  await expect(page).toHaveURL(/range=90d/)
  await expect(page.getByText(/^Full on about \d{4}-\d\d-\d\d, in \d+ days/)).toBeVisible()
  await page.getByRole('button', { name: 'Show as a table' }).click()
  await expect(
    page
      .getByRole('region', { name: /^Capacity of / })
      .getByRole('row')
      .nth(1),
  ).toContainText('1000 GiB')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: /^Download capacity / }).click()
  const [heads] = readFileSync(await (await download).path(), 'utf8').split('\r\n')
  expect(heads).toMatch(/^\uFEFFTime,Used,Least used,Most used,Free,Total,/)

  await page.getByRole('button', { name: 'What if' }).click()
  const panel = page.getByRole('group', { name: 'What if' })
  await panel.getByLabel('More each day').fill('40')
  await expect(panel).toContainText(
    /About 50\.\d GiB more are used each day\. That is \d+ days earlier than as it goes\./,
  )
  await panel.getByLabel('Put in at once').fill('1')
  await expect(panel).toContainText(/That would not fit: 92\d GiB are missing\./)
  await look(page, 'what-if')
})

test('all storages together: what is full first, what grows, where it is; lists have it too', async ({ page }) => {
  await page.goto(`${productUrl()}/monitoring`)
  const panel = (title: string) =>
    page.locator('section').filter({ has: page.getByRole('heading', { name: title, exact: true }) })
  const name = /^A directory that is not there/
  await expect(panel('Full first').getByRole('listitem').first()).toContainText('in 10 days')
  await expect(panel('Full first').getByRole('link', { name })).toBeVisible()
  await expect(
    panel('Grows fastest')
      .getByRole('listitem')
      .filter({ has: page.getByRole('link', { name }) }),
  ).toContainText(/\+10\.\d+ GiB a day/)
  await expect(panel('Where it is').getByRole('link', { name: /GiB of 1000 GiB used, 90 %$/ })).toBeVisible()
  await look(page, 'monitoring')
  // The lines of a list come after it, and are sorted by when they have come.
  await page.route('**/api/v1/monitoring/trends?noun=backend', async (route) => {
    await page.getByRole('row').nth(1).waitFor()
    await route.continue()
  })
  await page.goto(`${productUrl()}/backends?sort=full.asc`)
  await expect(page.getByRole('row').nth(1)).toContainText('in 10 days')
  await expect(
    page
      .getByRole('row')
      .nth(1)
      .getByRole('img', { name: /^In 30 days from 6\d % to 90 %$/ }),
  ).toBeVisible()
})

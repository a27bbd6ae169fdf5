import { expect, test } from '@playwright/test'
import { Console } from '@/e2e/console/support/console'
import { ADMINISTRATOR, journeyStorage, productUrl, SIGNED_IN, setUpLink } from '@/e2e/console/support/run'

/** From the link that the first start prints to a storage that was mounted and is gone again. */
test.describe.configure({ mode: 'serial' })

const name = `journey-${Date.now() % 100_000}`
const storage = journeyStorage

test('the setup link makes the first administrator, who is signed in then', async ({ page, context }) => {
  const app = new Console(page)
  await page.goto(setUpLink())
  // The token is neither in the address bar nor in the history.
  await expect(page).toHaveURL(/\/setup$/)
  await app.fill({ Username: ADMINISTRATOR.username, Password: 'short' })
  await app.button('Make the administrator').click()
  await expect(page.getByText('The password must have at least 10 characters.')).toBeVisible()
  await app.fill({ Password: ADMINISTRATOR.password })
  await app.button('Make the administrator').click()
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible()
  await context.storageState({ path: SIGNED_IN })
})

test('a wrong password is refused in words, the right one leads where one wanted to go', async ({ page }) => {
  const app = new Console(page)
  await app.open('/hosts')
  await expect(page).toHaveURL(/\/sign-in\?next=%2Fhosts/)
  await app.signIn(ADMINISTRATOR.username, 'wrong-password')
  await expect(page.getByText('The name or the password is wrong.')).toBeVisible()
  await app.signIn(ADMINISTRATOR.username, ADMINISTRATOR.password)
  await expect(page.getByRole('heading', { name: 'Hosts' })).toBeVisible()
})

test.describe('signed in', () => {
  test.use({ storageState: SIGNED_IN })

  test('the host is online', async ({ page }) => {
    const app = new Console(page)
    await app.open('/hosts')
    const { host } = storage()
    const row = page.getByRole('row').filter({ hasText: host ?? 'Online' })
    await expect(row.getByText('Online')).toBeVisible({ timeout: 60_000 })
  })

  test('a backend is tested, corrected, tested again and saved', async ({ page }) => {
    const app = new Console(page)
    const { type, wrong, right, advice, host } = storage()
    await app.open('/backends')
    await page.getByRole('link', { name: 'New backend' }).first().click()
    await page.getByRole('link', { name: type }).click()
    // The cursor stands in the first field, which is not flagged when it is only passed.
    await expect(page.getByLabel('Name', { exact: true })).toBeFocused()
    await page.keyboard.press('Tab')
    await expect(page.getByLabel('Name', { exact: true })).not.toHaveAttribute('aria-invalid')
    await app.fill({ Name: name, ...wrong })
    if (host) {
      await page.getByLabel('Host to test from').click()
      await page.getByRole('option', { name: `From ${host}` }).click()
    }
    // Enter tests; it saves nothing that has not passed.
    await page.getByLabel('Name', { exact: true }).press('Enter')
    await expect(page.getByText('What to do:')).toBeVisible({ timeout: 60_000 })
    await expect(page.locator('main')).toContainText(new RegExp(advice, 'i'))
    await expect(app.button('Save without a passing test')).toBeVisible()
    await expect(page).toHaveURL(/\/backends\/new/)

    await app.fill(right)
    await expect(page.getByText('The form has changed since this test.')).toBeVisible()
    await app.button('Test again').click()
    await expect(page.getByText(/Everything works/)).toBeVisible({ timeout: 60_000 })
    await expect(page.getByText(`/mnt/${name}`).first()).toBeVisible()
    await app.button('Save backend').click()
    await expect(page.getByRole('heading', { name, exact: true })).toBeVisible()
    // Also where the list was read before it was saved.
    await page.getByRole('link', { name: 'Mount it' }).first().click()
    await expect(page.getByLabel('Mount point')).toHaveValue(`/mnt/${name}`)
  })

  test('what was typed survives a reload, secrets and finished forms do not', async ({ page }) => {
    const app = new Console(page)
    await app.open('/backends/new?type=s3')
    await app.fill({ Name: 'half done', Bucket: 'media', 'Secret access key': 'not-a-secret-9876' })
    await page.reload()
    await expect(page.getByLabel('Bucket')).toHaveValue('media')
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('half done')
    await expect(page.getByLabel('Secret access key')).toHaveValue('')
  })

  test('it is mounted, seen mounted live, unmounted and deleted', async ({ page }) => {
    const app = new Console(page)
    const { host } = storage()
    await app.open('/backends')
    await page.getByRole('link', { name }).click()
    await page.getByRole('link', { name: 'Mount it' }).first().click()
    await expect(page.getByLabel('Mount point')).toHaveValue(`/mnt/${name}`)
    if (host) await page.getByRole('checkbox', { name: host }).check()
    await app.button('Review').click()
    await expect(page.getByRole('dialog')).toContainText(`/mnt/${name}`)
    await app.button(/^Mount on/).click()
    await expect(page.getByRole('heading', { name, exact: true })).toBeVisible()
    await expect(page.getByRole('main').getByText('Mounted', { exact: true }).first()).toBeVisible({ timeout: 60_000 })
    await expect(page.getByRole('log')).toContainText(/./)

    await app.open('/backends')
    await app.menu(`Actions for ${name}`, 'Delete')
    await expect(page.getByRole('alertdialog')).toContainText('is in use')
    await app.button('Close').click()

    await app.open('/mounts')
    await page.getByRole('link', { name }).click()
    // The table that is left has menus too.
    await expect(page.getByRole('heading', { name, exact: true })).toBeVisible()
    const mount = new URL(page.url()).pathname.split('/').at(-1)
    // "Mounted" is also what is wanted of it while it is on its way.
    const status = async () => {
      const answer = await page.request.get(`${productUrl()}/api/v1/storage/mounts/${mount}`)
      return (await answer.json()).data.status
    }
    await expect.poll(status, { timeout: 60_000 }).toBe('mounted')
    await app.menu('More actions', 'Unmount')
    const review = page.getByRole('dialog')
    await expect(review).toContainText(`umount -c -i -- /mnt/${name}`)
    // Somebody else changes the mount meanwhile: what was read is not done, the new plan is shown first.
    const changed = await page.request.patch(`${productUrl()}/api/v1/storage/mounts/${mount}`, {
      headers: { origin: productUrl(), prefer: 'wait=20' },
      data: { auto_mount: false },
    })
    expect(changed.status(), await changed.text()).toBe(200)
    await review.getByRole('button', { name: 'Unmount', exact: true }).click()
    await expect(review).toContainText('The plan has changed since you read it')
    await review.getByRole('button', { name: 'Unmount', exact: true }).click()
    await expect(review).toContainText('Done on every host', { timeout: 60_000 })
    await review.getByRole('button', { name: 'Close' }).last().click()
    await app.expectState('Unmounted')
    await expect(page.getByRole('main').getByText('Unmounted', { exact: true }).first()).toBeVisible({
      timeout: 60_000,
    })

    await app.menu('More actions', 'Delete')
    await app.button('Unmount and delete').click()
    await expect(page).toHaveURL(/\/mounts$/)
    await expect(page.getByRole('link', { name })).toHaveCount(0, { timeout: 60_000 })
  })

  test('the backend is deleted, and the audit tells the whole story in an unbroken chain', async ({ page }) => {
    const app = new Console(page)
    await app.open('/backends')
    await app.menu(`Actions for ${name}`, 'Delete')
    await app.button('Delete backend').click()
    await expect(page.getByRole('link', { name })).toHaveCount(0)

    await app.open(`/audit?q=${name}`)
    for (const action of ['Backend created', 'Mount created', 'Backend deleted']) {
      await expect(page.getByRole('button', { name: action })).toBeVisible()
    }
    await app.button('Verify the chain').click()
    await expect(page.getByText(/The chain is intact/)).toBeVisible()
  })
})

import { type BrowserContext, expect, test } from '@playwright/test'
import { Console } from '@/e2e/console/support/console'
import { look } from '@/e2e/console/support/look'
import { ADMINISTRATOR } from '@/e2e/console/support/run'
import { Product } from '@/e2e/support/product'

// A product of its own: it is stopped and started while pages of it are open.
let product: Product

async function start(): Promise<void> {
  const started = await product.start()
  expect(started.code, started.stderr).toBe(0)
}

test.beforeAll(async () => {
  product = await Product.create()
  await start()
  const { username, password } = ADMINISTRATOR
  const made = await product.cli(['admin', 'create', '--username', username, '--password-stdin'], password)
  expect(made.code, made.stderr).toBe(0)
})

test.afterAll(() => product.dispose())

async function signedIn(context: BrowserContext) {
  const page = await context.newPage()
  await page.goto(`${product.url}/sign-in`)
  await new Console(page).signIn(ADMINISTRATOR.username, ADMINISTRATOR.password)
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await page.evaluate(() => navigator.serviceWorker.ready)
  return page
}

test('while the server is away, open pages say so and others are one of ours; then all goes on where it was', async ({
  context,
}) => {
  const opened = await signedIn(context)
  const page = await context.newPage()
  const address = `${product.url}/backends?q=media`
  await page.goto(address)
  await page.getByRole('heading', { name: 'Backends', exact: true }).waitFor()
  const silent = opened.getByText('Holdfast does not answer')
  await expect(silent).toHaveCount(0)

  expect((await product.stop()).code).toBe(0)
  await expect(silent).toBeVisible()
  const answer = await page.goto(address)
  expect(answer?.status()).toBe(503)
  await expect(page.getByRole('heading', { name: 'Holdfast does not answer' })).toBeVisible()
  await expect(page.getByText(new URL(product.url).host)).toBeVisible()
  await page.getByRole('button', { name: 'Try now' }).click()
  await expect(page.getByText('Last tried at')).toBeVisible()
  await look(page, 'offline')
  expect(page.url()).toBe(address)

  await start()
  await expect(page.getByRole('heading', { name: 'Backends', exact: true })).toBeVisible()
  expect(page.url()).toBe(address)
  await expect(silent).toHaveCount(0)
})

test('the worker keeps nothing, and every page comes from the server', async ({ context }) => {
  const page = await signedIn(context)
  const answer = await page.goto(`${product.url}/hosts`)
  expect(answer?.status()).toBe(200)
  expect(answer?.headers()['content-security-policy']).toContain("worker-src 'self'")
  expect(await page.evaluate(async () => (await caches.keys()).length)).toBe(0)
  const script = await page.request.get(`${product.url}/service-worker.js`)
  expect(script.headers()['cache-control']).toBe('no-cache')
})

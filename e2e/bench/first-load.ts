import { chromium } from '@playwright/test'
import { record, section } from '@/e2e/bench/figures'
import type { Product } from '@/e2e/support/product'

/** Arguments under which Debian's Chromium runs as root and stays off the network. */
const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Bytes, requests and time of the console's first load: signed in, empty cache, straight to the overview. */
export async function benchFirstLoad(product: Product, username: string, password: string): Promise<void> {
  section('Console, first load')
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: CHROMIUM_ARGS })
  const signedIn = await browser.newContext()
  const signInPage = await signedIn.newPage()
  await signInPage.goto(`${product.url}/sign-in`)
  await signInPage.getByLabel('Username').fill(username)
  await signInPage.getByLabel('Password', { exact: true }).fill(password)
  await signInPage.getByRole('button', { name: 'Sign in' }).click()
  await signInPage.waitForURL(`${product.url}/`)
  const storageState = await signedIn.storageState()
  await signedIn.close()

  const context = await browser.newContext({ storageState })
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  const types = new Map<string, string>()
  const bytes: Record<string, number> = {}
  let requests = 0
  session.on('Network.responseReceived', (event) => types.set(event.requestId, event.type))
  session.on('Network.loadingFinished', (event) => {
    const type = types.get(event.requestId) ?? 'Other'
    bytes[type] = (bytes[type] ?? 0) + event.encodedDataLength
    requests++
  })
  await page.addInitScript(() => {
    const tasks: number[] = []
    Object.assign(window, { longTasks: tasks })
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) tasks.push(entry.duration)
    }).observe({ type: 'longtask', buffered: true })
  })
  const from = performance.now()
  await page.goto(`${product.url}/`, { waitUntil: 'commit' })
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await page.getByRole('link', { name: 'Backends' }).first().click({ trial: true })
  const usable = performance.now() - from
  await page.waitForLoadState('load')
  await page.waitForTimeout(1_000)
  const tasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks)
  const blocking = tasks.reduce((sum, task) => sum + Math.max(0, task - 50), 0)
  const script = (bytes.Script ?? 0) / 1024
  const total = Object.values(bytes).reduce((sum, size) => sum + size, 0) / 1024
  record({ name: 'JavaScript transferred', value: script, unit: 'KiB', goal: '<= 285 KiB', reached: script <= 285 })
  record({ name: 'everything transferred', value: total, unit: 'KiB' })
  record({ name: 'requests', value: requests, unit: '', goal: '<= 24', reached: requests <= 24 })
  record({ name: 'time to usable', value: usable, unit: 'ms' })
  record({ name: 'main thread blocked', value: blocking, unit: 'ms', goal: '<= 130 ms', reached: blocking <= 130 })
  await browser.close()
}

import type { BrowserContext } from '@playwright/test'
import { launchChromium, type Person, signIn } from '@/e2e/bench/browser'
import { quantile, record, section } from '@/e2e/bench/figures'
import type { Product } from '@/e2e/support/product'

/** Pages with what a person waits for on them. The forms hold most of the code of a storage type. */
const PAGES = [
  { name: 'overview', address: '/', usable: { role: 'link', name: 'Backends' } },
  { name: 'new backend', address: '/backends/new', usable: { role: 'link', name: /^NFS/ } },
  { name: 'new NFS', address: '/backends/new?type=nfs', usable: { role: 'button', name: 'Test' } },
  { name: 'new S3', address: '/backends/new?type=s3', usable: { role: 'button', name: 'Test' } },
  { name: 'new mount', address: '/mounts/new', usable: { role: 'heading', name: 'New mount' } },
  { name: 'monitoring', address: '/monitoring', usable: { role: 'heading', name: 'Monitoring' } },
] as const

/** Times drift from run to run by more than the sizes of what is measured. */
const RUNS = 5

interface Load {
  bytes: Record<string, number>
  requests: number
  /** Milliseconds. */
  usable: number
  /** Milliseconds that tasks of the main thread took beyond 50 each. */
  blocked: number
}

async function load(context: BrowserContext, url: string, { address, usable }: (typeof PAGES)[number]): Promise<Load> {
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
  await page.goto(url + address, { waitUntil: 'commit' })
  await page.getByRole(usable.role, { name: usable.name }).first().click({ trial: true })
  const time = performance.now() - from
  await page.waitForLoadState('load')
  await page.waitForTimeout(1_000)
  const tasks = await page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks)
  return { bytes, requests, usable: time, blocked: tasks.reduce((sum, task) => sum + Math.max(0, task - 50), 0) }
}

/** Bytes, requests and time of pages of the console, each loaded first: signed in, with an empty cache. Times are medians. */
export async function benchFirstLoad(product: Product, person: Person): Promise<void> {
  const browser = await launchChromium()
  const storageState = await signIn(browser, product.url, person)
  const loads = new Map<string, Load[]>(PAGES.map(({ name }) => [name, []]))
  // In turns, so that a slow minute of the machine falls on all of them.
  for (let run = 0; run < RUNS; run++)
    for (const page of PAGES) {
      const context = await browser.newContext({ storageState })
      loads.get(page.name)?.push(await load(context, product.url, page))
      await context.close()
    }
  await browser.close()
  const median = (name: string, value: (load: Load) => number) => quantile((loads.get(name) ?? []).map(value), 0.5)
  const ofOverview = median('overview', ({ usable }) => usable)
  for (const { name } of PAGES) {
    section(`Console, first load: ${name}`)
    const script = median(name, ({ bytes }) => (bytes.Script ?? 0) / 1024)
    const total = median(name, ({ bytes }) => Object.values(bytes).reduce((sum, size) => sum + size, 0) / 1024)
    const requests = median(name, (one) => one.requests)
    const usable = median(name, (one) => one.usable)
    const blocked = median(name, (one) => one.blocked)
    record({ name: 'JavaScript transferred', value: script, unit: 'KiB', goal: '<= 285 KiB', reached: script <= 285 })
    record({ name: 'everything transferred', value: total, unit: 'KiB' })
    record({ name: 'requests', value: requests, unit: '', goal: '<= 24', reached: requests <= 24 })
    record({ name: 'time to usable', value: usable, unit: 'ms', ratio: usable / ofOverview, baseline: 'overview' })
    record({ name: 'main thread blocked', value: blocked, unit: 'ms', goal: '<= 130 ms', reached: blocked <= 130 })
  }
}

import { expect, type Page, test } from '@playwright/test'
import { productUrl, SIGNED_IN } from '@/e2e/console/support/run'
import { MATRIX_STATES, MATRIX_STATUSES, type MountMatrix } from '@/lib/mounts/matrix/matrix-schema'

test.use({ storageState: SIGNED_IN })

const HOSTS = 200
const MOUNTS = 20

/** What the API would answer for a fleet of that size. */
function fleet(): MountMatrix {
  const states = [...MATRIX_STATES]
  const statuses = [...MATRIX_STATUSES]
  const cellOf = (state: 'mounted' | 'hung') => [states.indexOf(state), statuses.indexOf(state)] as const
  return {
    hosts: Array.from({ length: HOSTS }, (_, at) => ({
      id: `hst_${at}`,
      name: `node-${String(at).padStart(3, '0')}`,
      status: 'online',
      labels: { rack: `r${at % 8}` },
      observed_at: '2026-11-20T12:00:00.000Z',
    })),
    mounts: Array.from({ length: MOUNTS }, (_, at) => ({
      id: `mnt_${at}`,
      name: `volume-${at}`,
      type: 'nfs',
      backend: { id: 'bkd_1', name: 'nas' },
      mount_point: `/mnt/volume-${at}`,
      removing: false,
    })),
    states,
    statuses,
    texts: ['The storage does not answer.'],
    cells: Array.from({ length: HOSTS * MOUNTS }, (_, at) => {
      const isHung = at % 37 === 0
      const [state, status] = cellOf(isHung ? 'hung' : 'mounted')
      return [Math.floor(at / MOUNTS), at % MOUNTS, state, 1, 1_763_640_000, isHung ? 0 : null, null, status]
    }),
    drifts: [],
  }
}

interface Frames {
  count: number
  p95: number
  worst: number
  over50: number
  /** Of the page's main thread, in ms a frame: what a busy machine cannot blur. */
  cpu: number
}

/** Scrolls down and up again, a little with every frame, and says how long the frames took in ms. */
async function scrolled(page: Page, selector: string): Promise<Frames> {
  const tools = await page.context().newCDPSession(page)
  await tools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busy = async () => {
    const { metrics } = await tools.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
  }
  const before = await busy()
  const frames = await page.evaluate(async (found) => {
    const element = document.querySelector(found)
    if (!element) throw new Error(`${found} is not there`)
    const took: number[] = []
    const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))
    let last = await frame()
    for (let step = 0; step < 240; step++) {
      element.scrollTop += step < 120 ? 48 : -48
      const now = await frame()
      took.push(now - last)
      last = now
    }
    const sorted = took.toSorted((a, b) => a - b)
    return {
      count: took.length,
      p95: sorted[Math.floor(took.length * 0.95)] ?? 0,
      worst: sorted.at(-1) ?? 0,
      over50: took.filter((each) => each > 50).length,
    }
  }, selector)
  const cpu = ((await busy()) - before) * (1000 / frames.count)
  await tools.detach()
  return { ...frames, cpu }
}

function words({ count, p95, worst, over50, cpu }: Frames): string {
  return `main thread ${cpu.toFixed(1)} ms a frame, p95 ${p95.toFixed(1)} ms, longest ${worst.toFixed(1)} ms, ${over50} of ${count} over 50 ms`
}

test(`a matrix of ${HOSTS} hosts and ${MOUNTS} mounts keeps only what is near the window in the page`, async ({
  page,
  request,
}) => {
  const url = productUrl()
  await page.route('**/api/v1/storage/mounts/matrix', (route) => route.fulfill({ json: { data: fleet() } }))
  // The server draws the matrix of its own fleet; any change of a mount has the page read it again.
  const backend = await request.post(`${url}/api/v1/storage/backends`, {
    headers: { origin: url },
    data: { name: 'matrix', type: 'local-dir', config: { path: '/srv/holdfast-e2e-matrix' } },
  })
  const backendId = (await backend.json()).data.id
  const mount = await request.post(`${url}/api/v1/storage/mounts`, {
    headers: { origin: url },
    data: { name: 'e2e-matrix', backend_id: backendId, global: true, do_mount: false },
  })
  const mountId = (await mount.json()).data.id
  try {
    await page.goto(`${url}/mounts/placement`)
    await page.getByRole('grid').waitFor()
    await expect(async () => {
      await request.patch(`${url}/api/v1/storage/mounts/${mountId}`, {
        headers: { origin: url, prefer: 'wait=20' },
        data: { auto_mount: Math.random() < 0.5 },
      })
      await expect(page.getByText(`${HOSTS} hosts`, { exact: true })).toBeVisible({ timeout: 2_000 })
    }).toPass({ timeout: 30_000 })
    await page.evaluate(() => {
      document.querySelector('[role=grid]')?.parentElement?.setAttribute('data-measured', 'matrix')
      const plain = document.createElement('div')
      plain.dataset.measured = 'plain'
      plain.style.cssText = 'position:fixed;inset:0;overflow:auto;z-index:99;background:#fff'
      plain.innerHTML = '<div style="height:6560px"></div>'
      document.body.append(plain)
    })
    const plain = await scrolled(page, '[data-measured=plain]')
    await page.evaluate(() => document.querySelector('[data-measured=plain]')?.remove())
    const matrix = await scrolled(page, '[data-measured=matrix]')
    console.log(`\nscrolling the matrix: ${words(matrix)}; a plain box beside it: ${words(plain)}`)
    const scroller = page.locator('[data-measured=matrix]')
    await scroller.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
    await expect(page.getByRole('link', { name: `node-${HOSTS - 1}` })).toBeVisible()
    expect(await page.getByRole('row').count()).toBeLessThan(60)
    await page.keyboard.press('Escape')
    await page.getByRole('gridcell').last().click()
    await expect(page.getByRole('dialog')).toContainText('node-199')
  } finally {
    await request.delete(`${url}/api/v1/storage/mounts/${mountId}`, { headers: { origin: url, prefer: 'wait=20' } })
    await request.delete(`${url}/api/v1/storage/backends/${backendId}`, { headers: { origin: url } })
  }
})

import autocannon from 'autocannon'
import { cpuSeconds, record, rssMiB, section } from '@/e2e/bench/figures'
import type { Product } from '@/e2e/support/product'

const CONNECTIONS = 16
const SECONDS = 6
const BACKENDS = 1_000
const OURS = '/api/v1/storage/backends'

interface Load {
  name: string
  /** Goal for our requests/s against the bare route of the same build. */
  goal: number
  method: 'GET' | 'POST' | 'PATCH'
  /** Path below the collection; `ids` are those of all backends. */
  path(ids: readonly string[]): string
  body?(unique: string): object
}

const NFS = { server: '10.0.0.1', export_path: '/export/bench', version: '4.2' }

const anyOne = (ids: readonly string[]) => `/${ids[Math.floor(Math.random() * ids.length)]}`

/** Goals: list >= 4x of a peer of which the bare route reaches 5.8x, get 1x of 0.99x, create 1.2x of 1.26x, patch 1.5x of 1.8x. */
const LOADS: Load[] = [
  { name: 'list all', goal: 4 / 5.8, method: 'GET', path: () => '' },
  { name: 'get one', goal: 1 / 0.99, method: 'GET', path: anyOne },
  {
    name: 'create',
    goal: 1.2 / 1.26,
    method: 'POST',
    path: () => '',
    body: (unique) => ({ name: `bench-${unique}`, type: 'nfs', config: NFS }),
  },
  {
    name: 'patch',
    goal: 1.5 / 1.8,
    method: 'PATCH',
    path: anyOne,
    body: (unique) => ({ name: `patched-${unique}` }),
  },
]

interface Outcome {
  perSecond: number
  p50: number
  p99: number
  cpuMsPerRequest: number
}

/** Names must differ between requests. */
let unique = 0

async function measure(
  product: Product,
  webPid: number,
  base: string,
  load: Load,
  ids: readonly string[],
): Promise<Outcome> {
  const before = cpuSeconds(webPid)
  const result = await autocannon({
    url: product.url,
    connections: CONNECTIONS,
    duration: SECONDS,
    requests: [
      {
        method: load.method,
        headers: { authorization: `Bearer ${product.token}`, 'content-type': 'application/json' },
        setupRequest: (request) => ({
          ...request,
          path: `${base}${load.path(ids)}`,
          ...(load.body ? { body: JSON.stringify(load.body(`${product.port}-${unique++}`)) } : {}),
        }),
      },
    ],
  })
  const cpu = cpuSeconds(webPid) - before
  const answered = result['2xx']
  if (answered === 0 || result.non2xx > 0) {
    throw new Error(`${load.method} ${base}: ${answered} good answers, ${result.non2xx} others`)
  }
  return {
    perSecond: answered / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    cpuMsPerRequest: (cpu * 1000) / answered,
  }
}

/** The REST API on 1,000 backends, beside a bare Next route with one Prisma query in the same build. */
export async function benchRest(product: Product, webPid: number): Promise<void> {
  section(`REST on ${BACKENDS} backends, ${CONNECTIONS} connections`)
  const ids = await createBackends(product)
  for (const load of LOADS) {
    const bare = await measure(product, webPid, '/api/bench/backends', load, ids)
    const ours = await measure(product, webPid, OURS, load, ids)
    const ratio = ours.perSecond / bare.perSecond
    record({
      name: `${load.name}, requests/s`,
      value: ours.perSecond,
      unit: '/s',
      ratio,
      baseline: 'bare route',
      goal: `>= ${load.goal.toFixed(2)}x`,
      reached: ratio >= load.goal,
    })
    record({
      name: `${load.name}, p50`,
      value: ours.p50,
      unit: 'ms',
      ratio: ours.p50 / bare.p50,
      baseline: 'bare route',
    })
    record({
      name: `${load.name}, p99`,
      value: ours.p99,
      unit: 'ms',
      ratio: ours.p99 / bare.p99,
      baseline: 'bare route',
    })
    record({
      name: `${load.name}, web CPU per request`,
      value: ours.cpuMsPerRequest,
      unit: 'ms',
      ratio: ours.cpuMsPerRequest / bare.cpuMsPerRequest,
      baseline: 'bare route',
    })
  }
}

/** A product of its own under our loads alone: above, the bare routes leave their garbage, and creating thousands of backends, in it. */
export async function benchRestMemory(product: Product): Promise<void> {
  const webPid = await product.pid('web')
  const ids = await createBackends(product)
  for (const load of LOADS) await measure(product, webPid, OURS, load, ids)
  const rss = rssMiB(webPid)
  record({ name: 'web RSS after our loads', value: rss, unit: 'MiB', goal: '<= 350 MiB', reached: rss <= 350 })
}

async function createBackends(product: Product): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < BACKENDS; n++) {
    const made = await product.request<{ data: { id: string } }>('POST', OURS, {
      name: `backend-${n}`,
      type: 'nfs',
      config: { ...NFS, export_path: `/export/${n}` },
    })
    ids.push(made.body.data.id)
  }
  return ids
}

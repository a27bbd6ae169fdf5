import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { z } from 'zod'
import { BareImages, LibvirtImages, type Samples, timed } from '@/e2e/bench/bare-volumes'
import { quantile, record, section } from '@/e2e/bench/figures'
import { recordActs, recordBare } from '@/e2e/bench/volumes'
import { type Product, until } from '@/e2e/support/product'
import type { HostRow } from '@/lib/hosts/schema'
import { newId } from '@/lib/ids'
import type { PoolView } from '@/lib/pools/schema'
import type { SnapshotView, VolumeView } from '@/lib/volumes/schema'

const ROUNDS = 15
const VOLUMES = 10_000
const PAGES = 200
const PAGE_GOAL_MS = 100
const WAIT = { prefer: 'wait=60' }

/** The same acts through the API, to the end of their operations, and the list of many volumes. */
export async function benchVolumesApi(product: Product): Promise<void> {
  section(`Volumes of 10 GiB through the API, ${ROUNDS} rounds`)
  const [source, bareDirectory] = [0, 1].map(() => mkdtempSync('/srv/holdfast-bench-')) as [string, string]
  const libvirtDirectory = mkdtempSync('/srv/holdfast-bench-')
  const virsh = await LibvirtImages.open(libvirtDirectory)
  try {
    const pool = await makePool(product, source)
    await benchActs(product, pool, new BareImages(bareDirectory), virsh)
    section(`A list of ${VOLUMES} volumes`)
    addVolumes(product, pool.id)
    await benchPages(product)
    removeVolumes(product)
    await emptyPool(product, pool)
  } finally {
    await virsh?.close()
    for (const directory of [source, bareDirectory, libvirtDirectory]) rmSync(directory, { recursive: true })
  }
}

/** Throws for anything but the end of the work. */
async function finish<T>(product: Product, method: string, at: string, body?: object): Promise<T> {
  const answer = await product.request<{ data: T }>(method, at, body, WAIT)
  if (answer.status >= 200 && answer.status < 300 && answer.status !== 202) return answer.body?.data
  throw new Error(`${method} ${at} answered ${answer.status}: ${JSON.stringify(answer.body)}`)
}

async function makePool(product: Product, source: string): Promise<PoolView> {
  const host = await until('the local host is online', async () => {
    const hosts = await product.request<{ data: HostRow[] }>('GET', '/api/v1/hosts')
    return hosts.body.data.find((one) => one.status === 'online')
  })
  const config = { name: 'bench-volumes', type: 'local-dir', config: { path: source } }
  const backend = await finish<{ id: string }>(product, 'POST', '/api/v1/storage/backends', config)
  const wanted = { name: 'bench-volumes', backend_id: backend.id, host_ids: [host.id] }
  return finish<PoolView>(product, 'POST', '/api/v1/storage/pools', wanted)
}

async function benchActs(product: Product, pool: PoolView, bare: BareImages, virsh: LibvirtImages | null) {
  let others = { bare: {} as Samples, virsh: virsh === null ? null : ({} as Samples) }
  let api: Samples = {}
  for (let n = 0; n <= ROUNDS; n++) {
    // What is done for the first time is not what a person waits for.
    if (n === 1) [others, api] = [{ bare: {}, virsh: virsh === null ? null : {} }, {}]
    let id = ''
    let snapshotId = ''
    const ours = {
      create: async () => {
        const body = { name: `a${n}`, size: '10 GiB' }
        id = (await finish<VolumeView>(product, 'POST', `/api/v1/storage/pools/${pool.id}/volumes`, body)).id
      },
      snapshot: async () => {
        await finish(product, 'POST', `/api/v1/volumes/${id}/snapshots`, { name: 's' })
      },
      clone: async () => {
        await finish(product, 'POST', `/api/v1/volumes/${id}/clone`, { name: `c${n}`, snapshot_id: snapshotId })
      },
      resize: async () => {
        await finish(product, 'POST', `/api/v1/volumes/${id}/resize`, { size: '11 GiB' })
      },
    }
    for (const act of ['create', 'snapshot', 'clone', 'resize'] as const) {
      await timed(others.bare, act, () => bare[act](n))
      if (virsh !== null && others.virsh !== null) await timed(others.virsh, act, () => virsh[act](n))
      await timed(api, act, ours[act])
      if (act === 'snapshot') snapshotId = await onlySnapshot(product, id)
    }
  }
  for (const act of Object.keys(api)) {
    recordBare(act, others)
    recordActs(act, 'API', api, others)
  }
}

async function onlySnapshot(product: Product, volumeId: string): Promise<string> {
  const { body } = await product.request<{ data: SnapshotView[] }>('GET', `/api/v1/volumes/${volumeId}/snapshots`)
  return body.data[0]?.id ?? ''
}

const NAME = 'bench-many'

/** In a pool that is on no host, so that nobody looks for them. */
function addVolumes(product: Product, poolId: string): void {
  const database = open(product)
  const many = newId('pool')
  const columns = z.array(z.object({ name: z.string() })).parse(database.pragma('table_info("Pool")'))
  const others = columns.filter(({ name }) => !['id', 'name', 'mountId', 'keeperId'].includes(name))
  const list = others.map(({ name }) => `"${name}"`).join(', ')
  database.transaction(() => {
    database
      .prepare(`INSERT INTO "Pool" ("id", "name", ${list}) SELECT ?, ?, ${list} FROM "Pool" WHERE "id" = ?`)
      .run(many, NAME, poolId)
    const insert = database.prepare(
      `INSERT INTO "Volume" ("id", "poolId", "name", "nameKey", "phase", "format", "provisioning", "accessMode",
        "sizeBytes", "allocatedBytes", "createdAt", "updatedAt")
       SELECT ?, ?, ?, ?, 'ready', "format", "provisioning", "accessMode", ?, ?, "createdAt", "updatedAt"
       FROM "Volume" WHERE "poolId" = ? LIMIT 1`,
    )
    for (let n = 0; n < VOLUMES; n++) {
      const name = `disk-${String((n * 7919) % VOLUMES).padStart(5, '0')}`
      insert.run(newId('volume'), many, name, name, 1024 ** 3 * (1 + (n % 97)), 1024 ** 2 * n, poolId)
    }
  })()
  database.close()
}

function removeVolumes(product: Product): void {
  const database = open(product)
  database.exec(`DELETE FROM "Volume" WHERE "poolId" IN (SELECT "id" FROM "Pool" WHERE "name" = '${NAME}')`)
  database.exec(`DELETE FROM "Pool" WHERE "name" = '${NAME}'`)
  database.close()
}

function open(product: Product): Database.Database {
  return new Database(path.join(product.stateDir, 'holdfast.db'), { timeout: 20_000 })
}

/** One page after the other, of those that a table shows and of the usual size, in each order. */
async function benchPages(product: Product): Promise<void> {
  for (const limit of [100, 1000]) {
    const samples: number[] = []
    for (let n = -10; n < PAGES; n++) {
      const sort = ['name', '-size', '-created'][Math.abs(n) % 3]
      const cursor = limit * (Math.abs(n) % (VOLUMES / limit))
      const from = performance.now()
      const page = `/api/v1/volumes?limit=${limit}&sort=${sort}&cursor=${cursor}`
      const { status, body } = await product.request<{ data: unknown[] }>('GET', page)
      const ms = performance.now() - from
      if (status !== 200 || body.data.length !== limit) throw new Error(`${page} answered ${status}`)
      if (n >= 0) samples.push(ms)
    }
    record({ name: `a page of ${limit}, median`, value: quantile(samples, 0.5), unit: 'ms' })
    const p99 = quantile(samples, 0.99)
    const goal = { goal: `<= ${PAGE_GOAL_MS} ms`, reached: p99 <= PAGE_GOAL_MS }
    record({ name: `a page of ${limit}, p99`, value: p99, unit: 'ms', ...goal })
  }
}

/** Its mount would outlive the product. */
async function emptyPool(product: Product, pool: PoolView): Promise<void> {
  const { body } = await product.request<{ data: VolumeView[] }>('GET', `/api/v1/storage/pools/${pool.id}/volumes`)
  for (const { id } of body.data.toSorted((a, b) => b.name.localeCompare(a.name)))
    for (const query of ['', '?purge=true']) await finish(product, 'DELETE', `/api/v1/volumes/${id}${query}`)
  await finish(product, 'DELETE', `/api/v1/storage/pools/${pool.id}`)
  await finish(product, 'DELETE', `/api/v1/storage/backends/${pool.backend_id}`)
}

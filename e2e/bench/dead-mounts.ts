import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { quantile, record, section } from '@/e2e/bench/figures'
import { type Product, until } from '@/e2e/support/product'
import type { HostRow } from '@/lib/hosts/schema'
import type { MountView } from '@/lib/mounts/schema'
import { FakeS3 } from '@/testing/drivers/fake-s3'
import { listenS3 } from '@/testing/drivers/s3-listener'

const DEAD = 16
const WELL = 4
/** Healthy and dead alternate, so that whatever else the machine does falls on both. */
const ROUNDS = 3
const READS = 300
const COMMANDS = 40
/** From the issue: 16 of 20 mounts dead cost the other four at most a fifth. */
const GOAL = 1.2

type Samples = { reads: number[]; commands: number[] }

const KEY = 'AKBENCH'
const SECRET = 'bench-not-a-real-secret'

/**
 * The API about four mounts of a host, while its other sixteen answer and while they hang. Dead storage is a FUSE daemon that is
 * stopped: every call on its mount waits in the kernel, as on a server that is gone.
 */
export async function benchDeadMounts(product: Product): Promise<void> {
  section(`${DEAD} of ${DEAD + WELL} mounts of a host dead: the API for the other ${WELL}`)
  const folder = mkdtempSync('/srv/holdfast-bench-')
  const s3 = new FakeS3()
  s3.keys.set(KEY, SECRET)
  const server = await listenS3(s3)
  const bucket = {
    endpoint: `http://127.0.0.1:${server.port}`,
    provider: 'Ceph',
    bucket: 'media',
    access_key_id: KEY,
    secret_access_key: SECRET,
    path_style: true,
  }
  let daemons: number[] = []
  try {
    const dead = await mountMany(product, 'dead', 's3', bucket, DEAD)
    const well = await mountMany(product, 'well', 'local-dir', { path: folder }, WELL)
    daemons = rcloneDaemons(dead)
    if (daemons.length !== DEAD) throw new Error(`${daemons.length} daemons serve ${DEAD} mounts`)
    const [deadIds, wellIds] = [dead, well].map((mounts) => mounts.map((mount) => mount.id)) as [string[], string[]]
    const healthy: Samples = { reads: [], commands: [] }
    const hanging: Samples = { reads: [], commands: [] }
    await measure(product, wellIds, { reads: [], commands: [] })
    for (let round = 0; round < ROUNDS; round++) {
      await measure(product, wellIds, healthy)
      for (const pid of daemons) process.kill(pid, 'SIGSTOP')
      await untilAll(product, deadIds, 'hung')
      await measure(product, wellIds, hanging)
      for (const pid of daemons) process.kill(pid, 'SIGCONT')
      await untilAll(product, deadIds, 'mounted')
    }
    daemons = []
    report('read', healthy.reads, hanging.reads)
    report('unmount and mount', healthy.commands, hanging.commands)
    for (const { id } of [...dead, ...well]) {
      await product.request('DELETE', mountPath(id), undefined, { prefer: 'wait=30' })
    }
    for (const name of ['dead', 'well']) await removeBackend(product, name)
  } finally {
    for (const pid of daemons) process.kill(pid, 'SIGCONT')
    await server.close()
    rmSync(folder, { recursive: true })
  }
}

/** The processes that serve these mounts. */
function rcloneDaemons(mounts: readonly MountView[]): number[] {
  const points = mounts.map((mount) => mount.mount_point)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return words[0]?.endsWith('rclone') && words.some((word) => points.includes(word))
      } catch {
        return false
      }
    })
    .map(Number)
}

const mountPath = (id: string) => `/api/v1/storage/mounts/${id}`

function report(what: string, healthy: readonly number[], hanging: readonly number[]): void {
  for (const [name, share] of [['median', 0.5] as const, ['p99', 0.99] as const]) {
    const [before, during] = [quantile(healthy, share), quantile(hanging, share)]
    record({
      name: `${what} of a mount that is well, ${name}`,
      value: during,
      unit: 'ms',
      ratio: during / before,
      baseline: `the healthy run (${before.toFixed(2)} ms)`,
      goal: `<= ${GOAL}x`,
      reached: during / before <= GOAL,
    })
  }
}

async function measure(product: Product, ids: readonly string[], samples: Samples): Promise<void> {
  const wait = { prefer: 'wait=30' }
  for (let i = 0; i < READS; i++) {
    const id = ids[i % ids.length] ?? ''
    const startedAt = performance.now()
    const { status } = await product.request('GET', mountPath(id))
    samples.reads.push(performance.now() - startedAt)
    if (status !== 200) throw new Error(`a mount that is well answered ${status}`)
  }
  for (let i = 0; i < COMMANDS; i++) {
    const id = ids[i % ids.length] ?? ''
    const startedAt = performance.now()
    for (const action of ['unmount', 'mount']) {
      const { status, body } = await product.request('POST', `${mountPath(id)}/${action}`, {}, wait)
      if (status !== 200) throw new Error(`${action} answered ${status}: ${JSON.stringify(body)}`)
    }
    samples.commands.push(performance.now() - startedAt)
  }
}

async function mountMany(
  product: Product,
  name: string,
  type: string,
  config: Record<string, unknown>,
  count: number,
): Promise<MountView[]> {
  const host = await until('the local host is online', async () => {
    const hosts = await product.request<{ data: HostRow[] }>('GET', '/api/v1/hosts')
    return hosts.body.data.find((one) => one.status === 'online')
  })
  const backend = await product.request<{ data: { id: string } }>('POST', '/api/v1/storage/backends', {
    name: `bench-${name}`,
    type,
    config,
  })
  const mounts: MountView[] = []
  for (let i = 0; i < count; i++) {
    const body = { name: `bench-${name}-${i}`, backend_id: backend.body.data.id, host_ids: [host.id] }
    const made = await product.request<{ data: MountView }>('POST', '/api/v1/storage/mounts', body, {
      prefer: 'wait=30',
    })
    if (made.status !== 201) throw new Error(`the mount ${body.name} was not made: ${JSON.stringify(made.body)}`)
    mounts.push(made.body.data)
  }
  await untilAll(
    product,
    mounts.map((mount) => mount.id),
    'mounted',
  )
  return mounts
}

async function untilAll(product: Product, ids: readonly string[], state: string): Promise<void> {
  await until(
    `${ids.length} mounts are ${state}`,
    async () => {
      const { body } = await product.request<{ data: MountView[] }>('GET', '/api/v1/storage/mounts?limit=100')
      const shown = new Map(body.data.map((mount) => [mount.id, mount.hosts[0]?.state]))
      return ids.every((id) => shown.get(id) === state) || undefined
    },
    120_000,
  )
}

async function removeBackend(product: Product, name: string): Promise<void> {
  const { body } = await product.request<{ data: { id: string; name: string }[] }>('GET', '/api/v1/storage/backends')
  const found = body.data.find((backend) => backend.name === `bench-${name}`)
  if (found) await product.request('DELETE', `/api/v1/storage/backends/${found.id}`)
}

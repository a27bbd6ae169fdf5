import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { quantile, record, section } from '@/e2e/bench/figures'
import { type Product, until } from '@/e2e/support/product'
import type { HostRow } from '@/lib/hosts/schema'

const ROUNDS = 100
/** 15 ms, where the bare command takes 0.94 ms; the ratio is what compares between machines. */
const GOAL = 15 / 0.94

/** One API call to a verified bind mount, beside the bare `mount --bind` started from Node; the two alternate. */
export async function benchBind(product: Product): Promise<void> {
  section('API call to verified bind mount')
  const host = await until('the local host is online', async () => {
    const hosts = await product.request<{ data: HostRow[] }>('GET', '/api/v1/hosts')
    return hosts.body.data.find((one) => one.status === 'online')
  })
  const source = mkdtempSync('/srv/holdfast-bench-')
  const target = mkdtempSync('/srv/holdfast-bench-')
  const backend = await product.request<{ data: { id: string } }>('POST', '/api/v1/storage/backends', {
    name: 'bench-bind',
    type: 'local-dir',
    config: { path: source },
  })
  const created = await product.request<{ data: { id: string } }>('POST', '/api/v1/storage/mounts', {
    name: 'bench-bind',
    backend_id: backend.body.data.id,
    host_ids: [host.id],
    do_mount: false,
  })
  const id = created.body.data.id
  const ours: number[] = []
  const bare: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now()
    const answer = await product.request('POST', `/api/v1/storage/mounts/${id}/mount`, {}, { prefer: 'wait=30' })
    ours.push(performance.now() - from)
    if (answer.status !== 200) throw new Error(`mount answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    await product.request('POST', `/api/v1/storage/mounts/${id}/unmount`, {}, { prefer: 'wait=30' })
    const bareFrom = performance.now()
    execFileSync('/bin/mount', ['--bind', source, target])
    bare.push(performance.now() - bareFrom)
    execFileSync('/bin/umount', [target])
  }
  const median = quantile(ours, 0.5)
  const bareMedian = quantile(bare, 0.5)
  record({ name: 'bare mount --bind, median', value: bareMedian, unit: 'ms' })
  record({
    name: 'API call to verified bind mount, median',
    value: median,
    unit: 'ms',
    ratio: median / bareMedian,
    baseline: 'mount --bind',
    goal: `<= ${GOAL.toFixed(0)}x`,
    reached: median / bareMedian <= GOAL,
  })
  record({ name: 'API call to verified bind mount, p99', value: quantile(ours, 0.99), unit: 'ms' })
  await product.request('DELETE', `/api/v1/storage/mounts/${id}`, undefined, { prefer: 'wait=30' })
  await product.request('DELETE', `/api/v1/storage/backends/${backend.body.data.id}`)
  rmSync(source, { recursive: true })
  rmSync(target, { recursive: true })
}

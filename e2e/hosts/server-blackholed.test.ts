/** @module-tag full */

import { afterAll, beforeAll, expect, it } from 'vitest'
import { wakeCeph } from '@/e2e/support/lab-ceph'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { labBucket } from '@/e2e/support/lab-storages'
import { until } from '@/e2e/support/product'
import type { BackendView } from '@/lib/backends/schema'

const { nfs, servers } = labFacts
const NFS_ONLY = { ports: [nfs.port] }
const REQUESTS = 300

let fleet: LabProduct
let hanging: string
let healthy: string
let local: string

beforeAll(async () => {
  fleet = await useLabProduct()
  await wakeCeph(fleet.lab)
  const share = await fleet.createBackend('nas', 'nfs', { server: servers.address, export_path: nfs.exports.readWrite })
  hanging = (await fleet.createMount('nas', share.id)).data.id
  const bucket = await fleet.createBackend('bucket', 's3', labBucket({ region: 'us-east-1' }))
  healthy = (await fleet.createMount('bucket', bucket.id)).data.id
  await fleet.lab.host.ok('mkdir -p /srv/local && echo here > /srv/local/file')
  const folder = await fleet.createBackend('folder', 'local-dir', { path: '/srv/local' })
  local = (await fleet.createMount('folder', folder.id)).data.id
  for (const id of [hanging, healthy, local]) await fleet.untilState(id, 'mounted')
})
afterAll(async () => {
  await fleet?.lab.servers.blackhole(false)
  await fleet?.close()
})

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** Milliseconds of single requests, one after the other: the list of mounts, one mount, the host. */
async function measureRequests(): Promise<{ p50: number; p99: number }> {
  const paths = ['/api/v1/storage/mounts', `/api/v1/storage/mounts/${healthy}`, `/api/v1/hosts/${fleet.hostId}`]
  const times: number[] = []
  for (let i = 0; i < REQUESTS; i++) {
    const started = performance.now()
    const { status } = await fleet.product.request('GET', paths[i % paths.length] ?? '')
    times.push(performance.now() - started)
    expect(status).toBe(200)
  }
  times.sort((a, b) => a - b)
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}

/** Milliseconds of a command that the agent carries out on a mount that is well. */
async function measureCommand(): Promise<number> {
  const started = performance.now()
  expect((await fleet.act(local, 'unmount')).status).toBe(200)
  expect((await fleet.act(local, 'mount')).status).toBe(200)
  return performance.now() - started
}

it('a blackholed server hangs its own mount only, and the mount heals by itself', async () => {
  await measureCommand()
  const before = await measureRequests()
  const commandBefore = await measureCommand()
  // Its file is open, so the write itself is what waits.
  const write = 'exec 3> /mnt/nas/written-meanwhile; : > /run/opened; read < /run/go; echo held back >&3'
  await fleet.lab.host.ok(`mkfifo /run/go && systemd-run --unit=writer bash -c '${write}'`)
  await until('the writer has opened its file', async () => {
    return (await fleet.lab.host.exec('test -e /run/opened')).exitCode === 0 || undefined
  })

  await fleet.lab.servers.blackhole(true, NFS_ONLY)
  const hungAfter = await fleet.untilState(hanging, 'hung', 40_000)
  await fleet.lab.host.ok('echo go > /run/go')
  const row = await fleet.onHost(hanging)
  expect(row).toMatchObject({ problem: 'mount.hung', error: expect.any(String), advice: expect.any(String) })

  const during = await measureRequests()
  const commandDuring = await measureCommand()
  for (const id of [healthy, local]) expect(await fleet.onHost(id)).toMatchObject({ state: 'mounted' })
  expect(await fleet.lab.host.ok('cat /mnt/bucket/hello.txt', { timeoutMs: 20_000 })).toBe('hello from S3')
  expect(await fleet.lab.host.ok('cat /mnt/folder/file', { timeoutMs: 20_000 })).toBe('here')
  await until('the backend is shown as away', async () => {
    const { body } = await fleet.product.request<{ data: BackendView[] }>('GET', '/api/v1/storage/backends')
    return body.data.find((backend) => backend.name === 'nas')?.status === 'offline' || undefined
  })
  // However often it is looked at, hung storage costs one child.
  const probes = await fleet.lab.host.exec('pgrep -cf "stat -f .* /mnt/nas"')
  expect(Number(probes.stdout)).toBeLessThanOrEqual(1)

  await fleet.lab.servers.blackhole(false)
  const healedAfter = await fleet.untilState(hanging, 'mounted', 60_000)
  await until('the held back write is on the server', async () => {
    const { stdout } = await fleet.lab.servers.exec(`cat ${nfs.exports.readWrite}/written-meanwhile`)
    return stdout === 'held back\n' || undefined
  })

  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  console.log(
    [
      `hung after ${seconds(hungAfter)} (goal 10 s), healed after ${seconds(healedAfter)} (goal 15 s)`,
      `API requests: p50 ${before.p50.toFixed(1)} -> ${during.p50.toFixed(1)} ms, p99 ${before.p99.toFixed(1)} -> ${during.p99.toFixed(1)} ms, ratio of p99 ${(during.p99 / before.p99).toFixed(2)}`,
      `unmount and mount of another storage: ${seconds(commandBefore)} -> ${seconds(commandDuring)}, ratio ${(commandDuring / commandBefore).toFixed(2)}`,
    ].join('\n'),
  )
})

it('an unmount of a hung mount ends with an answer, and the storage can be let go', async () => {
  await fleet.lab.servers.blackhole(true, NFS_ONLY)
  await fleet.untilState(hanging, 'hung', 40_000)
  const started = performance.now()
  const answer = await fleet.act(hanging, 'unmount')
  console.log(`unmount of a hung mount: ${answer.status} after ${Math.round(performance.now() - started)} ms`)
  if (answer.status === 200) expect(await fleet.mountinfo('/mnt/nas')).toEqual([])
  else expect(answer.body).toMatchObject({ detail: expect.any(String), recovery: expect.any(String) })
  await fleet.lab.servers.blackhole(false)
  await fleet.untilState(hanging, 'absent', 120_000)
  expect(await fleet.mountinfo('/mnt/nas')).toEqual([])
})

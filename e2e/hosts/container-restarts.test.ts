/** @module-tag full */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { pace } from '@/e2e/lab/pace.mjs'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { until } from '@/e2e/support/product'
import type { WorkloadRow } from '@/lib/workloads/schema'

const { nfs, servers } = labFacts
const NFS_ONLY = { ports: [nfs.port] }
const STEP_MS = 300_000 * pace()
const BOOT_MS = 1_200_000 * pace()
const IMAGE = 'holdfast-test:1'
/** Programs of the guest, with what they need to run. */
const FILES = 'bin/sleep bin/cat lib/x86_64-linux-gnu/libc.so.6 lib64/ld-linux-x86-64.so.2'

let fleet: LabProduct
let mountId: string

beforeAll(async () => {
  fleet = await useLabProduct()
  await fleet.lab.host.ok('systemctl enable --now docker')
  await fleet.lab.host.ok(`tar -ch -C / ${FILES} | docker import --change 'CMD ["/bin/sleep", "86400"]' - ${IMAGE}`)
  const config = { server: servers.address, export_path: nfs.exports.readWrite }
  const backend = await fleet.createBackend('shared', 'nfs', config)
  mountId = (await fleet.createMount('shared', backend.id)).data.id
  await fleet.untilState(mountId, 'mounted')
  await fleet.lab.host.ok('echo there > /mnt/shared/file')
}, BOOT_MS)
afterAll(async () => {
  await fleet?.lab.servers.blackhole(false)
  await fleet?.lab.host.exec('docker rm --force web; systemctl disable --now docker docker.socket')
  await fleet?.close()
})

async function workload(): Promise<WorkloadRow | undefined> {
  const path = `/api/v1/workloads?host_id=${fleet.hostId}&target=docker`
  return (await fleet.product.request<{ data: WorkloadRow[] }>('GET', path)).body.data.find(
    ({ name }) => name === 'web',
  )
}
const state = async () => (await fleet.lab.host.exec(`docker inspect --format '{{.State.Status}}' web`)).stdout.trim()
const untilRuns = () => until('the container runs', async () => (await state()) === 'running' || undefined, 120_000)
const read = () => fleet.lab.host.ok('docker exec web /bin/cat /data/file')

it('a container reads its mount, and is started again when it has ended', { timeout: STEP_MS * 3 }, async () => {
  const made = await fleet.product.request('POST', '/api/v1/workloads', {
    ...{ host_id: fleet.hostId, name: 'web', image: IMAGE, restart: 'unless-stopped' },
    mounts: [{ mount_id: mountId, target: '/data' }],
  })
  expect(made.status, JSON.stringify(made.body)).toBe(202)
  await untilRuns()
  expect(await read()).toBe('there')
  const policy = await fleet.lab.host.ok(`docker inspect --format '{{.HostConfig.RestartPolicy.Name}}' web`)
  expect(policy).toBe('no')
  const pid = await fleet.lab.host.ok(`docker inspect --format '{{.State.Pid}}' web`)
  await fleet.lab.host.ok(`kill -9 ${pid}`)
  await until('it is another process', async () => {
    const now = await fleet.lab.host.ok(`docker inspect --format '{{.State.Pid}}' web`)
    return (now !== '0' && now !== pid) || undefined
  })
})

it('a host that starts without its storage lets it wait, and it comes with the storage', {
  timeout: BOOT_MS,
}, async () => {
  await fleet.lab.servers.blackhole(true, NFS_ONLY)
  await fleet.lab.host.reboot()
  await fleet.untilOnline()
  const held = await until('the reason is told', async () => (await workload())?.held ?? undefined, 120_000)
  expect(held).toContain('/mnt/shared')
  expect(await state()).toBe('exited')
  const start = await fleet.product.request(
    ...(['POST', `/api/v1/workloads/${(await workload())?.id}/power`] as const),
    { action: 'start' },
    { prefer: 'wait=60' },
  )
  expect(JSON.stringify(start.body)).toContain('/mnt/shared')
  expect(await state()).toBe('exited')
  await fleet.lab.servers.blackhole(false)
  await fleet.untilState(mountId, 'mounted', 180_000)
  await untilRuns()
  expect(await read()).toBe('there')
  await until('nothing holds it', async () => (await workload())?.held === null || undefined)
})

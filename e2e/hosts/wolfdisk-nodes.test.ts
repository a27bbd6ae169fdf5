/** @module-tag full */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { until } from '@/e2e/support/product'
import { addSecondHost, mountOn, type SecondHost, untilMountedOn } from '@/e2e/support/second-host'
import { installWolfdiskStandIn } from '@/e2e/support/wolfdisk-stand-in'
import type { MountOnHostView, MountView } from '@/lib/mounts/schema'

/** One WolfDisk mount on two hosts, each with a node of its own, through the whole product; with the stand-in. */
const { host, secondHost } = labFacts
const POINT = '/mnt/wolf'
const DATA = '/var/lib/wolfdisk-lab'
let fleet: LabProduct
let second: SecondHost
let mountId: string

beforeAll(async () => {
  fleet = await useLabProduct()
  second = await addSecondHost(fleet, await fleet.lab.startSecondHost())
  for (const guest of [fleet.lab.host, second.guest]) await installWolfdiskStandIn(guest)
  // The first time on a machine, the third guest is made here.
}, 1_800_000)
afterAll(async () => {
  await second?.remove()
  await fleet?.close()
})

/** Waits until the API shows the mount so, on the first host and on the second. */
async function untilShown(what: string, ...wanted: [first: object, second: object]): Promise<MountOnHostView[]> {
  let rows: (MountOnHostView | undefined)[] = []
  const look = async () => {
    rows = await Promise.all([fleet.hostId, second.hostId].map((hostId) => mountOn(fleet, mountId, hostId)))
    return rows.every((row, index) => hasAll(row?.node, wanted[index])) || undefined
  }
  await until(what, look, 120_000).catch((error: Error) => {
    throw new Error(`${error.message}; the nodes are ${JSON.stringify(rows.map((row) => row?.node))}`)
  })
  return rows as MountOnHostView[]
}

function hasAll(found: object | null | undefined, wanted: object = {}): boolean {
  const fields = new Map(Object.entries(found ?? {}))
  return Object.entries(wanted).every(([key, value]) => fields.get(key) === value)
}

/** To the node itself; the process that serves the files is another one. */
function signalNode(guest: Pick<typeof second.guest, 'ok'>, signal: string): Promise<string> {
  return guest.ok(`systemctl kill --kill-whom=main --signal=${signal} holdfast-${mountId}.service`)
}

it('shows a node on each host, one leads and one follows, and both are in sync', async () => {
  const peers = `${host.address}:9500, ${secondHost.address}:9500`
  const backend = await fleet.createBackend('wolf', 'wolfdisk', { peers, discovery: 'off', data_dir: DATA })
  const hostIds = [fleet.hostId, second.hostId]
  mountId = (await fleet.createMount('wolf', backend.id, { host_ids: hostIds })).data.id
  await untilMountedOn(fleet, mountId, hostIds)
  const common = { sync: 'in_sync', leader: host.name, active_peers: 1, peers: 1, version: 1, advice: null }
  await untilShown(
    'both nodes are in sync',
    { ...common, id: host.name, role: 'leader' },
    { ...common, id: secondHost.name, role: 'follower' },
  )
})

it('lets a host call its node by another id', async () => {
  const path = `/api/v1/storage/mounts/${mountId}/hosts/${second.hostId}/overrides`
  const changed = await fleet.product.request('PUT', path, { config: { node_id: 'z-second' } }, { prefer: 'wait=30' })
  expect(changed.status, JSON.stringify(changed.body)).toBeLessThan(300)
  await untilShown('the second host has its own id', { id: host.name }, { id: 'z-second', sync: 'in_sync' })
})

it('shows by how much a node is behind, and when it has caught up', async () => {
  await second.guest.ok(`touch ${DATA}/lags`)
  for (let change = 0; change < 3; change++) await signalNode(fleet.lab.host, 'HUP')
  const [, row] = await untilShown(
    'the second node is behind',
    { sync: 'in_sync', version: 4 },
    { sync: 'behind', behind_by: 3, version: 1, problem: 'node.behind' },
  )
  expect(row?.node?.advice).toMatch(/newest changes/)
  await second.guest.ok(`rm ${DATA}/lags`)
  await untilShown('both nodes are in sync', { sync: 'in_sync', version: 4 }, { sync: 'in_sync', version: 4 })
})

it('shows a node that has stopped, although its mount is there and answers', async () => {
  await signalNode(second.guest, 'STOP')
  const started = performance.now()
  const [, row] = await untilShown(
    'the second node is stale',
    { sync: 'in_sync', active_peers: 0, problem: 'wolfdisk.peer_missing' },
    { sync: 'stale', problem: 'wolfdisk.stale' },
  )
  console.log(`WolfDisk: a stopped node was shown after ${Math.round(performance.now() - started)} ms`)
  expect(row).toMatchObject({ state: 'mounted', error: null })
  const { body } = await fleet.product.request<{ data: MountView }>('GET', `/api/v1/storage/mounts/${mountId}`)
  expect(body.data.status).toBe('degraded')
  expect(row?.node?.advice).toContain(`Its status in "${DATA}" is older than 10 seconds`)
  expect(await second.mountinfo(POINT)).toHaveLength(1)
  expect(await second.guest.ok(`ls -A ${POINT}`)).toBe('')
  await signalNode(second.guest, 'CONT')
  await untilShown('both nodes are in sync', { sync: 'in_sync', active_peers: 1 }, { sync: 'in_sync', active_peers: 1 })
})

it('goes from both hosts', async () => {
  await fleet.removeMount(mountId)
  for (const lines of [await fleet.mountinfo(POINT), await second.mountinfo(POINT)]) expect(lines).toEqual([])
})

import { expect, it, vi } from 'vitest'
import { POST as connectRoute } from '@/app/api/v1/storage/backends/[id]/connect/route'
import { POST as disconnectRoute } from '@/app/api/v1/storage/backends/[id]/disconnect/route'
import { DELETE as dropBackend, PATCH as patchBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { DELETE as dropMount, PATCH as patchMount, GET as readMountRoute } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as unmountRoute } from '@/app/api/v1/storage/mounts/[id]/unmount/route'
import { DELETE as dropPool, PATCH as patchPool, GET as readPoolRoute } from '@/app/api/v1/storage/pools/[id]/route'
import { POST as makeVolumeRoute } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { GET as readVolumeRoute } from '@/app/api/v1/volumes/[id]/route'
import { POST as snapshotRoute } from '@/app/api/v1/volumes/[id]/snapshots/route'
import { MountView } from '@/lib/mounts/schema'
import { PoolView } from '@/lib/pools/schema'
import { VolumeView } from '@/lib/volumes/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'
import { SimulatedStorages } from '@/testing/simulated-storages'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

const WAIT = { prefer: 'wait=20' }
const NFS = { server: 'nas.test', export_path: '/pools', version: '4.2' }
const ISCSI = {
  portal: '192.0.2.1:3260',
  target: 'iqn.2023-01.com.example:a',
  lun: 1,
  volume_group: 'vg0',
  provisioning: 'thin',
}

testDatabases('pools of storages that hosts share', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let counter = 0

  async function hosts(count: number, labels: Record<string, string> = {}): Promise<FakeAgent[]> {
    const storages = new SimulatedStorages()
    const named = Array.from({ length: count }, (_, index) => ({ name: `h-${++counter}-${index}`, labels }))
    const agents = await fleet().addHosts(named, { storages })
    await waitFor('all hosts', async () => {
      const online = { id: { in: agents.map(({ hostId }) => hostId) }, observedStatus: 'online' as const }
      return (await database.prisma.host.count({ where: online })) === count
    })
    return agents
  }
  const nfs = () => makeBackend(database.prisma, { driver: 'nfs', config: NFS, source: 'nas.test:/pools' })
  const make = (body: object) =>
    api.call('operator', makePool, 'POST', { body: { name: `pool-${++counter}`, ...body }, headers: WAIT })
  const read = async (id: string) => (await api.call('viewer', readPoolRoute, 'GET', { params: { id } })).data(PoolView)
  const patch = (id: string, body: object, headers: Record<string, string> = WAIT) =>
    api.call('operator', patchPool, 'PATCH', { params: { id }, body, headers })
  const volume = async (id: string, name: string) =>
    (
      await api.call('operator', makeVolumeRoute, 'POST', {
        params: { id },
        body: { name, size: '1 GiB' },
        headers: WAIT,
      })
    ).data(VolumeView)
  const ids = (agents: readonly FakeAgent[]) => agents.map(({ hostId }) => hostId)

  it('have one host that tells of their volumes, and another one takes over when that is away', async () => {
    const agents = await hosts(2)
    const backend = await nfs()
    const answer = await make({ backend_id: backend.id, host_ids: ids(agents) })
    expect(answer.status, answer.text).toBe(201)
    const pool = answer.data(PoolView)
    expect(pool).toMatchObject({ phase: 'READY', sharing: 'shared', keeper: { id: agents[0]?.hostId } })
    // Counted once.
    expect(pool).toMatchObject({ total_bytes: 1_000_000_000, used_bytes: 250_000_000 })
    const made = await volume(pool.id, 'disk')
    expect(made.host_id).toBe(agents[0]?.hostId)
    expect(agents[1]?.simulatedPools.volumes.list()).toEqual([])
    await agents[0]?.goOffline({ keepPort: true })
    await waitFor('the loss of a host', async () => (await read(pool.id)).phase === 'DEGRADED', 30_000)
    const { controller } = fleet()
    // Twice each time: one may have been under way already, and know less.
    await controller.poolCare.look()
    await controller.poolCare.look()
    expect((await read(pool.id)).keeper?.id).toBe(agents[0]?.hostId)
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 61_000)
    await controller.poolCare.look()
    await controller.poolCare.look()
    vi.restoreAllMocks()
    expect((await read(pool.id)).keeper?.id).toBe(agents[1]?.hostId)
    await waitFor('the other one to tell', () => agents[1]?.simulatedPools.volumes.list().length === 1)
    const taken = await waitFor('the work to go on there', async () => {
      const params = { id: made.id }
      const asked = await api.call('operator', snapshotRoute, 'POST', {
        params,
        body: { name: 'after' },
        headers: WAIT,
      })
      return asked.status === 200 ? asked : null
    })
    expect(taken.status).toBe(200)
    await agents[0]?.comeBack()
    await waitFor('the first to tell no more', () => agents[0]?.simulatedPools.volumes.list().length === 0, 30_000)
    const seen = (await api.call('viewer', readVolumeRoute, 'GET', { params: { id: made.id } })).data(VolumeView)
    expect(seen).toMatchObject({ phase: 'READY', host_id: agents[1]?.hostId, snapshots: [{ name: 'after' }] })
  })

  it('are in error with the words of their mount while that fails', async () => {
    const storages = new SimulatedStorages()
    const agent = (await fleet().addHosts([{ name: `h-${++counter}`, labels: {} }], { storages }))[0]
    await waitFor('the host', async () => {
      const row = await database.prisma.host.findUnique({ where: { id: agent?.hostId ?? '' } })
      return row?.observedStatus === 'online'
    })
    storages.set('nas.test', 'dead')
    const pool = (await make({ backend_id: (await nfs()).id, host_ids: [agent?.hostId] })).data(PoolView)
    const down = await waitFor('the error', async () => {
      const now = await read(pool.id)
      return now.phase === 'ERROR' ? now : null
    })
    expect(down.hosts[0]).toMatchObject({ phase: 'ERROR', error: 'The server does not answer.' })
    expect(down.error).toBe(down.hosts[0]?.error)
  })

  it('own their mounts, which cannot be changed beside them, and keep their backend', async () => {
    const [agent] = await hosts(1)
    const backend = await nfs()
    const pool = (await make({ backend_id: backend.id, host_ids: [agent?.hostId] })).data(PoolView)
    const params = { id: pool.mount_id ?? '' }
    const mount = (await api.call('viewer', readMountRoute, 'GET', { params })).data(MountView)
    expect(mount).toMatchObject({
      name: `pool-${pool.name}`,
      pool: { id: pool.id, name: pool.name },
      on_drift: 'repair',
    })
    const refusals = [
      await api.call('operator', patchMount, 'PATCH', { params, body: { read_only: true } }),
      await api.call('operator', dropMount, 'DELETE', { params }),
      await api.call('operator', unmountRoute, 'POST', { params, body: {} }),
    ]
    for (const refused of refusals) {
      expect(refused.status).toBe(409)
      expect(refused.problem().detail).toContain(`pool '${pool.name}'`)
    }
    const dropped = await api.call('operator', dropBackend, 'DELETE', { params: { id: backend.id } })
    expect(dropped.problem()).toMatchObject({ code: 'in_use', used_by: [{ kind: 'pool', id: pool.id }] })
    const body = { config: { ...NFS, read_only: true } }
    const changed = await api.call('operator', patchBackend, 'PATCH', { params: { id: backend.id }, body })
    expect(changed.problem()).toMatchObject({ code: 'in_use' })
    expect(changed.problem().detail).toContain(`pool '${pool.name}'`)
  })

  it('get and lose hosts, by name and by labels, with their mounts', async () => {
    const agents = await hosts(2, { rack: `r${counter}` })
    const backend = await nfs()
    const [first, second] = agents
    const pool = (await make({ backend_id: backend.id, host_ids: [first?.hostId] })).data(PoolView)
    const stale = await patch(pool.id, { maintenance: true }, { 'if-match': '"99"' })
    expect(stale.status).toBe(412)
    await patch(pool.id, { host_ids: ids(agents) })
    await waitFor('both', async () => (await read(pool.id)).hosts.every(({ phase }) => phase === 'READY'))
    expect(second?.mounts()).toMatchObject([{ state: 'mounted' }])
    const made = await volume(pool.id, 'disk')
    await patch(pool.id, { host_ids: [second?.hostId] })
    await waitFor(
      'the end on the first',
      () => first?.simulatedPools.list().length === 0 && first?.mounts().length === 0,
    )
    await waitFor('the second to tell', () => second?.simulatedPools.volumes.list().length === 1)
    expect(await read(pool.id)).toMatchObject({ keeper: { id: second?.hostId }, hosts: [{ host_id: second?.hostId }] })
    const labels = { rack: `r${counter - 4}` }
    await database.prisma.host.updateMany({ where: { id: { in: ids(agents) } }, data: { labels } })
    await patch(pool.id, { targets: 'labels', target_labels: labels })
    await waitFor('the first again', () => first?.simulatedPools.list().length === 1)
    await database.prisma.host.update({ where: { id: first?.hostId ?? '' }, data: { labels: {} } })
    await fleet().controller.reconciler.settle()
    await waitFor('the first to leave', () => first?.simulatedPools.list().length === 0 && first?.mounts().length === 0)
    const seen = (await api.call('viewer', readVolumeRoute, 'GET', { params: { id: made.id } })).data(VolumeView)
    expect(seen).toMatchObject({ phase: 'READY', host_id: second?.hostId })
  })

  it('lie on a connection where the storage is a block device, and thin ones on one host', async () => {
    const agents = await hosts(2)
    const backend = await makeBackend(database.prisma, { driver: 'iscsi-lvm', config: ISCSI, source: 'iscsi' })
    const other = await make({ backend_id: backend.id, host_ids: ids(agents), settings: { mode: 'thick' } })
    expect(other.problem().fields?.[0]).toMatchObject({
      field: 'settings.mode',
      message: expect.stringContaining('says thin'),
    })
    const two = await make({ backend_id: backend.id, host_ids: ids(agents), settings: { mode: 'thin' } })
    expect(two.problem().fields?.[0]).toMatchObject({ field: 'host_ids', message: expect.stringContaining('one host') })
    const everywhere = await make({ backend_id: backend.id, targets: 'all' })
    expect(everywhere.problem().fields?.[0]).toMatchObject({ field: 'targets' })
    const [agent] = agents
    const pool = (await make({ backend_id: backend.id, host_ids: [agent?.hostId] })).data(PoolView)
    expect(pool).toMatchObject({ phase: 'READY', sharing: 'one_host', mount_id: null, hosts: [{ data_percent: 25 }] })
    expect(agent?.simulatedConnections.list()).toMatchObject([{ backendId: backend.id, state: 'connected' }])
    const params = { id: backend.id }
    const cut = await api.call('operator', disconnectRoute, 'POST', { params, body: { host_id: agent?.hostId } })
    expect(cut.problem()).toMatchObject({ code: 'in_use', used_by: [{ kind: 'pool', id: pool.id }] })
    const fixed = await patch(pool.id, { settings: { mode: 'thick' } })
    expect(fixed.problem().fields?.[0]).toMatchObject({ field: 'settings.mode' })
    const moved = await patch(pool.id, { host_ids: [agents[1]?.hostId] })
    expect(moved.problem().detail).toContain('move it from there')
    agent?.simulatedPools.override(pool.id, {
      capacity: {
        totalBytes: 1e9,
        usedBytes: 9.7e8,
        availableBytes: 3e7,
        fileCount: null,
        thinPool: { dataPercent: 97, metadataPercent: 10 },
      },
    })
    await waitFor('the news', async () => (await read(pool.id)).hosts[0]?.data_percent === 97)
    const full = await api.call('operator', makeVolumeRoute, 'POST', {
      params: { id: pool.id },
      body: { name: 'a', size: '4 MiB' },
    })
    expect(full.problem().detail).toContain('97.0 % of its data')
    const gone = await api.call('operator', dropPool, 'DELETE', { params: { id: pool.id }, headers: WAIT })
    expect(gone.status, gone.text).toBe(200)
    await waitFor('the end of the connection', () => agent?.simulatedConnections.list().length === 0)
    expect(await database.prisma.pool.count({ where: { id: pool.id } })).toBe(0)
    // It can be connected for something else again.
    const again = await api.call('operator', connectRoute, 'POST', {
      params,
      body: { host_id: agent?.hostId },
      headers: WAIT,
    })
    expect(again.status).toBe(200)
  })
})

import { expect, it, vi } from 'vitest'
import { POST as moveHostRoute } from '@/app/api/v1/storage/pools/[id]/move-host/route'
import { GET as readPoolRoute } from '@/app/api/v1/storage/pools/[id]/route'
import { POST as makeVolumeRoute } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { GET as readVolumeRoute } from '@/app/api/v1/volumes/[id]/route'
import { HoldfastError } from '@/lib/errors'
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
const ISCSI = {
  portal: '192.0.2.1:3260',
  target: 'iqn.2023-01.com.example:a',
  lun: 1,
  volume_group: 'vg0',
  provisioning: 'thin',
}

testDatabases('a pool that one host at a time has open', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let counter = 0

  async function ready() {
    const named = ['a', 'b'].map((name) => ({ name: `${name}-${++counter}`, labels: {} }))
    const agents = await fleet().addHosts(named, { storages: new SimulatedStorages() })
    const [one, two] = agents as [FakeAgent, FakeAgent]
    await waitFor('both hosts', async () => {
      const where = { id: { in: [one.hostId, two.hostId] }, observedStatus: 'online' as const }
      return (await database.prisma.host.count({ where })) === 2
    })
    const backend = await makeBackend(database.prisma, { driver: 'iscsi-lvm', config: ISCSI, source: `san ${counter}` })
    const body = { name: `thin-${counter}`, backend_id: backend.id, host_ids: [one.hostId] }
    const made = await api.call('operator', makePool, 'POST', { body, headers: WAIT })
    expect(made.status, made.text).toBe(201)
    const pool = made.data(PoolView)
    const disk = { name: 'disk', size: '1 GiB' }
    const volume = await api.call('operator', makeVolumeRoute, 'POST', {
      params: { id: pool.id },
      body: disk,
      headers: WAIT,
    })
    return { one, two, pool, volume: volume.data(VolumeView) }
  }
  const move = (pool: PoolView, to: FakeAgent) =>
    api.call('operator', moveHostRoute, 'POST', {
      params: { id: pool.id },
      body: { host_id: to.hostId },
      headers: WAIT,
    })
  const read = async (id: string) => (await api.call('viewer', readPoolRoute, 'GET', { params: { id } })).data(PoolView)

  it('is closed on its host before the other one opens it, and takes its volumes along', async () => {
    const { one, two, pool, volume } = await ready()
    const opening = vi.spyOn(two.simulatedPools, 'open')
    opening.mockImplementationOnce((...given) => {
      expect([one.simulatedPools.list(), one.simulatedConnections.list()]).toEqual([[], []])
      return two.simulatedPools.open(...given)
    })
    const moved = await move(pool, two)
    expect(moved.status, moved.text).toBe(200)
    expect(opening).toHaveBeenCalled()
    expect(await read(pool.id)).toMatchObject({
      phase: 'READY',
      keeper: { id: two.hostId },
      hosts: [{ host_id: two.hostId, phase: 'READY' }],
    })
    expect(two.simulatedPools.volumes.list()).toMatchObject([{ volumeId: volume.id }])
    const params = { id: volume.id }
    const seen = (await api.call('viewer', readVolumeRoute, 'GET', { params })).data(VolumeView)
    expect(seen).toMatchObject({ phase: 'READY', host_id: two.hostId })
    const again = await move(pool, two)
    expect(again.problem().fields?.[0]).toMatchObject({ field: 'host_id' })
  })

  it('stays where it is while a volume is in use, and when it cannot be closed', async () => {
    const { one, two, pool, volume } = await ready()
    one.simulatedPools.overrideVolume(pool.id, volume.id, { isInUse: true })
    await waitFor('the news', async () => {
      const row = await database.prisma.volume.findUnique({ where: { id: volume.id } })
      return row?.isInUse === true
    })
    const used = await move(pool, two)
    expect(used.problem()).toMatchObject({ code: 'in_use', used_by: [{ kind: 'volume', id: volume.id, name: 'disk' }] })
    one.simulatedPools.overrideVolume(pool.id, volume.id, { isInUse: false })
    await waitFor('the news', async () => {
      const row = await database.prisma.volume.findUnique({ where: { id: volume.id } })
      return row?.isInUse === false
    })
    // Somebody has opened it since the host told of it last.
    vi.spyOn(one.simulatedPools, 'close').mockImplementationOnce(() => {
      throw new HoldfastError('busy', 'A volume is open.')
    })
    const failed = await move(pool, two)
    expect(failed.status, failed.text).toBe(409)
    expect(failed.problem()).toMatchObject({ code: 'busy', detail: expect.stringContaining('A volume is open.') })
    await waitFor('it to be well where it was', async () => {
      const { phase, hosts } = await read(pool.id)
      return phase === 'READY' && hosts.length === 1 && hosts[0]?.host_id === one.hostId
    })
    expect(two.simulatedPools.list()).toEqual([])
  })
})

import { expect, it, vi } from 'vitest'
import { POST as revokeRoute } from '@/app/api/v1/hosts/[id]/revoke/route'
import { POST as abandonRoute } from '@/app/api/v1/storage/pools/[id]/abandon/route'
import { DELETE as dropPool, GET as readPoolRoute } from '@/app/api/v1/storage/pools/[id]/route'
import { POST as makeVolumeRoute } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { POST as snapshotRoute } from '@/app/api/v1/volumes/[id]/snapshots/route'
import { AbandonedView, PoolView } from '@/lib/pools/schema'
import { VolumeView } from '@/lib/volumes/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import { SimulatedStorages } from '@/testing/simulated-storages'
import { SimulatedContents } from '@/testing/simulated-volumes'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

const WAIT = { prefer: 'wait=20' }
const NFS = { server: 'nas.test', export_path: '/pools', version: '4.2' }

testDatabases('pools that are gone for good', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let counter = 0

  async function hosts(count: number, storages = new SimulatedStorages()) {
    const named = Array.from({ length: count }, () => ({ name: `gone-${++counter}`, labels: {} }))
    const agents = await fleet().addHosts(named, { storages })
    await waitFor('all hosts', async () => {
      const online = { id: { in: agents.map(({ hostId }) => hostId) }, observedStatus: 'online' as const }
      return (await database.prisma.host.count({ where: online })) === count
    })
    return { agents, storages, ids: agents.map(({ hostId }) => hostId) }
  }
  async function pool(backendId: string, hostIds: string[]): Promise<PoolView> {
    const body = { name: `lost-${++counter}`, backend_id: backendId, host_ids: hostIds }
    const made = await api.call('operator', makePool, 'POST', { body, headers: WAIT })
    expect(made.status, made.text).toBe(201)
    const { id } = made.data(PoolView)
    return waitFor('the pool', async () => {
      const view = await read(id)
      return view.phase === 'READY' ? view : null
    })
  }
  const volume = async (id: string, body: object) => {
    const given = { params: { id }, body: { size: '1 GiB', ...body }, headers: WAIT }
    return (await api.call('operator', makeVolumeRoute, 'POST', given)).data(VolumeView)
  }
  const read = async (id: string) => (await api.call('viewer', readPoolRoute, 'GET', { params: { id } })).data(PoolView)
  const abandon = (role: 'operator' | 'admin', id: string, body: object) =>
    api.call(role, abandonRoute, 'POST', { params: { id }, body })

  it('are forgotten with what was in them, by an administrator who writes their name; their storage is not touched', async () => {
    const { agents, storages, ids } = await hosts(2)
    const backend = await makeBackend(database.prisma, { driver: 'nfs', config: NFS, source: 'nas.test:/pools' })
    const { id, name, mount_id } = await pool(backend.id, ids)
    const disk = await volume(id, { name: 'disk' })
    await api.call('operator', snapshotRoute, 'POST', { params: { id: disk.id }, body: { name: 's' }, headers: WAIT })
    expect((await abandon('operator', id, { name })).status).toBe(403)
    expect((await abandon('admin', id, { name })).problem().detail).toContain('can be used')
    storages.set('nas.test', 'dead')
    await waitFor('the loss', async () => (await read(id)).phase === 'ERROR')
    // The usual way asks for what nobody can do any more.
    const usual = await api.call('operator', dropPool, 'DELETE', { params: { id } })
    expect(usual.problem().code).toBe('in_use')
    expect((await abandon('admin', id, { name: 'other' })).problem().fields?.[0]).toMatchObject({ field: 'name' })
    const answer = await abandon('admin', id, { name })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.data(AbandonedView.omit({ message: true }))).toMatchObject({
      volume_count: 1,
      snapshot_count: 1,
      provisioned_bytes: 1024 ** 3,
      volumes: [{ id: disk.id, name: 'disk', snapshot_count: 1 }],
    })
    await waitFor('its end', async () => (await database.prisma.pool.count({ where: { id } })) === 0)
    for (const agent of agents) expect(agent.calls.map(({ operation }) => operation)).toContain('closePool')
    const content = SimulatedContents.of(storages).get(id, null)
    expect([content.isMarked, [...content.volumes.keys()]]).toEqual([true, [disk.id]])
    expect(await database.prisma.volume.count({ where: { poolId: id } })).toBe(0)
    const mount = { where: { id: mount_id ?? '' } }
    await waitFor('that of its mount', async () => (await database.prisma.mount.count(mount)) === 0)
    const entry = await database.prisma.auditEntry.findFirst({ where: { action: 'pool.abandoned', targetId: id } })
    expect(entry?.change).toMatchObject({ hosts: 'all', left: { volumes: [{ name: 'disk' }] } })
  })

  it('on one host that was revoked lose what only that had, and nothing else', async () => {
    const { ids } = await hosts(2)
    const backend = await makeBackend(database.prisma)
    const { id, name } = await pool(backend.id, ids)
    const [gone = '', stays = ''] = ids
    await volume(id, { name: 'gone', host_id: gone })
    const kept = await volume(id, { name: 'kept', host_id: stays })
    const body = { name, host_ids: [gone] }
    expect((await abandon('admin', id, body)).problem().detail).toContain('Revoke it first')
    const revoked = await api.call('admin', revokeRoute, 'POST', { params: { id: gone }, body: {} })
    expect(revoked.status, revoked.text).toBe(200)
    const answer = await abandon('admin', id, body)
    expect(answer.data(AbandonedView.omit({ message: true }))).toMatchObject({
      operation: null,
      volumes: [{ name: 'gone' }],
    })
    expect(await read(id)).toMatchObject({ phase: 'READY', volume_count: 1, hosts: [{ host_id: stays }] })
    const left = await database.prisma.volume.findMany({ where: { poolId: id }, select: { id: true } })
    expect(left).toEqual([{ id: kept.id }])
  })
})

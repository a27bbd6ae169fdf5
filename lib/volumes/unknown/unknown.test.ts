import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { GET as attentionRoute } from '@/app/api/v1/attention/route'
import { DELETE as dropPool } from '@/app/api/v1/storage/pools/[id]/route'
import { DELETE as dropUnknown } from '@/app/api/v1/storage/pools/[id]/unknown-volumes/[volumeId]/route'
import { POST as takeInRoute } from '@/app/api/v1/storage/pools/[id]/unknown-volumes/[volumeId]/take-in/route'
import { GET as listRoute } from '@/app/api/v1/storage/pools/[id]/unknown-volumes/route'
import { POST as makeVolumeRoute } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { POST as cloneRoute } from '@/app/api/v1/volumes/[id]/clone/route'
import { DELETE as dropVolume } from '@/app/api/v1/volumes/[id]/route'
import { POST as snapshotRoute } from '@/app/api/v1/volumes/[id]/snapshots/route'
import { CauseView } from '@/lib/attention/schema'
import { PoolView } from '@/lib/pools/schema'
import { VolumeView } from '@/lib/volumes/schema'
import { UnknownVolumeView } from '@/lib/volumes/unknown/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

const WAIT = { prefer: 'wait=20' }

testDatabases('volumes that the database does not know', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  it('are listed, taken in as they are, deleted by an administrator, and keep their pool until then', async () => {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const body = { name: 'restored', backend_id: backend.id, host_ids: [agent.hostId] }
    const { id } = (await api.call('operator', makePool, 'POST', { body, headers: WAIT })).data(PoolView)
    const volume = async (name: string) => {
      const given = { params: { id }, body: { name, size: '1 GiB' }, headers: WAIT }
      return (await api.call('operator', makeVolumeRoute, 'POST', given)).data(VolumeView)
    }
    const [base, trashed] = [await volume('base'), await volume('trashed')]
    const onBase = (body: object) => ({ params: { id: base.id }, body, headers: WAIT })
    await api.call('operator', snapshotRoute, 'POST', onBase({ name: 'before' }))
    const child = (await api.call('operator', cloneRoute, 'POST', onBase({ name: 'child' }))).data(VolumeView)
    await api.call('operator', dropVolume, 'DELETE', { params: { id: trashed.id }, headers: WAIT })
    // A database from before they were made, and a controller that starts on it.
    await database.prisma.volume.deleteMany({ where: { poolId: id } })
    for (const each of [base, trashed, child]) fleet().controller.observations.forget('volume', agent.hostId, each.id)
    fleet().controller.client.forgetStatus(agent.hostId)
    const unknown = async () =>
      (await api.call('viewer', listRoute, 'GET', { params: { id } })).data(z.array(UnknownVolumeView))
    const found = await waitFor('the volumes', async () => {
      await fleet().controller.sweep.round()
      const all = await unknown()
      return all.length === 3 ? all : null
    })
    expect(new Map(found.map((row) => [row.id, row]))).toEqual(
      new Map<string, unknown>([
        [
          base.id,
          expect.objectContaining({ state: 'present', size_bytes: 1024 ** 3, snapshot_count: 1, parent: null }),
        ],
        [trashed.id, expect.objectContaining({ state: 'trashed', host_id: agent.hostId })],
        [child.id, expect.objectContaining({ parent: { volume_id: base.id, volume_name: null } })],
      ]),
    )
    expect(Date.parse(found[0]?.created_at ?? '')).toBeCloseTo(Date.parse(base.created_at), -4)
    const causes = await api.call('viewer', attentionRoute, 'GET')
    expect(causes.data(z.array(CauseView)).map(({ title }) => title)).toContainEqual(
      expect.stringContaining('restored has 3 volumes that this installation does not know'),
    )
    const pool = await api.call('operator', dropPool, 'DELETE', { params: { id } })
    expect(pool.problem()).toMatchObject({ code: 'in_use', detail: expect.stringContaining('does not know') })

    const takeIn = (volumeId: string, name: string) =>
      api.call('operator', takeInRoute, 'POST', { params: { id, volumeId }, body: { name } })
    const taken = await takeIn(base.id, 'base-again')
    expect(taken.status, taken.text).toBe(201)
    expect(taken.data(VolumeView)).toMatchObject({
      id: base.id,
      name: 'base-again',
      phase: 'READY',
      size_bytes: 1024 ** 3,
      snapshots: [{ name: 'snapshot-1', is_ready: true }],
    })
    expect((await takeIn(child.id, 'base-again')).problem()).toMatchObject({ code: 'conflict' })
    expect((await takeIn(child.id, 'child')).data(VolumeView)).toMatchObject({
      parent: { volume_id: base.id, volume_name: 'base-again' },
    })
    expect((await takeIn(base.id, 'twice')).status).toBe(404)
    const work = await api.call('operator', snapshotRoute, 'POST', onBase({ name: 'after' }))
    expect(work.status, work.text).toBe(200)

    const drop = (role: 'operator' | 'admin') =>
      api.call(role, dropUnknown, 'DELETE', { params: { id, volumeId: trashed.id }, headers: WAIT })
    expect((await drop('operator')).status).toBe(403)
    expect((await drop('admin')).status).toBe(200)
    expect(agent.simulatedPools.volumes.list().map(({ volumeId }) => volumeId)).not.toContain(trashed.id)
    await fleet().controller.observations.flush()
    expect(await unknown()).toEqual([])
    expect(await database.prisma.volume.count({ where: { poolId: id } })).toBe(2)
  })
})

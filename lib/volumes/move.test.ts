import { expect, it, vi } from 'vitest'
import { POST as cancelRoute } from '@/app/api/v1/operations/[id]/cancel/route'
import { POST as makeVolumeRoute } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { POST as makePool } from '@/app/api/v1/storage/pools/route'
import { POST as cloneRoute } from '@/app/api/v1/volumes/[id]/clone/route'
import { POST as moveRoute } from '@/app/api/v1/volumes/[id]/move/route'
import { POST as untrashRoute } from '@/app/api/v1/volumes/[id]/restore-from-trash/route'
import { GET as readRoute } from '@/app/api/v1/volumes/[id]/route'
import { POST as snapshotRoute } from '@/app/api/v1/volumes/[id]/snapshots/route'
import type { Route } from '@/lib/http/define-route'
import { PoolView } from '@/lib/pools/schema'
import { VolumeView } from '@/lib/volumes/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

const GIB = 1024 ** 3
const WAIT = { prefer: 'wait=20' }

testDatabases('a move to another pool', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  async function pool(name: string, hostIds: string[]): Promise<PoolView> {
    const backend = await makeBackend(database.prisma)
    const body = { name, backend_id: backend.id, host_ids: hostIds }
    const made = await api.call('operator', makePool, 'POST', { body, headers: WAIT })
    expect(made.status, made.text).toBe(201)
    return made.data(PoolView)
  }
  const post = (route: Route, id: string, body: object = {}) =>
    api.call('operator', route, 'POST', { params: { id }, body, headers: WAIT })
  const read = async (id: string) => (await api.call('viewer', readRoute, 'GET', { params: { id } })).data(VolumeView)
  const make = async ({ id }: PoolView, name: string) =>
    (await post(makeVolumeRoute, id, { name, size: '1 GiB' })).data(VolumeView)

  it('makes it there, puts the old one into the trash, and says what became of it', async () => {
    const agent = await fleet().addHost()
    const [slow, fast] = [await pool('slow', [agent.hostId]), await pool('fast', [agent.hostId])]
    const old = await make(slow, 'disk')
    expect((await post(snapshotRoute, old.id, { name: 'before' })).status).toBe(200)
    const refused = await post(moveRoute, old.id, { pool_id: fast.id })
    expect(refused.problem()).toMatchObject({ code: 'conflict', detail: expect.stringContaining("has 'before'") })
    const moved = await post(moveRoute, old.id, { pool_id: fast.id, format: 'raw', drop_snapshots: true })
    expect(moved.status, moved.text).toBe(201)
    const made = moved.data(VolumeView)
    expect(made).toMatchObject({
      name: 'disk',
      pool_id: fast.id,
      phase: 'READY',
      format: 'raw',
      size_bytes: GIB,
      origin: { mode: 'move', name: 'slow/disk', volume_id: old.id },
      moved_to: null,
    })
    const before = await read(old.id)
    expect(before).toMatchObject({
      phase: 'TRASHED',
      purge_at: expect.any(String),
      snapshots: [{ name: 'before', is_ready: true }],
      moved_to: { volume_id: made.id, volume_name: 'disk', pool_name: 'fast' },
    })
    const shown = agent.simulatedPools.volumes.list().map(({ volumeId, state }) => `${volumeId} ${state}`)
    expect(shown.sort()).toEqual([`${made.id} present`, `${old.id} trashed`].sort())
    // Taken out again it is a volume of its own.
    expect((await post(untrashRoute, old.id)).status).toBe(200)
    expect(await read(old.id)).toMatchObject({ phase: 'READY', moved_to: null })
    const back = await post(moveRoute, made.id, { pool_id: slow.id })
    expect(back.problem()).toMatchObject({ code: 'conflict', fields: [{ field: 'name' }] })
  })

  it('is refused with the reason: its own pool, no common host, what others need', async () => {
    const [one, two] = [await fleet().addHost(), await fleet().addHost()]
    const [here, there] = [await pool('here', [one.hostId]), await pool('there', [two.hostId])]
    const volume = await make(here, 'base')
    const same = await post(moveRoute, volume.id, { pool_id: here.id })
    expect(same.problem().fields?.[0]).toMatchObject({ field: 'name' })
    const renamed = await post(moveRoute, volume.id, { pool_id: here.id, name: 'other' })
    expect(renamed.problem().fields?.[0]).toMatchObject({ field: 'pool_id' })
    const apart = await post(moveRoute, volume.id, { pool_id: there.id })
    expect(apart.problem().detail).toContain("pool 'there' is not open there")
    await post(cloneRoute, volume.id, { name: 'child' })
    const needed = await post(moveRoute, volume.id, { pool_id: there.id })
    expect(needed.problem()).toMatchObject({ code: 'in_use', used_by: [{ kind: 'volume', name: 'child' }] })
    expect((await read(volume.id)).refuses.move).toContain("'child'")
    expect(await database.prisma.volume.count({ where: { poolId: { in: [here.id, there.id] } } })).toBe(2)
  })

  it('that fails or is cancelled leaves the old one as it was, and no new one', async () => {
    const agent = await fleet().addHost()
    const [slow, fast] = [await pool('first', [agent.hostId]), await pool('second', [agent.hostId])]
    const old = await make(slow, 'disk')
    agent.simulatedJobs.isDriven = true
    for (const how of ['fails', 'cancelled']) {
      const asked = await api.call('operator', moveRoute, 'POST', {
        params: { id: old.id },
        body: { pool_id: fast.id },
      })
      expect(asked.status, asked.text).toBe(202)
      const { operation, id } = asked.data(VolumeView)
      const operationId = operation?.id ?? ''
      await waitFor('the job', () => agent.simulatedJobs.find(operationId))
      expect(await read(old.id)).toMatchObject({ phase: 'READY', operation: { id: operationId, what: 'move' } })
      if (how === 'fails')
        agent.simulatedJobs.end(operationId, { error: { code: 'conflict', message: 'The copy is not the same.' } })
      else await api.call('operator', cancelRoute, 'POST', { params: { id: operationId }, body: {} })
      await waitFor('its end', async () => (await database.prisma.volume.count({ where: { id } })) === 0)
      expect(await read(old.id)).toMatchObject({ phase: 'READY', operation: null, moved_to: null, purge_at: null })
    }
  })
})

import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { GET as readBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { GET as listBackends } from '@/app/api/v1/storage/backends/route'
import { GET as listMounts } from '@/app/api/v1/storage/mounts/route'
import { PATCH as patchPool, GET as readPoolRoute, DELETE as removePool } from '@/app/api/v1/storage/pools/[id]/route'
import { POST as makeVolume } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { GET as listPoolsRoute, POST as makePool } from '@/app/api/v1/storage/pools/route'
import { GET as sumRoute } from '@/app/api/v1/storage/pools/summary/route'
import { GET as listVolumesRoute } from '@/app/api/v1/volumes/route'
import { findCauses } from '@/lib/attention/causes'
import { BackendView } from '@/lib/backends/schema'
import type { Prisma } from '@/lib/db/client'
import { PoolSummary, PoolView } from '@/lib/pools/schema'
import { VolumeRow } from '@/lib/volumes/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

const WAIT = { prefer: 'wait=20' }
const CURE = 'Change its settings, or delete or abandon the pool.'

testDatabases('pools of which the stored settings cannot be read', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let counter = 0

  async function unknownType(backendId: string): Promise<void> {
    const data = { driver: 'tape', config: { drive: '/dev/nst0' }, sentWords: { type: 'tape', config: {} } }
    await database.prisma.backend.update({ where: { id: backendId }, data })
  }

  async function make(hostId: string, driver: 'local-dir' | 'nfs' = 'local-dir'): Promise<PoolView> {
    const nas = { driver, config: { server: 'nas.test', export_path: `/export/${++counter}` } }
    const backend = await makeBackend(database.prisma, driver === 'nfs' ? nas : {})
    const body = { name: `pool-${++counter}`, backend_id: backend.id, host_ids: [hostId] }
    const answer = await api.call('operator', makePool, 'POST', { body, headers: WAIT })
    expect(answer.status, answer.text).toBe(201)
    return answer.data(PoolView)
  }
  const spoil = (id: string, settings: Prisma.InputJsonObject) =>
    database.prisma.pool.update({ where: { id }, data: { settings } })
  const read = async (id: string) => (await api.call('viewer', readPoolRoute, 'GET', { params: { id } })).data(PoolView)
  const volume = (id: string, name: string) =>
    api.call('operator', makeVolume, 'POST', { params: { id }, body: { name, size: '1 MiB' }, headers: WAIT })

  it('are shown with the cure, and are in the way of no other one', async () => {
    const { hostId } = await fleet().addHost()
    const [old, fine] = [await make(hostId), await make(hostId)]
    for (const { id } of [old, fine]) expect((await volume(id, 'disk')).status).toBe(201)
    await spoil(old.id, { default_format: 'vhd', templates_path: 'iso' })
    const listed = (await api.call('viewer', listPoolsRoute, 'GET')).data(z.array(PoolView))
    expect(listed.find(({ id }) => id === fine.id)).toMatchObject({ phase: 'READY', error: null })
    expect(listed.find(({ id }) => id === old.id)).toMatchObject({
      phase: 'ERROR',
      error: expect.stringMatching(/default_format: .* delete or abandon the pool\.$/),
      settings: { default_format: 'qcow2', templates_path: 'iso' },
      volume_count: 1,
    })
    const volumes = (await api.call('viewer', listVolumesRoute, 'GET')).data(z.array(VolumeRow))
    const [lost, well] = [old, fine].map(({ id }) => volumes.find(({ pool_id }) => pool_id === id))
    expect(lost?.refuses.resize).toContain(CURE)
    expect(well?.refuses.resize).toBeUndefined()
    expect((await api.call('viewer', sumRoute, 'GET')).data(PoolSummary)).toMatchObject({ pool_count: listed.length })
    const causes = (await findCauses(new Date(), database.prisma)).filter(({ pools }) => pools.has(old.id))
    expect(causes).toMatchObject([{ severity: 'critical', advice: expect.stringContaining(CURE) }])
    const refused = await volume(old.id, 'another')
    expect(refused.status).toBe(409)
    expect(refused.text).toContain(`Pool '${old.name}'`)
    expect((await volume(fine.id, 'another')).status).toBe(201)
  })

  it('on a storage type that only a newer version knows', async () => {
    const { hostId } = await fleet().addHost()
    const [old, fine] = [await make(hostId), await make(hostId)]
    expect((await volume(old.id, 'disk')).status).toBe(201)
    await unknownType(old.backend_id)
    const listed = (await api.call('viewer', listPoolsRoute, 'GET')).data(z.array(PoolView))
    expect(listed.find(({ id }) => id === fine.id)).toMatchObject({ phase: 'READY', error: null })
    const shown = { phase: 'ERROR', type: 'tape', engine: null, volume_count: 1, settings: {} }
    expect(listed.find(({ id }) => id === old.id)).toMatchObject({
      ...shown,
      error: expect.stringContaining('Update it'),
    })
    for (const list of [listBackends, listMounts, listVolumesRoute, sumRoute]) {
      const answer = await api.call('viewer', list, 'GET')
      expect(answer.status, answer.text).toBe(200)
    }
    const one = await api.call('viewer', readBackend, 'GET', { params: { id: old.backend_id } })
    expect(one.status, one.text).toBe(200)
    expect(one.data(BackendView)).toMatchObject({ driver: 'tape', config: {} })
    const causes = (await findCauses(new Date(), database.prisma)).filter(({ pools }) => pools.has(old.id))
    expect(causes.map(({ advice }) => advice)).toContainEqual(expect.stringContaining('Update it'))
    const refused = await volume(old.id, 'another')
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('Update it')])
    const change = { params: { id: old.id }, body: { trash_days: 3, settings: {} } }
    expect((await api.call('operator', patchPool, 'PATCH', change)).status).toBe(409)
    await fleet().controller.poolCare.look()
    expect((await volume(fine.id, 'another')).status).toBe(201)
  })

  it('are looked past by the loop, mended by other settings, and deleted', async () => {
    const { hostId } = await fleet().addHost()
    const [old, shared] = [await make(hostId), await make(hostId, 'nfs')]
    await spoil(old.id, { left_over: true })
    await database.prisma.pool.update({ where: { id: shared.id }, data: { keeperId: null } })
    await fleet().controller.poolCare.look()
    await waitFor('a keeper', async () => (await read(shared.id)).keeper?.id === hostId)
    const change = (body: object) =>
      api.call('operator', patchPool, 'PATCH', { params: { id: old.id }, body, headers: WAIT })
    expect((await change({ trash_days: 3 })).status).toBe(200)
    expect((await read(old.id)).error).toContain('left_over')
    expect((await change({ settings: {} })).status).toBe(200)
    expect(await read(old.id)).toMatchObject({ phase: 'READY', error: null })
    await spoil(old.id, { default_format: 7 })
    const gone = await api.call('operator', removePool, 'DELETE', { params: { id: old.id }, headers: WAIT })
    expect(gone.status, gone.text).toBe(200)
    await waitFor('its end', async () => (await database.prisma.pool.count({ where: { id: old.id } })) === 0)
  })
})

import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { PATCH as patchPool, GET as readPoolRoute, DELETE as removePool } from '@/app/api/v1/storage/pools/[id]/route'
import { GET as listVolumesOfPool, POST as makeVolume } from '@/app/api/v1/storage/pools/[id]/volumes/route'
import { GET as listPoolsRoute, POST as makePool } from '@/app/api/v1/storage/pools/route'
import { PoolView } from '@/lib/pools/schema'
import { VolumeRow, VolumeView } from '@/lib/volumes/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

const GIB = 1024 ** 3
const WAIT = { prefer: 'wait=20' }

testDatabases('pools', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  const make = (body: object) => api.call('operator', makePool, 'POST', { body, headers: WAIT })
  const read = async (id: string) => (await api.call('viewer', readPoolRoute, 'GET', { params: { id } })).data(PoolView)
  const volume = (id: string, body: object) =>
    api.call('operator', makeVolume, 'POST', { params: { id }, body, headers: WAIT })

  it('is opened on a host in a mount of its own, takes volumes, and tells of them', async () => {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const answer = await make({ name: 'disks', backend_id: backend.id, host_ids: [agent.hostId] })
    expect(answer.status, answer.text).toBe(201)
    const pool = answer.data(PoolView)
    expect(pool).toMatchObject({
      phase: 'READY',
      engine: 'image-files',
      sharing: 'own',
      mount_path: '/mnt/holdfast/disks',
      total_bytes: 1_000_000_000,
      volume_count: 0,
      can: { formats: ['qcow2', 'raw'], refuses: {} },
    })
    expect(agent.mounts()).toMatchObject([{ mountId: pool.mount_id, state: 'mounted' }])
    // A host takes an id for one command.
    const ids = agent.calls.flatMap(({ request }) => (request as { operationId?: string }).operationId ?? [])
    expect(ids.length).toBeGreaterThan(1)
    expect(new Set(ids).size).toBe(ids.length)
    const made = await volume(pool.id, { name: 'vm-100-disk-0', size: '10 GiB' })
    expect(made.status, made.text).toBe(201)
    expect(made.data(VolumeView)).toMatchObject({
      phase: 'READY',
      size_bytes: 10 * GIB,
      format: 'qcow2',
      provisioning: 'thin',
      host_id: agent.hostId,
      operation: null,
    })
    const listed = await api.call('viewer', listVolumesOfPool, 'GET', { params: { id: pool.id } })
    expect(listed.data(z.array(VolumeRow)).map(({ name }) => name)).toEqual(['vm-100-disk-0'])
    expect(await read(pool.id)).toMatchObject({ volume_count: 1, provisioned_bytes: 10 * GIB })
    const all = (await api.call('viewer', listPoolsRoute, 'GET', { query: 'phase=READY' })).data(z.array(PoolView))
    expect(all.map(({ name }) => name)).toContain('disks')
  })

  it('is not deleted with volumes in it, and goes with its mount when it is empty', async () => {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const pool = (await make({ name: 'emptied', backend_id: backend.id, host_ids: [agent.hostId] })).data(PoolView)
    const { id } = (await volume(pool.id, { name: 'one', size_bytes: GIB })).data(VolumeView)
    const drop = () => api.call('operator', removePool, 'DELETE', { params: { id: pool.id }, headers: WAIT })
    const refused = await drop()
    expect(refused.status).toBe(409)
    expect(refused.problem()).toMatchObject({ code: 'in_use', used_by: [{ kind: 'volume', id, name: 'one' }] })
    agent.simulatedPools.overrideVolume(pool.id, id, null)
    await waitFor('the loss', async () => {
      const row = await database.prisma.volume.findUnique({ where: { id } })
      return row?.phase === 'missing'
    })
    await database.prisma.volume.delete({ where: { id } })
    const gone = await drop()
    expect(gone.status, gone.text).toBe(200)
    await waitFor('its end', async () => (await database.prisma.pool.count({ where: { id: pool.id } })) === 0)
    await waitFor(
      'that of its mount',
      async () => (await database.prisma.mount.count({ where: { id: pool.mount_id ?? '' } })) === 0,
    )
    expect(agent.mounts()).toEqual([])
  })

  it('names the field and the cure', async () => {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const http = await makeBackend(database.prisma, { driver: 'http', config: { base_url: 'https://x.test' } })
    const host_ids = [agent.hostId]
    const bad = await make({ name: 'Bad Name', backend_id: backend.id, host_ids })
    expect(bad.problem().fields?.[0]).toMatchObject({ field: 'name', message: expect.stringContaining('lower-case') })
    const unsupported = await make({ name: 'web', backend_id: http.id, host_ids })
    expect(unsupported.problem()).toMatchObject({ code: 'unsupported' })
    const settings = await make({ name: 'set', backend_id: backend.id, host_ids, settings: { default_format: 'vhd' } })
    expect(settings.problem().fields?.[0]?.field).toBe('settings.default_format')
    expect((await api.call('viewer', makePool, 'POST', { body: {} })).status).toBe(403)
    const nobody = await api.call('operator', patchPool, 'PATCH', {
      params: { id: 'pol_none' },
      body: { maintenance: true },
    })
    expect(nobody.status).toBe(404)
  })
})

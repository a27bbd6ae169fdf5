import { expect, it } from 'vitest'
import { DELETE as deleteMountRoute } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as unmountRoute } from '@/app/api/v1/storage/mounts/[id]/unmount/route'
import { GET as usesRoute } from '@/app/api/v1/uses/route'
import type { Db, Prisma } from '@/lib/db/client'
import { reach } from '@/lib/uses/reach'
import { UsesView } from '@/lib/uses/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'
import { testId } from '@/testing/ids'

function makeWorkload(
  db: Db,
  name: string,
  hostId: string,
  usedIds: readonly string[],
  over: Partial<Prisma.WorkloadUncheckedCreateInput> = {},
) {
  const row = { id: testId('workload', name), hostId, target: 'docker', nativeId: name, name, nameKey: name }
  const uses = { create: usedIds.map((usedId) => ({ usedId })) }
  return db.workload.create({
    data: { ...row, state: 'running', storage: [], storageCount: 0, changedAt: new Date(), uses, ...over },
  })
}

it('ends where things use each other in a circle, and says where there is more than it may tell', async () => {
  const circle = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['a', 'd']],
  ])
  const step = async (ids: readonly string[]) =>
    ids.flatMap((user) => (circle.get(user) ?? []).map((used) => ({ user, used })))
  expect([...(await reach('a', step, 'used', 10)).ids]).toEqual(['b', 'c', 'd'])
  expect(await reach('a', step, 'used', 2)).toMatchObject({ isCut: true, ids: new Set(['b', 'c']) })
})

testDatabases('who uses what', (database) => {
  const api = useTestApi(database)
  const ask = (of: string) => api.call('viewer', usesRoute, 'GET', { query: `of=${of}` })

  it('is known over all steps, in both directions', async () => {
    const { prisma } = database
    const host = await makeHost(prisma)
    const nas = await makeBackend(prisma, { name: 'nas1' })
    const files = await makeMount(prisma, { name: 'files', backendId: nas.id, hostIds: [host.id] })
    const ground = await makeMount(prisma, { name: 'ground', backendId: nas.id, hostIds: [host.id] })
    const other = await makeMount(prisma, { hostIds: [host.id] })
    const pool = await prisma.pool.create({
      data: { id: testId('pool', 'p'), name: 'vms', backendId: nas.id, settings: {}, mountId: ground.id },
    })
    const volume = (name: string, parentVolumeId: string | null) =>
      prisma.volume.create({
        data: {
          ...{ id: testId('volume', name), poolId: pool.id, name, nameKey: name, format: 'qcow2', parentVolumeId },
          ...{ provisioning: 'thin', sizeBytes: 1n },
        },
      })
    const base = await volume('base', null)
    const clone = await volume('clone', base.id)
    const web = await makeWorkload(prisma, 'web', host.id, [files.id])
    const erp = await makeWorkload(prisma, 'erp', host.id, [clone.id, ground.id], { target: 'libvirt' })
    await makeWorkload(prisma, 'apart', host.id, [other.id, testId('mount', 'gone')])

    const named = (nodes: UsesView['needs']) => nodes.map(({ kind, name }) => `${kind} ${name}`)
    const ofNas = (await ask(nas.id)).data(UsesView)
    expect(ofNas.needs).toEqual([])
    expect(named(ofNas.needed_by)).toEqual([
      'mount files',
      'mount ground',
      'pool vms',
      'volume base',
      'volume clone',
      'workload erp',
      'workload web',
    ])
    expect(ofNas.needed_by.find(({ id }) => id === web.id)?.host).toEqual({ id: host.id, name: host.name })
    expect(ofNas.edges).toContainEqual({ user: erp.id, used: clone.id })
    const ofErp = (await ask(erp.id)).data(UsesView)
    expect(named(ofErp.needs)).toEqual(['backend nas1', 'mount ground', 'pool vms', 'volume base', 'volume clone'])
    expect(ofErp.needed_by).toEqual([])
    for (const id of [testId('mount', 'gone'), testId('host', 'gone'), 'x']) expect((await ask(id)).status).toBe(404)
    const states = (nodes: UsesView['needs']) => nodes.map(({ name, state }) => `${name} ${state?.word}`)
    expect(states(ofErp.needs)).toEqual([
      'nas1 Unknown',
      'ground Unknown',
      'vms Opening',
      'base Creating',
      'clone Creating',
    ])
  })

  it('is told of a server by its name, over all backends that have it, with what runs and what does not', async () => {
    const { prisma } = database
    const host = await makeHost(prisma, { observedStatus: 'online' })
    const away = await makeHost(prisma, { observedStatus: 'offline' })
    const config = { server: 'NAS7.example.net', export_path: '/srv/a' }
    const one = await makeBackend(prisma, { name: 'one', driver: 'nfs', config })
    const two = await makeBackend(prisma, { name: 'two', driver: 'nfs', config })
    await makeBackend(prisma, { name: 'apart', driver: 'nfs', config: { ...config, server: 'nas70.example.net' } })
    const first = await makeMount(prisma, { name: 'first', backendId: one.id, hostIds: [host.id] })
    const second = await makeMount(prisma, { name: 'second', backendId: two.id, hostIds: [host.id] })
    await makeWorkload(prisma, 'r', host.id, [first.id, second.id])
    await makeWorkload(prisma, 'p', host.id, [second.id], { state: 'paused' })
    await makeWorkload(prisma, 's', host.id, [second.id], { state: 'failed' })
    await makeWorkload(prisma, 'u', away.id, [second.id])
    const askServer = (server: string) => api.call('viewer', usesRoute, 'GET', { query: `server=${server}` })
    const view = (await askServer('nas7.EXAMPLE.net')).data(UsesView)
    expect(view.of).toEqual({
      kind: 'server',
      id: 'nas7.example.net',
      name: 'nas7.example.net',
      host: null,
      state: null,
      runs: null,
    })
    expect(view.needed_by.filter(({ kind }) => kind !== 'workload').map(({ name }) => name)).toEqual([
      'one',
      'two',
      'first',
      'second',
    ])
    expect(view.breaks).toEqual({ running: 2, stopped: 1, unknown: 1 })
    expect(view.edges).toContainEqual({ user: one.id, used: 'nas7.example.net' })
    expect((await askServer('nas1.example.org')).problem()).toMatchObject({ code: 'not_found' })
    expect((await api.call('viewer', usesRoute, 'GET', { query: 'of=x&server=y' })).status).toBe(400)
    expect((await api.call('viewer', usesRoute, 'GET')).status).toBe(400)
  })

  it('is told of a host: what runs there, what lies there alone, and what it serves', async () => {
    const { prisma } = database
    const host = await makeHost(prisma, { name: 'files-1', observedStatus: 'online' })
    const served = await makeBackend(prisma, {
      name: 'served',
      driver: 'nfs',
      config: { server: 'files-1', export_path: '/srv' },
    })
    const mount = await makeMount(prisma, { name: 'on-served', backendId: served.id, hostIds: [host.id] })
    const own = await makeBackend(prisma, { name: 'disk', driver: 'local-dir', config: { path: '/srv/disk' } })
    const shared = await makeBackend(prisma, {
      name: 'nas',
      driver: 'nfs',
      config: { server: 'nas', export_path: '/srv' },
    })
    for (const { id, name } of [own, shared]) {
      const pool = await prisma.pool.create({
        data: { id: testId('pool', `on ${name}`), name: `on-${name}`, backendId: id, settings: {} },
      })
      const data = {
        poolId: pool.id,
        nameKey: 'v',
        format: 'raw',
        provisioning: 'thin',
        sizeBytes: 1n,
        hostId: host.id,
      } as const
      await prisma.volume.create({ data: { ...data, id: testId('volume', `v ${name}`), name: `v-${name}` } })
    }
    await makeWorkload(prisma, 'here', host.id, [])
    const view = (await ask(host.id)).data(UsesView)
    expect(view.of).toMatchObject({ kind: 'host', name: 'files-1', state: { word: 'Online' } })
    expect(view.needed_by.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'backend served',
      'mount on-served',
      'volume v-disk',
      'workload here',
    ])
    expect(view.edges).toContainEqual({ user: mount.id, used: served.id })
  })

  it('holds up an unmount and a deletion, with the names, while it runs on a host that answers', async () => {
    const { prisma } = database
    const online = await makeHost(prisma, { observedStatus: 'online' })
    const away = await makeHost(prisma, { observedStatus: 'offline' })
    const mount = await makeMount(prisma, { name: 'data', hostIds: [online.id, away.id] })
    const running = await makeWorkload(prisma, 'runs', online.id, [mount.id])
    await makeWorkload(prisma, 'stopped', online.id, [mount.id], { state: 'stopped' })
    await makeWorkload(prisma, 'elsewhere', away.id, [mount.id])
    const given = { params: { id: mount.id }, headers: { prefer: 'respond-async' } }
    const refusal = {
      code: 'in_use',
      detail: `Mount 'data' is used by 'runs' on host '${online.name}': stop it first.`,
      used_by: [{ kind: 'workload', id: running.id, name: 'runs' }],
    }
    const unmount = (body: object) => api.call('operator', unmountRoute, 'POST', { ...given, body })
    expect((await unmount({})).problem()).toMatchObject(refusal)
    expect((await api.call('operator', deleteMountRoute, 'DELETE', given)).problem()).toMatchObject(refusal)
    expect((await unmount({ host_ids: [away.id] })).status).toBe(202)
    await prisma.workload.update({ where: { id: running.id }, data: { state: 'stopped' } })
    expect((await api.call('operator', deleteMountRoute, 'DELETE', given)).status).toBe(202)
  })
})

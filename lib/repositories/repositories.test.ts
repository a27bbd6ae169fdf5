import { expect, it, vi } from 'vitest'
import { z } from 'zod'
import { PATCH as patchHost } from '@/app/api/v1/hosts/[id]/route'
import { POST as finishRoute } from '@/app/api/v1/repositories/[id]/leases/[leaseId]/finish/route'
import { POST as beatRoute } from '@/app/api/v1/repositories/[id]/leases/[leaseId]/heartbeat/route'
import { DELETE as forceLease } from '@/app/api/v1/repositories/[id]/leases/[leaseId]/route'
import { POST as leaseRoute, GET as leasesRoute } from '@/app/api/v1/repositories/[id]/leases/route'
import { PATCH as patchRoute, GET as readRoute, DELETE as removeRoute } from '@/app/api/v1/repositories/[id]/route'
import { GET as storageRoute } from '@/app/api/v1/repositories/[id]/storage/route'
import { POST as refreshRoute } from '@/app/api/v1/repositories/refresh-storage/route'
import { GET as listRoute, POST as makeRoute } from '@/app/api/v1/repositories/route'
import { POST as testRoute } from '@/app/api/v1/repositories/test/route'
import { DELETE as removeBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as testBackendRoute } from '@/app/api/v1/storage/backends/[id]/test/route'
import { DELETE as removeMount } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as unmountRoute } from '@/app/api/v1/storage/mounts/[id]/unmount/route'
import { LeaseView, RefreshedView, RepositoryView, StorageInfo } from '@/lib/repositories/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000 })

const WAIT = { prefer: 'wait=20' }

testDatabases('repositories', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)

  const make = (body: object) => api.call('operator', makeRoute, 'POST', { body, headers: WAIT })
  const read = async (id: string) =>
    (await api.call('viewer', readRoute, 'GET', { params: { id } })).data(RepositoryView)
  const patch = (role: 'operator' | 'admin', id: string, body: object) =>
    api.call(role, patchRoute, 'PATCH', { params: { id }, body, headers: WAIT })
  const start = (id: string, body: object = {}) =>
    api.call('operator', leaseRoute, 'POST', { params: { id }, body: { program: 'borgmatic', ...body } })

  async function made(name: string) {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    const answer = await make({ name, backend_id: backend.id, host_ids: [agent.hostId] })
    expect(answer.status, answer.text).toBe(201)
    const repository = answer.data(RepositoryView)
    await waitFor('its mount', async () => (await read(repository.id)).status === 'ready')
    return { agent, backend, repository }
  }
  /** Nobody measures a bucket by itself. */
  async function bucket(name: string) {
    const agent = await fleet().addHost()
    const config = { endpoint: 'https://s3.test', bucket: 'backups', region: 'eu-1', provider: 'Other' }
    const backend = await makeBackend(database.prisma, { driver: 's3', config, source: 's3://backups' })
    const answer = await make({ name, backend_id: backend.id, host_ids: [agent.hostId] })
    expect(answer.status, answer.text).toBe(201)
    return { agent, backend, repository: answer.data(RepositoryView) }
  }
  const fill = (backendId: string, usedBytes: bigint) =>
    database.prisma.backend.update({
      where: { id: backendId },
      data: { totalBytes: 1000n, usedBytes, availableBytes: 1000n - usedBytes, usageAt: new Date() },
    })

  const look = () => fleet().controller.repositoryCare.look()

  it('is tested, saved, mounted on its hosts, measured, listed and deleted', async () => {
    const { agent, backend, repository } = await made('nightly')
    expect(agent.calls.map(({ operation }) => operation)).toContain('testBackend')
    expect(repository).toMatchObject({ repository_type: 'local-dir', mount_path: '/mnt/holdfast/repo-nightly' })
    expect(agent.mounts()).toMatchObject([{ mountId: repository.mount_id, state: 'mounted' }])
    const measured = await api.call('operator', storageRoute, 'GET', { params: { id: repository.id } })
    expect(measured.data(StorageInfo)).toMatchObject({ total_size_bytes: 1_000_000_000, reserved_bytes: 0 })
    expect((await read(repository.id)).last_check_at).not.toBeNull()
    const all = await api.call('operator', refreshRoute, 'POST')
    expect(all.data(RefreshedView)).toEqual({ refreshed_count: 1, failed_count: 0, failed: [] })
    const named = async (query: string) =>
      (await api.call('viewer', listRoute, 'GET', { query })).data(z.array(RepositoryView)).map(({ name }) => name)
    expect(await named('type=local&status=ready')).toEqual(['nightly'])
    expect(await named('type=nfs')).toEqual([])

    const mountId = repository.mount_id ?? ''
    const mount = await api.call('operator', removeMount, 'DELETE', { params: { id: mountId } })
    expect(mount.problem()).toMatchObject({ code: 'conflict', used_by: [{ kind: 'repository', name: 'nightly' }] })
    const ground = await api.call('operator', removeBackend, 'DELETE', { params: { id: backend.id } })
    expect(ground.problem()).toMatchObject({ code: 'in_use', used_by: [{ kind: 'repository', name: 'nightly' }] })

    const params = { id: repository.id }
    expect((await api.call('operator', removeRoute, 'DELETE', { params })).status).toBe(403)
    const gone = await api.call('admin', removeRoute, 'DELETE', { params, headers: WAIT })
    expect(gone.status, gone.text).toBe(200)
    expect((await api.call('viewer', readRoute, 'GET', { params })).status).toBe(404)
    await waitFor(
      'the end of its mount',
      async () => (await database.prisma.mount.count({ where: { id: mountId } })) === 0,
    )
    expect(agent.mounts()).toEqual([])
  })

  it('is not tested again after a test that was good of late, and is after any other', async () => {
    const agent = await fleet().addHost()
    const [backend, other] = [await makeBackend(database.prisma), await makeBackend(database.prisma)]
    const host_ids = [agent.hostId]
    const count = () => agent.calls.filter(({ operation }) => operation === 'testBackend').length
    const tested = await api.call('operator', testBackendRoute, 'POST', {
      params: { id: backend.id },
      body: { host_id: agent.hostId },
    })
    const { operation_id } = tested.data(z.object({ operation_id: z.string() }))
    const before = count()
    expect((await make({ name: 'known', backend_id: backend.id, host_ids, tested: operation_id })).status).toBe(201)
    expect(count()).toBe(before)
    expect((await make({ name: 'strange', backend_id: other.id, host_ids, tested: operation_id })).status).toBe(201)
    expect(count()).toBe(before + 1)
  })

  it('saves nothing when the test fails, and says what it failed of', async () => {
    const agent = await fleet().addHost()
    const backend = await makeBackend(database.prisma)
    agent.setFault({ kind: 'refuse', code: 'policy_denied', message: 'access denied' }, 'testBackend')
    const answer = await make({ name: 'refused', backend_id: backend.id, host_ids: [agent.hostId] })
    expect(answer.problem()).toMatchObject({ code: 'policy_denied', detail: expect.stringContaining('access denied') })
    expect(await database.prisma.repository.count({ where: { name: 'refused' } })).toBe(0)
    expect(await database.prisma.mount.count({ where: { backendId: backend.id } })).toBe(0)
  })

  it('names the field and the cure', async () => {
    const agent = await fleet().addHost()
    const host_ids = [agent.hostId]
    const backend = await makeBackend(database.prisma)
    const http = await makeBackend(database.prisma, { driver: 'http', config: { base_url: 'https://x.test' } })
    expect((await make({ name: 'web', backend_id: http.id, host_ids })).problem().code).toBe('unsupported')
    const none = await make({ name: 'web', backend_id: 'bkd_none', host_ids })
    expect(none.problem().fields?.[0]?.field).toBe('backend_id')
    const body = { name: 'web', backend_id: backend.id, host_ids, disable_at_percent: 80, enable_below_percent: 85 }
    expect((await make(body)).problem().fields?.[0]?.field).toBe('enable_below_percent')
    expect((await make({ ...body, name: 'Bad Name' })).problem().fields?.[0]?.field).toBe('name')
    const tested = await api.call('operator', testRoute, 'POST', { body: { type: 'iscsi-lvm', config: {} } })
    expect(tested.problem().code).toBe('unsupported')
  })

  it('takes no new backups while it is too full, until it has room or an administrator says so', async () => {
    const { backend, repository } = await bucket('filling')
    await fill(backend.id, 960n)
    await look()
    expect(await read(repository.id)).toMatchObject({
      status: 'full',
      takes_backups: false,
      full: { percent: 96 },
      error: expect.stringContaining('96 %'),
    })
    expect((await start(repository.id)).problem()).toMatchObject({ code: 'conflict' })
    await fill(backend.id, 920n)
    await look()
    expect(await read(repository.id)).toMatchObject({ status: 'full' })
    expect((await patch('operator', repository.id, { enabled: true })).status).toBe(403)
    expect((await patch('admin', repository.id, { enabled: true })).data(RepositoryView)).toMatchObject({
      status: 'ready',
      takes_backups: true,
    })
    await fill(backend.id, 100n)
    await look()
    expect((await read(repository.id)).full).toBeNull()
    expect((await patch('operator', repository.id, { enabled: false })).data(RepositoryView).status).toBe('disabled')
  })

  it('is not unmounted or deleted while a program works in it', async () => {
    const { agent, repository } = await made('leased')
    const params = { id: repository.id }
    const measured = (await api.call('operator', storageRoute, 'GET', { params })).data(StorageInfo)
    const room = measured.available_size_bytes ?? 0
    expect(room).toBeGreaterThan(1_000)
    expect((await start(repository.id, { reserved_bytes: room + 1 })).problem().detail).toContain('no room')
    const first = await start(repository.id, { job: 'db1', host_id: agent.hostId, reserved_bytes: room - 100 })
    expect(first.status, first.text).toBe(201)
    const lease = first.data(LeaseView)
    expect((await start(repository.id, { reserved_bytes: 200 })).problem().detail).toContain('no room')
    const unmount = () =>
      api.call('operator', unmountRoute, 'POST', { params: { id: repository.mount_id ?? '' }, body: {}, headers: WAIT })
    expect((await unmount()).problem()).toMatchObject({ code: 'in_use', used_by: [{ kind: 'lease', id: lease.id }] })
    const drop = () => api.call('admin', removeRoute, 'DELETE', { params, headers: WAIT })
    expect((await drop()).problem()).toMatchObject({ code: 'in_use', used_by: [{ kind: 'lease', id: lease.id }] })

    const ofLease = { params: { id: repository.id, leaseId: lease.id } }
    const beat = await api.call('operator', beatRoute, 'POST', { ...ofLease, body: { reserved_bytes: 100 } })
    expect(beat.data(LeaseView)).toMatchObject({ state: 'active', reserved_bytes: 100 })
    expect((await api.call('admin', beatRoute, 'POST', { ...ofLease, body: {} })).status).toBe(403)
    const done = await api.call('operator', finishRoute, 'POST', { ...ofLease, body: { success: true } })
    expect(done.data(LeaseView).state).toBe('finished')
    expect((await api.call('operator', beatRoute, 'POST', { ...ofLease, body: {} })).problem().code).toBe('conflict')

    const second = (await start(repository.id, { heartbeat_seconds: 10 })).data(LeaseView)
    const setHeard = (ago: number) =>
      database.prisma.repositoryLease.update({
        where: { id: second.id },
        data: { heartbeatAt: new Date(Date.now() - ago) },
      })
    const states = async () =>
      (await api.call('viewer', leasesRoute, 'GET', { params })).data(z.array(LeaseView)).map(({ state }) => state)
    await setHeard(15_000)
    expect(await states()).toEqual(['silent', 'finished'])
    expect((await unmount()).status).toBe(409)
    await setHeard(31_000)
    expect(await states()).toEqual(['lost', 'finished'])
    const third = (await start(repository.id)).data(LeaseView)
    const force = { params: { id: repository.id, leaseId: third.id } }
    expect((await api.call('operator', forceLease, 'DELETE', force)).status).toBe(403)
    expect((await api.call('admin', forceLease, 'DELETE', force)).data(LeaseView).state).toBe('forced')
    expect((await unmount()).status).toBe(200)
    expect((await start(repository.id)).problem().code).toBe('conflict')
    expect((await drop()).status).toBe(200)
  })

  it('is let go of, or worked in, of two who ask at once', async () => {
    const { repository } = await bucket('at-once')
    const drop = () => api.call('admin', removeRoute, 'DELETE', { params: { id: repository.id }, headers: WAIT })
    const [lease, gone] = await Promise.all([start(repository.id), drop()])
    const done = [lease.status === 201, gone.status === 200]
    expect(done, lease.text + gone.text).toContain(true)
    expect(done).toContain(false)
  })

  it('stays on a host whose labels have changed until its program has finished', async () => {
    const agent = await fleet().addHost()
    const label = (role: string) =>
      api.call('admin', patchHost, 'PATCH', { params: { id: agent.hostId }, body: { labels: { role } } })
    await label('backup')
    const backend = await makeBackend(database.prisma)
    const body = { name: 'by-label', backend_id: backend.id, targets: 'labels', target_labels: { role: 'backup' } }
    const { id } = (await make(body)).data(RepositoryView)
    await waitFor('its mount', async () => (await read(id)).status === 'ready')
    const lease = (await start(id, { host_id: agent.hostId })).data(LeaseView)
    await label('web')
    const wish = () => database.prisma.mountOnHost.findMany({ where: { hostId: agent.hostId } })
    expect(await wish()).toMatchObject([{ desiredState: 'mounted', removed: false }])
    const params = { id, leaseId: lease.id }
    await api.call('operator', finishRoute, 'POST', { params, body: { success: true } })
    await label('mail')
    await waitFor('that it is let go of', async () => (await read(id)).hosts.length === 0)
  })

  it('takes no lease for a host that it is not on', async () => {
    const { repository, agent } = await made('elsewhere')
    const other = await fleet().addHost()
    for (const host_id of ['hst_none', other.hostId])
      expect((await start(repository.id, { host_id })).problem()).toMatchObject({ fields: [{ field: 'host_id' }] })
    expect((await start(repository.id, { host_id: agent.hostId })).status).toBe(201)
    const { repository: cloud } = await bucket('everywhere')
    await patch('operator', cloud.id, { targets: 'all' })
    expect((await start(cloud.id, { host_id: 'hst_none' })).problem()).toMatchObject({ fields: [{ field: 'host_id' }] })
    expect((await start(cloud.id, { host_id: other.hostId })).status).toBe(201)
  })

  it('on a storage of objects is not mounted', async () => {
    const { agent, repository } = await bucket('cloud')
    expect(repository).toMatchObject({
      mount_id: null,
      status: 'ready',
      takes_backups: true,
      hosts: [{ host_id: agent.hostId }],
    })
    expect(agent.mounts()).toEqual([])
    const other = await fleet().addHost()
    const changed = await patch('operator', repository.id, { host_ids: [other.hostId] })
    expect(changed.data(RepositoryView).hosts.map(({ host_id }) => host_id)).toEqual([other.hostId])
  })
})

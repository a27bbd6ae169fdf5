import { expect, it } from 'vitest'
import { z } from 'zod'
import { PATCH as patchBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as abandon } from '@/app/api/v1/storage/mounts/[id]/abandon/route'
import { POST as mount } from '@/app/api/v1/storage/mounts/[id]/mount/route'
import { DELETE, GET as getOne, PATCH } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as unmount } from '@/app/api/v1/storage/mounts/[id]/unmount/route'
import { POST as create, GET as list } from '@/app/api/v1/storage/mounts/route'
import { MountView } from '@/lib/mounts/schema'
import { OperationView } from '@/lib/operations/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'

const WAIT = { prefer: 'wait=20' }

testDatabases('storage/mounts', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  const agents: FakeAgent[] = []
  const hosts = async () => {
    while (agents.length < 2) agents.push(await fleet().addHost())
    return agents as [FakeAgent, FakeAgent]
  }
  let number = 0
  const make = async (over: Record<string, unknown> = {}, headers: Record<string, string> = WAIT) => {
    const [one] = await hosts()
    const backend = await makeBackend(database.prisma)
    const body = { name: `mount-${++number}`, backend_id: backend.id, host_ids: [one.hostId], ...over }
    return api.call('operator', create, 'POST', { body, headers })
  }
  const get = async (id: string) => (await api.call('viewer', getOne, 'GET', { params: { id } })).data(MountView)
  const patch = (id: string, body: unknown, headers: Record<string, string> = {}) =>
    api.call('operator', PATCH, 'PATCH', { params: { id }, body, headers: { ...WAIT, ...headers } })

  it('mounts on every host, and shows it once it is there', async () => {
    const [one, two] = await hosts()
    const made = await make({ name: 'films', host_ids: [one.hostId, two.hostId, one.hostId] })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ operation: { status: 'succeeded' } })
    const view = made.data(MountView)
    expect(view).toMatchObject({ mount_point: '/mnt/films', status: 'mounted', desired_state: 'mounted' })
    expect(view.hosts.map((row) => row.state)).toEqual(['mounted', 'mounted'])
    expect(view.hosts[0]?.usage?.totalBytes).toBe(1_000_000_000)
    expect((await api.call('viewer', list, 'GET', { query: 'search=FILMS' })).body).toMatchObject({ total: 1 })
    const ofBoth = await api.call('viewer', list, 'GET', {
      query: `host_id=${two.hostId},${one.hostId}&type=local-dir,s3`,
    })
    expect(ofBoth.data(z.array(MountView)).map(({ id }) => id)).toContain(view.id)
    const ofNone = await api.call('viewer', list, 'GET', { query: `host_id=${two.hostId}&type=wolfdisk` })
    expect(ofNone.body).toMatchObject({ total: 0 })
    const ofHost = await api.call('viewer', list, 'GET', { query: `host_id=${two.hostId}` })
    expect(ofHost.data(z.array(MountView)).map((row) => row.id)).toContain(view.id)
  })

  it('answers at once without Prefer, with the operation beside the mount', async () => {
    const made = await make({}, {})
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ operation: { id: expect.stringMatching(/^op_/) } })
    const { id } = made.data(MountView)
    await expect.poll(async () => (await get(id)).status).toBe('mounted')
  })

  it('only writes the definition down when told so', async () => {
    const made = await make({ do_mount: false })
    expect(made.body).toMatchObject({ operation: null, data: { desired_state: 'unmounted', status: 'unmounted' } })
  })

  it.each([
    ['a backend that is not there', { backend_id: 'bkd_none' }, 400, 'backend_id'],
    ['a host that is not there', { host_ids: ['hst_none'] }, 400, 'host_ids'],
    ['no host', { host_ids: [] }, 400, 'host_ids'],
    ['a relative mount point', { mount_point: 'mnt/x' }, 400, 'mount_point'],
    ['a mount point with ..', { mount_point: '/mnt/../etc' }, 400, 'mount_point'],
    ['a name that is no name', { name: 'Has Spaces' }, 400, 'name'],
  ])('refuses %s', async (_case, over, status, field) => {
    const answer = await make(over)
    expect(answer.status).toBe(status)
    expect(answer.problem().fields?.map((problem) => problem.field)).toContain(field)
  })

  it('refuses a name or a place that is taken, and a revoked host', async () => {
    await make({ name: 'first', mount_point: '/srv/place' })
    const name = await make({ name: 'first', mount_point: '/srv/elsewhere' })
    const first = { kind: 'mount', id: expect.stringMatching(/^mnt_/), name: 'first' }
    expect(name.problem()).toMatchObject({ detail: "Mount 'first' already exists", taken_by: first })
    const place = await make({ name: 'second', mount_point: '/srv/place' })
    expect(place.status).toBe(409)
    expect(place.problem()).toMatchObject({
      detail: expect.stringContaining("mount 'first' at /srv/place"),
      taken_by: first,
    })
    for (const { text } of [name, place]) expect(text).not.toContain('ETag')
    const revoked = await makeHost(database.prisma, { revokedAt: new Date() })
    expect((await make({ host_ids: [revoked.id] })).problem().detail).toContain('revoked')
  })

  it('unmounts and mounts again, on one host or on all', async () => {
    const [one, two] = await hosts()
    const { id } = (await make({ host_ids: [one.hostId, two.hostId] })).data(MountView)
    const act = (route: typeof mount, body: unknown) =>
      api.call('operator', route, 'POST', { params: { id }, body, headers: WAIT })

    expect((await act(unmount, { host_ids: [two.hostId] })).data(OperationView).status).toBe('succeeded')
    const half = await get(id)
    expect(Object.fromEntries(half.hosts.map((row) => [row.host_id, row.state]))).toEqual({
      [one.hostId]: 'mounted',
      [two.hostId]: 'absent',
    })
    expect(half.desired_state).toBe('mounted')
    await act(unmount, {})
    expect(await get(id)).toMatchObject({ status: 'unmounted', desired_state: 'unmounted' })
    await act(mount, {})
    expect((await get(id)).status).toBe('mounted')
    expect((await act(mount, { host_ids: ['hst_other'] })).problem().fields?.[0]?.field).toBe('host_ids')
  })

  it('gives a waiting caller the failure of the host as a problem, and the mount its error', async () => {
    const [one] = await hosts()
    const { id } = (await make({ do_mount: false })).data(MountView)
    one.setFault({ kind: 'refuse', code: 'busy', message: 'Held by bash (4711).' }, 'applyMount')
    const answer = await api.call('operator', mount, 'POST', { params: { id }, headers: WAIT })
    expect(answer.status).toBe(409)
    expect(answer.problem()).toMatchObject({ code: 'busy', operation: { status: 'failed' } })
    expect(await get(id)).toMatchObject({ status: 'error', hosts: [{ error: expect.stringContaining('4711') }] })
    one.setFault(null)
    await api.call('operator', mount, 'POST', { params: { id }, headers: WAIT })
    expect((await get(id)).status).toBe('mounted')
  })

  it('takes hosts on and off, and carries other changes to all', async () => {
    const [one, two] = await hosts()
    const made = await make({ host_ids: [one.hostId] })
    const { id } = made.data(MountView)
    const moved = await patch(id, { host_ids: [two.hostId] })
    expect(moved.body).toMatchObject({ operation: { status: 'succeeded' } })
    await expect.poll(async () => (await get(id)).hosts.map((row) => row.host_id)).toEqual([two.hostId])
    const back = await patch(id, { host_ids: [one.hostId, two.hostId], read_only: true })
    expect(back.data(MountView).hosts.map((row) => row.options)).toEqual([
      expect.stringContaining('ro'),
      expect.stringContaining('ro'),
    ])
    const renamed = await patch(id, { name: `renamed-${number}` })
    expect(renamed.body).toMatchObject({ operation: null })
    expect((await patch(id, { read_only: false }, { 'if-match': made.headers.get('etag') ?? '' })).status).toBe(412)
  })

  it('carries a new config of the backend to the hosts', async () => {
    const [one] = await hosts()
    const { id, backend } = (await make()).data(MountView)
    const { config } = await database.prisma.backend.findUniqueOrThrow({ where: { id: backend.id } })
    const before = await get(id)
    await api.call('operator', patchBackend, 'PATCH', {
      params: { id: backend.id },
      body: { config: { ...(config as object), noexec: true } },
    })
    await expect.poll(async () => (await get(id)).hosts[0]?.observed_generation).toBe(before.generation + 1)
    // The reconciler may still be telling the host of a mount of another test.
    const sent = one.calls.filter(({ request }) => (request as { resourceId?: string }).resourceId === id).at(-1)
    const mount = { mountId: id, backend: { config: { noexec: true } } }
    expect(sent).toMatchObject({ operation: 'applyMount', request: { generation: before.generation + 1, mount } })
  })

  it('goes once every host has let go', async () => {
    const { id, backend } = (await make()).data(MountView)
    const removed = await api.call('operator', DELETE, 'DELETE', { params: { id }, headers: WAIT })
    expect(removed.data(OperationView).status).toBe('succeeded')
    expect((await api.call('viewer', getOne, 'GET', { params: { id } })).status).toBe(404)
    await database.prisma.backend.delete({ where: { id: backend.id } })
  })

  it('shows a mount that is being removed as such, and changes nothing in it', async () => {
    const [one] = await hosts()
    const { id } = (await make()).data(MountView)
    one.setFault({ kind: 'refuse', code: 'busy', message: 'Held.' }, 'removeMount')
    const removal = await api.call('operator', DELETE, 'DELETE', { params: { id }, headers: WAIT })
    expect(removal.problem().code).toBe('busy')
    expect(await get(id)).toMatchObject({ removing: true })
    expect((await patch(id, { name: 'no' })).problem().detail).toContain('being removed')
    one.setFault(null)
    const again = await api.call('operator', DELETE, 'DELETE', { params: { id }, headers: WAIT })
    expect(again.data(OperationView).status).toBe('succeeded')
    expect((await api.call('viewer', getOne, 'GET', { params: { id } })).status).toBe(404)
  })

  it('detaches a stuck mount for an administrator, on hosts that are named', async () => {
    const [one] = await hosts()
    const { id } = (await make()).data(MountView)
    const as = (role: 'operator' | 'admin', body: unknown) =>
      api.call(role, abandon, 'POST', { params: { id }, body, headers: WAIT })
    expect((await as('operator', { host_ids: [one.hostId] })).status).toBe(403)
    expect((await as('admin', {})).problem().fields?.[0]?.field).toBe('host_ids')
    expect((await as('admin', { host_ids: [one.hostId] })).status).toBe(200)
    expect(one.calls.filter((call) => call.operation === 'removeMount').at(-1)?.request).toMatchObject({
      abandon: true,
    })
    expect(await get(id)).toMatchObject({ desired_state: 'unmounted' })
  })

  it('writes exactly one audit entry for every change', async () => {
    const added = async (run: () => Promise<unknown>) => {
      const before = await database.prisma.auditEntry.count()
      await run()
      return (await database.prisma.auditEntry.count()) - before
    }
    const { id } = (await make()).data(MountView)
    const options = { params: { id }, headers: WAIT }
    expect(await added(() => make())).toBe(1)
    expect(await added(() => patch(id, { read_only: true }))).toBe(1)
    expect(await added(() => api.call('operator', unmount, 'POST', options))).toBe(1)
    expect(await added(() => api.call('operator', mount, 'POST', options))).toBe(1)
    expect(await added(() => api.call('operator', DELETE, 'DELETE', options))).toBe(1)
    expect(await added(() => make({ name: 'Not A Name' }))).toBe(0)
  })
})

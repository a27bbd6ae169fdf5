import { expect, it } from 'vitest'
import { PATCH as patchBackend, DELETE as removeBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as abandon } from '@/app/api/v1/storage/mounts/[id]/abandon/route'
import { POST as adopt } from '@/app/api/v1/storage/mounts/[id]/hosts/[hostId]/adopt/route'
import { POST as mount } from '@/app/api/v1/storage/mounts/[id]/mount/route'
import { DELETE, PATCH } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as unmount } from '@/app/api/v1/storage/mounts/[id]/unmount/route'
import { POST as create } from '@/app/api/v1/storage/mounts/route'
import { POST as makePlan } from '@/app/api/v1/storage/plans/route'
import { MountView } from '@/lib/mounts/schema'
import { type PlanRequest, PlanView } from '@/lib/plans/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'

const WAIT = { prefer: 'wait=20' }

testDatabases('storage/plans', (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  const agents: FakeAgent[] = []
  const hosts = async () => {
    while (agents.length < 2) agents.push(await fleet().addHost())
    const where = { observedStatus: 'online' as const }
    await expect.poll(() => database.prisma.host.count({ where })).toBe(agents.length)
    return agents.map((agent) => agent.hostId)
  }
  let number = 0
  const body = async () => ({
    name: `planned-${++number}`,
    backend_id: (await makeBackend(database.prisma)).id,
    host_ids: await hosts(),
  })
  const made = async () =>
    (await api.call('operator', create, 'POST', { body: await body(), headers: WAIT })).data(MountView)
  const ask = (body: unknown, as: 'operator' | 'viewer' = 'operator') => api.call(as, makePlan, 'POST', { body })
  const plan = async (wanted: PlanRequest | Record<string, unknown>) => (await ask(wanted)).data(PlanView)
  const rows = async () => {
    const { prisma } = database
    return JSON.stringify([
      await prisma.mount.findMany({ orderBy: { id: 'asc' } }),
      await prisma.mountOnHost.findMany({
        select: { mountId: true, hostId: true, desiredState: true, desiredGeneration: true, removed: true },
        orderBy: [{ mountId: 'asc' }, { hostId: 'asc' }],
      }),
      await prisma.operation.count(),
      await prisma.auditEntry.count(),
      await prisma.backend.findMany({ select: { id: true, config: true, generation: true }, orderBy: { id: 'asc' } }),
    ])
  }

  it('plans each change without making it, and each plan can be applied', async () => {
    const change = await body()
    await api.token('operator')
    const untouched = await rows()
    const creation = await plan({ action: 'create_mount', change })
    expect(creation).toMatchObject({ target: { id: null, name: change.name }, interrupts: false })
    expect(creation.hosts.map((host) => host.step)).toEqual(['mount', 'mount'])
    expect(creation.hosts[0]?.commands.join('\n')).toContain(`/mnt/${change.name}`)
    expect(await plan({ action: 'create_mount', change })).toEqual(creation)
    expect(await rows()).toBe(untouched)
    const headers = (view: PlanView) => ({ ...WAIT, 'holdfast-plan': view.plan })
    const created = await api.call('operator', create, 'POST', { body: change, headers: headers(creation) })
    expect(created.status).toBe(201)
    const { id, backend } = created.data(MountView)
    const params = { id }

    const before = await rows()
    const edit = { read_only: true }
    const update = await plan({ action: 'update_mount', mount_id: id, change: edit })
    expect(update).toMatchObject({ interrupts: true, changes: [{ field: 'read_only', before: false, after: true }] })
    const off = await plan({ action: 'unmount', mount_id: id, change: { host_ids: [(await hosts())[0]] } })
    expect(off.hosts).toMatchObject([{ step: 'unmount', commands: [`umount -c -i -- /mnt/${change.name}`] }])
    const sync = await plan({ action: 'sync', mount_id: id })
    expect(sync.hosts.map((host) => host.step)).toEqual(['none', 'none'])
    const removal = await plan({ action: 'delete_mount', mount_id: id })
    expect(removal.hosts.map((host) => host.step)).toEqual(['remove', 'remove'])
    const stored = await database.prisma.backend.findUniqueOrThrow({ where: { id: backend.id } })
    const config = { config: { ...(stored.config as object), noexec: true } }
    const reconfigured = await plan({ action: 'update_backend', backend_id: backend.id, change: config })
    expect(reconfigured).toMatchObject({
      target: { kind: 'backend', id: backend.id },
      changes: [{ field: 'config.noexec', before: false, after: true }],
      hosts: [{ step: 'remount', mount_id: id }, { step: 'remount' }],
    })
    expect(await rows()).toBe(before)

    const patched = await api.call('operator', PATCH, 'PATCH', { params, body: edit, headers: headers(update) })
    expect(patched.body).toMatchObject({ data: { read_only: true }, operation: { status: 'succeeded' } })
    const stale = await api.call('operator', patchBackend, 'PATCH', {
      params: { id: backend.id },
      body: config,
      headers: headers(reconfigured),
    })
    expect(stale.status).toBe(412)
    const again = await plan({ action: 'delete_mount', mount_id: id })
    expect((await api.call('operator', DELETE, 'DELETE', { params, headers: headers(again) })).status).toBe(200)
  })

  it('refuses a plan that is no longer true, says why, and hands over the new one', async () => {
    const { id } = await made()
    const [one] = agents
    const params = { id }
    const planned = await plan({ action: 'unmount', mount_id: id })
    one?.change(id, { state: 'hung' })
    await expect
      .poll(
        async () =>
          (await database.prisma.mountOnHost.findFirst({ where: { mountId: id, observedState: 'hung' } }))?.hostId,
      )
      .toBe(one?.hostId)
    const before = await rows()
    const headers = { ...WAIT, 'holdfast-plan': planned.plan }
    const refused = await api.call('operator', unmount, 'POST', { params, headers })
    expect(refused.status).toBe(412)
    expect(refused.problem()).toMatchObject({
      code: 'plan_outdated',
      reasons: ['a host shows another state or other options'],
      plan: { hosts: expect.arrayContaining([expect.objectContaining({ state: 'hung' })]) },
    })
    expect(await rows()).toBe(before)
    const { plan: fresh } = refused.problem() as unknown as { plan: PlanView }
    const accepted = await api.call('operator', unmount, 'POST', {
      params,
      headers: { ...WAIT, 'holdfast-plan': fresh.plan },
    })
    expect(accepted.status).toBe(200)
    const other = await api.call('operator', mount, 'POST', { params, headers })
    expect(other.problem().detail).toContain('the change is not the one that was planned')
  })

  const seen = (id: string, over: { observedState?: 'hung'; observedOptions?: { startsWith: string } }) =>
    // A sweep, should the news of the host be late.
    expect
      .poll(() => database.prisma.mountOnHost.count({ where: { mountId: id, ...over } }), { timeout: 30_000 })
      .toBe(1)

  it('plans to take over what was changed on a host: a field, and no command where it serves already', async () => {
    const { id } = await made()
    const [one] = agents
    if (!one) throw new Error('there is no host')
    const wanted = { action: 'adopt', mount_id: id, host_id: one.hostId } as const
    expect((await ask(wanted)).problem().detail).toContain('Nothing has changed')
    one.change(id, { options: 'ro,nosuid,nodev,relatime' })
    await seen(id, { observedOptions: { startsWith: 'ro' } })
    const before = await rows()
    const planned = await plan(wanted)
    expect(planned).toMatchObject({
      interrupts: false,
      changes: [{ field: 'overrides.read_only', before: null, after: true }],
      hosts: [{ host_id: one.hostId, step: 'adjust', commands: [] }],
    })
    expect(await rows()).toBe(before)
    const params = { id, hostId: one.hostId }
    const send = (fingerprint: string) =>
      api.call('operator', adopt, 'POST', { params, headers: { ...WAIT, 'holdfast-plan': fingerprint } })
    expect((await send(`${planned.plan}x`)).problem().code).toBe('plan_outdated')
    expect((await send(planned.plan)).data(MountView).hosts.find((row) => row.host_id === one.hostId)).toMatchObject({
      overrides: { read_only: true },
    })
  })

  it('plans to abandon a mount with the lazy unmount and what it costs, for an administrator', async () => {
    const { id, mount_point } = await made()
    const [one] = agents
    if (!one) throw new Error('there is no host')
    const body = { host_ids: [one.hostId] }
    const wanted = { action: 'abandon', mount_id: id, change: body } as const
    expect((await ask(wanted)).status).toBe(403)
    const planned = (await api.call('admin', makePlan, 'POST', { body: wanted })).data(PlanView)
    expect(planned).toMatchObject({ interrupts: true, hosts: [{ host_id: one.hostId, step: 'abandon' }] })
    const [host] = planned.hosts
    expect(host?.commands).toEqual([`umount -c -i -- ${mount_point}`, `umount -c -i -l -- ${mount_point}`])
    expect(host?.warnings.join()).toContain('may be lost')
    one.change(id, { state: 'hung' })
    await seen(id, { observedState: 'hung' })
    const send = (fingerprint: string) =>
      api.call('admin', abandon, 'POST', { params: { id }, body, headers: { ...WAIT, 'holdfast-plan': fingerprint } })
    const refused = await send(planned.plan)
    expect(refused.problem().code).toBe('plan_outdated')
    const { plan: fresh } = refused.problem() as unknown as { plan: PlanView }
    expect((await send(fresh.plan)).status).toBe(200)
  })

  it('is refused for the same reasons as the change, and to whoever may not make it', async () => {
    const change = await body()
    expect((await ask({ action: 'create_mount', change }, 'viewer')).status).toBe(403)
    expect(
      (await ask({ action: 'create_mount', change: { ...change, host_ids: ['hst_none'] } })).problem().fields?.[0]
        ?.field,
    ).toBe('host_ids')
    expect((await ask({ action: 'unmount', mount_id: 'mnt_none' })).status).toBe(404)
    expect((await ask({})).problem().fields?.[0]?.field).toBe('action')
    expect((await ask({ action: 'update_mount', mount_id: 'x', change: { backend_id: 'bkd_other' } })).status).toBe(400)
    const { backend } = await made()
    expect((await ask({ action: 'delete_backend', backend_id: backend.id })).problem().code).toBe('in_use')
    const free = await makeBackend(database.prisma)
    const removal = await plan({ action: 'delete_backend', backend_id: free.id })
    expect(removal).toMatchObject({ hosts: [], summary: 'No host has anything to do.' })
    const removed = await api.call('operator', removeBackend, 'DELETE', {
      params: { id: free.id },
      headers: { 'holdfast-plan': removal.plan },
    })
    expect(removed.status).toBe(200)
  })

  it('shows nothing of a secret', async () => {
    const stored = await makeBackend(database.prisma, {
      driver: 's3',
      config: { provider: 'Minio', endpoint: 'http://s3.test:9000', bucket: 'films' },
      source: 's3.test:9000/films',
    })
    await made()
    const secret = 'fake-secret-for-tests-only'
    const change = { config: { ...(stored.config as object), access_key_id: 'FAKEKEYID', secret_access_key: secret } }
    const answer = await ask({ action: 'update_backend', backend_id: stored.id, change })
    expect(answer.data(PlanView).changes.map(({ field }) => field)).toContain('secrets.secret_access_key')
    expect(answer.text).not.toContain(secret)
  })
})

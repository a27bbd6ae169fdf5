import { expect, it, vi } from 'vitest'
import { PUT as setOverrides } from '@/app/api/v1/storage/mounts/[id]/hosts/[hostId]/overrides/route'
import { DELETE, GET as getOne, PATCH } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as unmount } from '@/app/api/v1/storage/mounts/[id]/unmount/route'
import { POST as create } from '@/app/api/v1/storage/mounts/route'
import { POST as makePlan } from '@/app/api/v1/storage/plans/route'
import { MountView } from '@/lib/mounts/schema'
import { PlanView } from '@/lib/plans/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'

vi.setConfig({ testTimeout: 40_000 })

const WAIT = { prefer: 'wait=20' }

testDatabases('a mount that moves', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  const agents: FakeAgent[] = []
  const hosts = async () => {
    while (agents.length < 2) agents.push(await fleet().addHost())
    const where = { observedStatus: 'online' as const }
    await expect.poll(() => database.prisma.host.count({ where })).toBe(agents.length)
    return agents as [FakeAgent, FakeAgent]
  }
  let number = 0
  const make = async (over: Record<string, unknown> = {}) => {
    const ids = (await hosts()).map(({ hostId }) => hostId)
    const backend = await makeBackend(database.prisma)
    const body = { name: `moving-${++number}`, backend_id: backend.id, host_ids: ids, ...over }
    return (await api.call('operator', create, 'POST', { body, headers: WAIT })).data(MountView)
  }
  const get = async (id: string) => (await api.call('viewer', getOne, 'GET', { params: { id } })).data(MountView)
  const patch = (id: string, body: unknown, headers: Record<string, string> = {}) =>
    api.call('operator', PATCH, 'PATCH', { params: { id }, body, headers: { ...WAIT, ...headers } })
  const plan = async (id: string, change: unknown) => {
    const body = { action: 'update_mount', mount_id: id, change }
    return (await api.call('operator', makePlan, 'POST', { body })).data(PlanView)
  }
  const on = async (id: string, { hostId }: FakeAgent) => (await get(id)).hosts.find((row) => row.host_id === hostId)
  const placesAt = (agent: FakeAgent, id: string) =>
    agent.mounts().flatMap(({ mountId, mountPoint, state }) => (mountId === id ? [`${state} ${mountPoint}`] : []))

  it('is planned host by host, moves as planned, and its audit entry names both places', async () => {
    const { id, name } = await make()
    const change = { mount_point: `/srv/${name}` }
    const planned = await plan(id, change)
    expect(planned).toMatchObject({
      interrupts: true,
      changes: [{ field: 'mount_point', before: `/mnt/${name}`, after: `/srv/${name}` }],
      hosts: [{ step: 'remount' }, { step: 'remount' }],
    })
    const [host] = planned.hosts
    expect(host?.commands.slice(0, 3)).toEqual([
      `umount -c -i -- /mnt/${name}`,
      `mkdir -p -m 0000 -- /srv/${name}`,
      `chattr +i /srv/${name}`,
    ])
    expect(host?.commands.at(-1)).toMatch(new RegExp(`^mount .*/srv/${name}$`))
    expect(host?.notes.join(' ')).toContain(`the mount stays at /mnt/${name}`)
    const answer = await patch(id, change, { 'holdfast-plan': planned.plan })
    expect(answer.body).toMatchObject({ operation: { status: 'succeeded' } })
    expect(answer.data(MountView)).toMatchObject({
      mount_point: `/srv/${name}`,
      status: 'mounted',
      hosts: [{ mount_point: `/srv/${name}`, state: 'mounted' }, { mount_point: `/srv/${name}` }],
    })
    for (const agent of agents) expect(placesAt(agent, id)).toEqual([`mounted /srv/${name}`])
    const where = { action: 'mount.updated', targetId: id }
    const entry = await database.prisma.auditEntry.findFirstOrThrow({ where })
    expect(entry.change).toMatchObject({
      before: { mount_point: `/mnt/${name}` },
      after: { mount_point: `/srv/${name}` },
    })
  })

  it('says in its plan that nothing is interrupted where nothing is mounted', async () => {
    const { id, name } = await make({ do_mount: false })
    const planned = await plan(id, { mount_point: `/srv/${name}` })
    expect(planned).toMatchObject({ interrupts: false, hosts: [{ step: 'adjust', commands: [] }, { step: 'adjust' }] })
    await patch(id, { mount_point: `/srv/${name}` })
    expect(await get(id)).toMatchObject({ mount_point: `/srv/${name}`, status: 'unmounted' })
  })

  it('is left where it is on hosts that have a place of their own', async () => {
    const [one, two] = await hosts()
    const { id, name } = await make()
    const own = { mount_point: `/own/${name}` }
    await api.call('operator', setOverrides, 'PUT', { params: { id, hostId: one.hostId }, body: own, headers: WAIT })
    const planned = await plan(id, { mount_point: `/srv/${name}` })
    expect(planned.hosts.map(({ host_id }) => host_id)).toEqual([two.hostId])
    const sent = one.calls.filter(({ operation }) => operation === 'applyMount').length
    await patch(id, { mount_point: `/srv/${name}` })
    expect(one.calls.filter(({ operation }) => operation === 'applyMount')).toHaveLength(sent)
    expect([await on(id, one), await on(id, two)]).toMatchObject([
      { mount_point: `/own/${name}`, status: 'mounted' },
      { mount_point: `/srv/${name}`, status: 'mounted' },
    ])
  })

  it('is refused for a place that is no place, or that another mount has, and nothing is changed', async () => {
    const { id, name, generation } = await make()
    const other = await make({ mount_point: `/srv/taken-${number}` })
    const refused = await patch(id, { mount_point: other.mount_point })
    expect(refused.status).toBe(409)
    expect(refused.problem()).toMatchObject({ taken_by: { kind: 'mount', id: other.id, name: other.name } })
    for (const place of ['relative', '/', '/srv/../etc', '/srv//x']) {
      const answer = await patch(id, { mount_point: place })
      expect(answer.problem().fields?.[0]?.field).toBe('mount_point')
    }
    expect(await get(id)).toMatchObject({ mount_point: `/mnt/${name}`, generation })
    expect((await patch(id, { mount_point: `/mnt/${name}` })).body).toMatchObject({ operation: null })
  })

  it('is refused for a place inside its own directory or around it, everywhere and on one host, and stays', async () => {
    const [one] = await hosts()
    const backend = await makeBackend(database.prisma, { config: { path: '/srv/own/src' }, source: '/srv/own/src' })
    const { id, name } = await make({ backend_id: backend.id })
    const body = (mount_point: string) => ({
      name: `in-${name}`,
      backend_id: backend.id,
      host_ids: [one.hostId],
      mount_point,
    })
    for (const place of ['/srv/own/src/in', '/srv/own/src', '/srv/own']) {
      const own = { params: { id, hostId: one.hostId }, body: { mount_point: place } }
      for (const answer of [
        await patch(id, { mount_point: place }),
        await api.call('operator', setOverrides, 'PUT', own),
        await api.call('operator', create, 'POST', { body: body(place) }),
      ]) {
        expect(answer.status).toBe(400)
        expect(answer.problem().fields?.[0]).toMatchObject({
          field: 'mount_point',
          message: expect.stringContaining('cannot contain itself'),
        })
      }
    }
    expect(await get(id)).toMatchObject({ mount_point: `/mnt/${name}`, status: 'mounted' })
    expect((await patch(id, { mount_point: `/srv/own/src-${name}` })).body).toMatchObject({
      operation: { status: 'succeeded' },
    })
  })

  it('is refused while a program uses it, with its name; it stays, and moves when it is free', async () => {
    const [one, two] = await hosts()
    const { id, name } = await make()
    one.simulated.interfere(id, { holders: ['smbd (4711)'] })
    const answer = await patch(id, { mount_point: `/srv/${name}` })
    expect(answer.body).toMatchObject({ operation: { status: 'partial' } })
    expect([placesAt(one, id), placesAt(two, id)]).toEqual([[`mounted /mnt/${name}`], [`mounted /srv/${name}`]])
    expect(await on(id, one)).toMatchObject({
      ...{ state: 'mounted', status: 'refused', drift: null },
      ...{ mount_point: `/srv/${name}`, moving_from: `/mnt/${name}` },
    })
    expect((await on(id, two))?.moving_from).toBeNull()
    const removal = await api.call('operator', makePlan, 'POST', { body: { action: 'delete_mount', mount_id: id } })
    expect(
      removal
        .data(PlanView)
        .hosts.flatMap(({ commands }) => commands)
        .sort(),
    ).toEqual([`umount -c -i -- /mnt/${name}`, `umount -c -i -- /srv/${name}`])
    const body = { name: `late-${name}`, backend_id: (await get(id)).backend.id, host_ids: [one.hostId] }
    const late = { ...body, mount_point: `/mnt/${name}` }
    const taken = await api.call('operator', create, 'POST', { body: late, headers: WAIT })
    expect(taken.problem()).toMatchObject({ detail: expect.stringContaining('not moved away yet'), taken_by: { id } })
    expect((await on(id, one))?.error).toContain('smbd (4711)')
    one.simulated.interfere(id, { holders: [] })
    await expect.poll(() => placesAt(one, id), { timeout: 30_000 }).toEqual([`mounted /srv/${name}`])
    await expect.poll(async () => (await get(id)).status).toBe('mounted')
  })

  it('is still told of its old place while it looks like another there, and nobody else comes to that', async () => {
    const [one] = await hosts()
    const { id, name } = await make()
    one.simulated.interfere(id, { foreign: { source: '/srv/renamed', fsType: 'ext4' } })
    await patch(id, { mount_point: `/srv/${name}` })
    await expect
      .poll(() => on(id, one), { timeout: 30_000 })
      .toMatchObject({ state: 'foreign', moving_from: `/mnt/${name}` })
    const body = { name: `late-${name}`, backend_id: (await get(id)).backend.id, host_ids: [one.hostId] }
    const late = { ...body, mount_point: `/mnt/${name}` }
    const taken = await api.call('operator', create, 'POST', { body: late, headers: WAIT })
    expect(taken.problem()).toMatchObject({ detail: expect.stringContaining('not moved away yet'), taken_by: { id } })
    one.simulated.interfere(id, { foreign: null })
    await expect.poll(async () => (await on(id, one))?.moving_from, { timeout: 30_000 }).toBeNull()
  })

  it('that was refused is unmounted and deleted where it is', async () => {
    const [one] = await hosts()
    const { id, name } = await make()
    one.simulated.interfere(id, { holders: ['smbd (4711)'] })
    await patch(id, { mount_point: `/srv/${name}` })
    const options = { params: { id }, headers: WAIT }
    expect((await api.call('operator', unmount, 'POST', options)).body).toMatchObject({ data: { status: 'partial' } })
    one.simulated.interfere(id, { holders: [] })
    expect((await api.call('operator', DELETE, 'DELETE', options)).status).toBe(200)
    expect(placesAt(one, id)).toEqual([])
  })

  it('stays where the host refuses the new place, and moves when that is allowed', async () => {
    const [one, two] = await hosts()
    const { id, name } = await make()
    one.setFault({ kind: 'refuse', code: 'policy_denied', message: 'Not there.' }, 'applyMount')
    const answer = await patch(id, { mount_point: `/srv/${name}` })
    expect(answer.body).toMatchObject({ operation: { status: 'partial' } })
    expect(await on(id, one)).toMatchObject({ state: 'mounted', status: 'refused' })
    expect(await on(id, two)).toMatchObject({ state: 'mounted', status: 'mounted' })
    one.setFault(null)
    await expect.poll(() => placesAt(one, id), { timeout: 30_000 }).toEqual([`mounted /srv/${name}`])
  })

  it('follows on a host that is away when that returns', async () => {
    const [one, two] = await hosts()
    const { id, name } = await make()
    await one.goOffline({ keepPort: true })
    const status = async () =>
      (await database.prisma.host.findUniqueOrThrow({ where: { id: one.hostId } })).observedStatus
    await expect.poll(status, { timeout: 30_000 }).not.toBe('online')
    const planned = await plan(id, { mount_point: `/srv/${name}` })
    expect(planned.hosts.find(({ host_id }) => host_id === one.hostId)?.follows_later).toBe(true)
    await patch(id, { mount_point: `/srv/${name}` })
    expect(await on(id, two)).toMatchObject({ mount_point: `/srv/${name}`, status: 'mounted' })
    expect(placesAt(one, id)).toEqual([`mounted /mnt/${name}`])
    await one.comeBack()
    await expect.poll(() => placesAt(one, id), { timeout: 30_000 }).toEqual([`mounted /srv/${name}`])
  })
})

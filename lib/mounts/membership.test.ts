import { expect, it, vi } from 'vitest'
import { POST as revoke } from '@/app/api/v1/hosts/[id]/revoke/route'
import { DELETE as deleteHost, PATCH as patchHost } from '@/app/api/v1/hosts/[id]/route'
import { DELETE, GET as getOne, PATCH } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as create } from '@/app/api/v1/storage/mounts/route'
import { settleMembership } from '@/lib/mounts/membership'
import { MountView } from '@/lib/mounts/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'

vi.setConfig({ testTimeout: 40_000 })

const WAIT = { prefer: 'wait=20' }
const SOON = { timeout: 40_000 }

testDatabases('targets of mounts', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let number = 0
  const make = async (over: Record<string, unknown>) => {
    const backend = await makeBackend(database.prisma)
    const body = { name: `target-${++number}`, backend_id: backend.id, ...over }
    return api.call('operator', create, 'POST', { body, headers: WAIT })
  }
  const get = async (id: string) => (await api.call('viewer', getOne, 'GET', { params: { id } })).data(MountView)
  const patch = (id: string, body: unknown) =>
    api.call('operator', PATCH, 'PATCH', { params: { id }, body, headers: WAIT })
  const label = async (agent: FakeAgent, labels: Record<string, string>) => {
    const answer = await api.call('admin', patchHost, 'PATCH', { params: { id: agent.hostId }, body: { labels } })
    expect(answer.status).toBe(200)
  }
  /** State by host of the fleet that the test knows; other tests leave hosts behind. */
  const stateOn = async (id: string, agent: FakeAgent) =>
    (await get(id)).hosts.find((row) => row.host_id === agent.hostId)?.state

  it('takes the hosts that carry every label, later ones too, and lets go of those that lose one', async () => {
    const [one, two] = [await fleet().addHost(), await fleet().addHost()]
    await label(one, { tier: 'gold', zone: 'a' })
    await label(two, { tier: 'gold' })
    const made = await make({ target_labels: { tier: 'gold', zone: 'a' } })
    const view = made.data(MountView)
    expect(view).toMatchObject({ targets: 'labels', target_labels: { tier: 'gold', zone: 'a' }, global: false })
    expect(view.hosts.map((row) => [row.host_id, row.state])).toEqual([[one.hostId, 'mounted']])

    await label(two, { tier: 'gold', zone: 'a' })
    await expect.poll(() => stateOn(view.id, two), SOON).toBe('mounted')
    await label(one, {})
    await expect.poll(async () => (await get(view.id)).hosts.map((row) => row.host_id), SOON).toEqual([two.hostId])
    expect(one.mounts()).toEqual([])
    await label(one, { tier: 'gold', zone: 'a' })
    await expect.poll(() => stateOn(view.id, one), SOON).toBe('mounted')
  })

  it('is on every host there is and will be, through revocation and deletion', async () => {
    const here = await fleet().addHost()
    const { id, ...view } = (await make({ global: true })).data(MountView)
    expect(view).toMatchObject({ targets: 'all', global: true })
    await expect.poll(() => stateOn(id, here), SOON).toBe('mounted')

    const late = await fleet().addHost()
    await fleet().controller.reconciler.settle(late.hostId)
    await expect.poll(() => stateOn(id, late), SOON).toBe('mounted')
    await fleet().controller.reconciler.settle()
    const before = (await get(id)).generation
    expect(await database.prisma.$transaction((tx) => settleMembership(tx))).toEqual([])
    expect((await get(id)).generation).toBe(before)

    expect((await api.call('admin', revoke, 'POST', { params: { id: late.hostId }, body: {} })).status).toBe(200)
    expect(await stateOn(id, late)).toBeUndefined()
    expect((await api.call('admin', deleteHost, 'DELETE', { params: { id: late.hostId } })).status).toBe(200)
    await api.call('operator', DELETE, 'DELETE', { params: { id }, headers: WAIT })
    await expect.poll(async () => (await api.call('viewer', getOne, 'GET', { params: { id } })).status, SOON).toBe(404)
    expect(here.mounts().map((mount) => mount.mountId)).not.toContain(id)
  })

  it('converges on a host that was away while it lost its label', async () => {
    const agent = await fleet().addHost()
    await label(agent, { away: 'yes' })
    const { id } = (await make({ targets: 'labels', target_labels: { away: 'yes' } })).data(MountView)
    await expect.poll(() => stateOn(id, agent), SOON).toBe('mounted')
    const held = agent.mounts()
    await agent.stop()
    await label(agent, {})
    expect((await get(id)).hosts).toMatchObject([{ host_id: agent.hostId, removing: true }])
    const back = await fleet().startAgent(agent.hostId, { port: agent.port })
    expect(held.map((mount) => mount.mountId)).toEqual([id])
    await expect.poll(async () => (await get(id)).hosts, SOON).toEqual([])
    expect(back.mounts()).toEqual([])
  })

  it('shows a place that is taken on a joining host there, and takes it once it is free', async () => {
    const [free, taken] = [await fleet().addHost(), await fleet().addHost()]
    const place = '/srv/crowded'
    const first = (await make({ host_ids: [taken.hostId], mount_point: place })).data(MountView)
    await label(free, { crowd: '1' })
    await label(taken, { crowd: '1' })
    const answer = await make({ target_labels: { crowd: '1' }, mount_point: place })
    expect(answer.body).toMatchObject({ operation: { status: 'partial' } })
    const { id } = answer.data(MountView)
    expect((await get(id)).hosts.find((row) => row.host_id === taken.hostId)).toMatchObject({
      state: 'error',
      problem: 'mount.place_taken',
      error: expect.stringContaining(`'${first.name}'`),
      advice: expect.stringContaining('another mount point'),
    })
    expect(await stateOn(id, free)).toBe('mounted')
    expect(taken.mounts().map((mount) => mount.mountId)).toEqual([first.id])
    await api.call('operator', DELETE, 'DELETE', { params: { id: first.id }, headers: WAIT })
    await expect.poll(() => stateOn(id, taken), SOON).toBe('mounted')
  })

  it('changes from one way of choosing to another', async () => {
    const [one, two] = [await fleet().addHost(), await fleet().addHost()]
    await label(two, { switch: 'on' })
    const { id } = (await make({ host_ids: [one.hostId] })).data(MountView)
    await patch(id, { target_labels: { switch: 'on' } })
    await expect.poll(async () => (await get(id)).hosts.map((row) => row.host_id), SOON).toEqual([two.hostId])
    const named = (await patch(id, { host_ids: [one.hostId] })).problem()
    expect(named.fields?.[0]).toMatchObject({ field: 'host_ids', message: expect.stringContaining("targets 'hosts'") })
    const back = (await patch(id, { targets: 'hosts', host_ids: [one.hostId, two.hostId] })).data(MountView)
    expect(back).toMatchObject({ targets: 'hosts', target_labels: {} })
    await label(two, {})
    expect((await get(id)).hosts.map((row) => row.removing)).toEqual([false, false])
  })

  it.each([
    [{}, 'host_ids'],
    [{ targets: 'labels' }, 'target_labels'],
    [{ targets: 'all', host_ids: ['hst_1'] }, 'host_ids'],
    [{ targets: 'everything' }, 'targets'],
    [{ target_labels: { 'No Key': 'x' } }, 'target_labels'],
  ])('refuses %j', async (over, field) => {
    const answer = await make(over)
    expect(answer.status).toBe(400)
    expect(answer.problem().fields?.[0]?.field).toContain(field)
  })
})

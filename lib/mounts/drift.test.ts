import { expect, it, vi } from 'vitest'
import { POST as adopt } from '@/app/api/v1/storage/mounts/[id]/hosts/[hostId]/adopt/route'
import { GET as getOne, PATCH } from '@/app/api/v1/storage/mounts/[id]/route'
import { POST as sync } from '@/app/api/v1/storage/mounts/[id]/sync/route'
import { POST as unmount } from '@/app/api/v1/storage/mounts/[id]/unmount/route'
import { POST as create } from '@/app/api/v1/storage/mounts/route'
import {
  adoptionOf,
  countRepair,
  driftOf,
  isGivenUp,
  nextRepairAt,
  REPAIR_LIMIT,
  type WishOnHost,
} from '@/lib/mounts/drift'
import { MountView } from '@/lib/mounts/schema'
import { OperationView } from '@/lib/operations/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'

vi.setConfig({ testTimeout: 40_000 })

const NFS = { server: 'nas', export_path: '/e', version: '4.2', on_outage: 'hard', timeo: 600, retrans: 2 }
const SHOWN =
  'rw,nosuid,nodev,relatime,vers=4.2,rsize=262144,wsize=262144,namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=10.0.0.9,local_lock=none,addr=10.0.0.1'
const ROW: WishOnHost = {
  desiredState: 'mounted',
  desiredGeneration: 2,
  removed: false,
  overrides: null,
  observedState: 'mounted',
  observedGeneration: 2,
  observedOptions: SHOWN,
  mount: { mountPoint: '/mnt/m', readOnly: false, deletedAt: null, backend: { driver: 'nfs', config: NFS } },
}

it.each<[string, Partial<WishOnHost>, string | undefined]>([
  ['as the kernel words it', {}, undefined],
  ['unmounted on the host', { observedState: 'absent', observedOptions: null }, 'unmounted'],
  ['unmounted through us', { desiredState: 'unmounted', observedState: 'absent', observedOptions: null }, undefined],
  ['mounted by somebody', { desiredState: 'unmounted' }, 'mounted'],
  ['remounted read-only', { observedOptions: SHOWN.replace('rw,', 'ro,') }, 'options'],
  ['mounted by hand with soft', { observedOptions: SHOWN.replace('hard', 'soft') }, 'options'],
  ['over IPv6', { observedOptions: SHOWN.replace('proto=tcp', 'proto=tcp6') }, undefined],
  ['mounted over', { observedState: 'stacked', observedOptions: null }, 'covered'],
  ['on its way', { observedGeneration: 1, observedState: 'absent' }, undefined],
  ['never told', { observedGeneration: null, observedState: 'absent' }, undefined],
  ['hung', { observedState: 'hung' }, undefined],
  ['leaving', { removed: true, observedState: 'absent' }, undefined],
  [
    'read-only here by its override',
    { overrides: { read_only: true }, observedOptions: SHOWN.replace('rw,', 'ro,') },
    undefined,
  ],
])('a mount %s', (_case, over, kind) => {
  expect(driftOf({ ...ROW, ...over })?.kind).toBe(kind)
})

it('is nothing that was like that when it was taken over, and everything that came after', () => {
  const asItWas = SHOWN.replace('nosuid,nodev,', '')
  const takenOverWith = driftOf({ ...ROW, observedOptions: asItWas })?.differences
  expect(takenOverWith?.map(({ asked }) => asked)).toEqual(['nosuid', 'nodev'])
  const row = { ...ROW, takenOverWith }
  expect(driftOf({ ...row, observedOptions: asItWas })).toBeNull()
  expect(driftOf({ ...row, observedOptions: SHOWN })).toBeNull()
  const changed = { ...row, observedOptions: asItWas.replace('rw,', 'ro,') }
  const drift = driftOf(changed)
  expect(drift?.differences).toEqual([{ option: 'rw', asked: 'rw', effective: 'ro' }])
  expect(drift && adoptionOf(changed, drift)).toEqual({ overrides: { read_only: true } })
})

it.each([
  [SHOWN.replace('rw,', 'ro,'), { read_only: true }],
  [SHOWN.replace('hard', 'soft').replace('timeo=600', 'timeo=50'), { config: { on_outage: 'soft', timeo: 50 } }],
  [SHOWN.replace('nodev,', 'nodev,noexec,'), { config: { noexec: true } }],
])('takes %s over as what is different on the host', (observedOptions, overrides) => {
  const row = { ...ROW, observedOptions }
  const drift = driftOf(row)
  expect(drift && adoptionOf(row, drift)).toEqual({ overrides })
})

it('takes nothing over from a host that decides where a secret goes or how well it is protected', () => {
  const config = { server: 'nas', share_name: 'media', username: 'x', seal: true }
  const row: WishOnHost = { ...ROW, mount: { ...ROW.mount, backend: { driver: 'cifs', config } } }
  const differences = [{ option: 'seal', asked: 'seal', effective: null }]
  expect(() => adoptionOf(row, { kind: 'options', message: '', differences })).toThrow(
    'Encrypt changed from on to off: say that for this host yourself, with the secret.',
  )
})

it('does not take over what it has no setting for', () => {
  const row = { ...ROW, observedOptions: SHOWN.replace('nosuid,', '') }
  const drift = driftOf(row)
  expect(() => drift && adoptionOf(row, drift)).toThrow('nosuid is missing')
})

it('repairs with growing pauses, and then no more', () => {
  let now = new Date('2026-11-20T12:00:00Z')
  let state = { repairs: 0, repairedAt: null as Date | null }
  const pauses: number[] = []
  for (let at = nextRepairAt(state); at !== null; at = nextRepairAt(state)) {
    pauses.push(Math.max(0, at.getTime() - now.getTime()) / 1000)
    now = new Date(Math.max(at.getTime(), now.getTime()))
    state = countRepair(state, now) as typeof state
  }
  expect(pauses).toEqual([0, 5, 10, 20, 40])
  expect(isGivenUp(state)).toBe(true)
  expect(countRepair({ repairs: 2, repairedAt: new Date(0) }, now).repairs).toBe(1)
})

const WAIT = { prefer: 'wait=20' }
const SOON = { timeout: 40_000 }

testDatabases('drift', { postgres: 'full' }, (database) => {
  const api = useTestApi(database)
  const fleet = useTestFleet(database)
  let number = 0
  const make = async (on_drift: string, agents: FakeAgent[]) => {
    const backend = await makeBackend(database.prisma)
    const body = {
      name: `drift-${++number}`,
      backend_id: backend.id,
      host_ids: agents.map((agent) => agent.hostId),
      on_drift,
    }
    const made = await api.call('operator', create, 'POST', { body, headers: WAIT })
    expect(made.body).toMatchObject({ operation: { status: 'succeeded' } })
    return made.data(MountView)
  }
  const get = async (id: string) => (await api.call('viewer', getOne, 'GET', { params: { id } })).data(MountView)
  const driftOn = async (id: string, agent: FakeAgent) =>
    (await get(id)).hosts.find((row) => row.host_id === agent.hostId)?.drift
  const applied = (agent: FakeAgent, id: string) =>
    agent.calls.filter(
      (call) => call.operation === 'applyMount' && (call.request as { resourceId: string }).resourceId === id,
    )
  const unmountOutside = (agent: FakeAgent, id: string) =>
    agent.change(id, { state: 'absent', options: null, since: new Date().toISOString() })
  const remountReadOnly = (agent: FakeAgent, id: string) => agent.change(id, { options: 'ro,nosuid,nodev,relatime' })
  const adoptOn = (id: string, agent: FakeAgent) =>
    api.call('operator', adopt, 'POST', { params: { id, hostId: agent.hostId }, headers: WAIT })

  it('is only shown by default; a person repairs it or takes it over', async () => {
    const agent = await fleet().addHost()
    const { id } = await make('report', [agent])
    const sent = applied(agent, id).length
    remountReadOnly(agent, id)
    await expect
      .poll(() => driftOn(id, agent), SOON)
      .toMatchObject({
        kind: 'options',
        message: expect.stringContaining('ro instead of rw'),
        differences: [{ asked: 'rw', effective: 'ro' }],
        adoptable: true,
      })
    await fleet().controller.reconciler.look(agent.hostId)
    expect(applied(agent, id)).toHaveLength(sent)
    await api.call('operator', sync, 'POST', { params: { id }, body: { only_failed: true }, headers: WAIT })
    expect(await driftOn(id, agent)).toBeNull()
    expect(applied(agent, id)).toHaveLength(sent + 1)

    remountReadOnly(agent, id)
    await expect.poll(() => driftOn(id, agent), SOON).not.toBeNull()
    const taken = await adoptOn(id, agent)
    expect(taken.data(MountView).hosts[0]).toMatchObject({
      read_only: true,
      overrides: { read_only: true },
      drift: null,
    })
    expect((await adoptOn(id, agent)).problem()).toMatchObject({
      status: 409,
      detail: expect.stringContaining('Nothing has changed'),
    })
  })

  it('is undone where the mount says so, a deliberate unmount never', async () => {
    const agent = await fleet().addHost()
    const { id } = await make('repair', [agent])
    unmountOutside(agent, id)
    const row = () => database.prisma.mountOnHost.findFirstOrThrow({ where: { mountId: id } })
    await expect.poll(row, SOON).toMatchObject({ repairs: 1, observedState: 'mounted' })
    await expect.poll(async () => (await get(id)).hosts[0]?.drift, SOON).toBeNull()
    remountReadOnly(agent, id)
    await fleet().controller.observations.flush()
    await database.prisma.mountOnHost.updateMany({
      where: { mountId: id },
      data: { repairedAt: new Date(Date.now() - 60_000) },
    })
    await fleet().controller.reconciler.look(agent.hostId)
    await expect.poll(row, SOON).toMatchObject({ repairs: 2, observedOptions: expect.stringMatching(/^rw/) })

    await api.call('operator', unmount, 'POST', { params: { id }, headers: WAIT })
    const sent = applied(agent, id).length
    await fleet().controller.reconciler.look(agent.hostId)
    expect(applied(agent, id)).toHaveLength(sent)
    expect(await get(id)).toMatchObject({ status: 'unmounted' })
  })

  it('is not fought over: after some repairs it is left to a person, and says so', async () => {
    const agent = await fleet().addHost()
    const { id } = await make('repair', [agent])
    await database.prisma.mountOnHost.updateMany({
      where: { mountId: id },
      data: { repairs: REPAIR_LIMIT, repairedAt: new Date(0) },
    })
    const sent = applied(agent, id).length
    unmountOutside(agent, id)
    await expect
      .poll(() => driftOn(id, agent), SOON)
      .toMatchObject({ kind: 'unmounted', given_up: true, repairs: REPAIR_LIMIT })
    await fleet().controller.reconciler.look(agent.hostId)
    expect(applied(agent, id)).toHaveLength(sent)
    await api.call('operator', sync, 'POST', { params: { id }, headers: WAIT })
    expect(await get(id)).toMatchObject({ status: 'mounted', hosts: [{ drift: null }] })
    const row = await database.prisma.mountOnHost.findFirstOrThrow({ where: { mountId: id } })
    expect(row.repairs).toBe(0)
  })

  it('becomes the wish of that host where the mount says so', async () => {
    const [one, two] = [await fleet().addHost(), await fleet().addHost()]
    const { id } = await make('adopt', [one, two])
    unmountOutside(one, id)
    remountReadOnly(two, id)
    const rows = async () => Object.fromEntries((await get(id)).hosts.map((row) => [row.host_id, row]))
    await expect.poll(rows, SOON).toMatchObject({
      [one.hostId]: { desired_state: 'unmounted', drift: null },
      [two.hostId]: { desired_state: 'mounted', overrides: { read_only: true }, drift: null },
    })
    await expect
      .poll(async () => (await rows())[one.hostId]?.observed_generation, SOON)
      .toBe((await rows())[one.hostId]?.desired_generation)
  })

  it('covers what others mounted over it: shown, and left alone whatever the policy', async () => {
    const agent = await fleet().addHost()
    const { id } = await make('repair', [agent])
    const sent = applied(agent, id).length
    agent.change(id, { state: 'stacked', options: null })
    await expect.poll(() => driftOn(id, agent), SOON).toMatchObject({ kind: 'covered', adoptable: false })
    await fleet().controller.reconciler.look(agent.hostId)
    expect(applied(agent, id)).toHaveLength(sent)
    expect((await adoptOn(id, agent)).problem().detail).toContain('cannot be taken over')
    await api.call('operator', PATCH, 'PATCH', { params: { id }, body: { on_drift: 'report' } })
    expect((await get(id)).on_drift).toBe('report')
  })

  it('tries only the failed hosts again', async () => {
    const [good, bad] = [await fleet().addHost(), await fleet().addHost()]
    const { id } = await make('report', [good, bad])
    const retry = (body: unknown) => api.call('operator', sync, 'POST', { params: { id }, body, headers: WAIT })
    expect((await retry({ only_failed: true })).problem()).toMatchObject({
      status: 409,
      detail: expect.stringContaining('No host has failed'),
    })
    bad.setFault({ kind: 'refuse', code: 'backend_unreachable' }, 'applyMount')
    await api.call('operator', PATCH, 'PATCH', { params: { id }, body: { read_only: true }, headers: WAIT })
    bad.setFault(null)
    const sent = applied(good, id).length
    const again = (await retry({ only_failed: true })).data(OperationView)
    expect(again).toMatchObject({ status: 'succeeded', hosts: [{ host_id: bad.hostId }] })
    expect(applied(good, id)).toHaveLength(sent)
    expect((await get(id)).status).toBe('mounted')
    expect((await retry({ only_failed: true, host_ids: [good.hostId] })).status).toBe(409)
  })
})

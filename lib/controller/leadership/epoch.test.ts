import { afterEach, expect, test, vi } from 'vitest'
import { GET as ready } from '@/app/api/health/ready/route'
import { POST as confirm } from '@/app/api/v1/installation/restored/confirm/route'
import { GET as restored } from '@/app/api/v1/installation/restored/route'
import type { ObservedMount } from '@/lib/agent-protocol/messages'
import { setProcessBus } from '@/lib/events/process-bus'
import { RestoredView } from '@/lib/restores/schema'
import { useTestApi } from '@/testing/api'
import { type TestDatabaseHandle, testDatabases } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import type { FakeAgent, FakeAgentOptions } from '@/testing/fake-agent'
import { startTestFleet, type TestFleet, type TestFleetOptions } from '@/testing/fleet'
import { testId } from '@/testing/ids'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const COMMANDS = new Set(['applyMount', 'removeMount', 'connectBackend', 'disconnectBackend', 'installTools'])

/** Everything that the controller works by, as a backup has it. */
async function backUp({ prisma }: TestDatabaseHandle): Promise<() => Promise<void>> {
  const rows = {
    // A backup is older than a lease lasts.
    lease: (await prisma.lease.findMany()).map((lease) => ({ ...lease, expiresAt: new Date(0) })),
    backend: await prisma.backend.findMany(),
    mount: await prisma.mount.findMany(),
    mountOnHost: await prisma.mountOnHost.findMany(),
    backendOnHost: await prisma.backendOnHost.findMany(),
    setting: await prisma.setting.findMany(),
  }
  // biome-ignore lint/suspicious/noExplicitAny: rows go back as they came.
  const data = (of: any) => ({ data: JSON.parse(JSON.stringify(of, asStored)) })
  return async () => {
    await prisma.$transaction([
      prisma.operation.deleteMany(),
      prisma.mountOnHost.deleteMany(),
      prisma.backendOnHost.deleteMany(),
      prisma.mount.deleteMany(),
      prisma.backend.deleteMany(),
      prisma.lease.deleteMany(),
      prisma.setting.deleteMany(),
      prisma.lease.createMany(data(rows.lease)),
      prisma.backend.createMany(data(rows.backend)),
      prisma.mount.createMany(data(rows.mount)),
      prisma.mountOnHost.createMany(data(rows.mountOnHost)),
      prisma.backendOnHost.createMany(data(rows.backendOnHost)),
      prisma.setting.createMany(data(rows.setting)),
    ])
  }
}

function observedMount(mountId: string): ObservedMount {
  const at = new Date().toISOString()
  return {
    ...{ mountId, mountPoint: `/mnt/${mountId}`, state: 'mounted', generation: 1, desiredState: 'mounted' },
    ...{ since: at, observedAt: at, options: 'rw', source: null, fsType: null, guard: 'unknown', error: null },
    ...{ usage: null, usageAt: null },
  } as ObservedMount
}

/** A JSON column takes no plain null, and JSON has no large integers, such as those of a capacity that was heard by then. */
function asStored(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  return value === null ? undefined : value
}

testDatabases('a database that was restored from a backup', (database) => {
  const api = useTestApi(database)
  const fleets: TestFleet[] = []
  afterEach(async () => {
    for (const fleet of fleets.splice(0).reverse()) await fleet.stop()
    const { prisma } = database
    await prisma.$transaction([
      prisma.operation.deleteMany(),
      prisma.mountOnHost.deleteMany(),
      prisma.mount.deleteMany(),
      prisma.backendOnHost.deleteMany(),
      prisma.backend.deleteMany(),
      prisma.host.deleteMany(),
      prisma.lease.deleteMany(),
      prisma.setting.deleteMany(),
    ])
  })

  /** The hosts, which outlive every controller. */
  async function makeHosts(...wishes: Partial<FakeAgentOptions>[]): Promise<{ home: TestFleet; agents: FakeAgent[] }> {
    const home = await startTestFleet(database, { isIdle: true })
    const agents: FakeAgent[] = []
    for (const wish of wishes) agents.push(await home.addHost(wish))
    fleets.push({ ...home, stop: async () => Promise.all(agents.map((agent) => agent.stop())).then(() => undefined) })
    return { home, agents }
  }

  async function lead(home: TestFleet, options: TestFleetOptions = {}): Promise<TestFleet> {
    const fleet = await startTestFleet(database, {
      directory: home.directory,
      sweep: { intervalMs: 200 },
      epoch: { refreshMs: 200 },
      ...options,
    })
    fleets.push(fleet)
    setProcessBus(fleet.bus)
    return fleet
  }

  async function end(fleet: TestFleet): Promise<void> {
    fleets.splice(fleets.indexOf(fleet), 1)
    await fleet.stop()
  }

  const view = async () => (await api.call('viewer', restored, 'GET')).data(RestoredView.nullable())
  const held = () => waitFor('the restored state', async () => (await view()) ?? undefined)
  const commandsTo = (agent: FakeAgent) => agent.calls.filter(({ operation }) => COMMANDS.has(operation)).length
  const mountOf = (agent: FakeAgent, id: string) => agent.mounts().find(({ mountId }) => mountId === id)
  const isMounted = (agent: FakeAgent, id: string, generation: number) =>
    waitFor(`${id} in generation ${generation}`, () => {
      const mount = mountOf(agent, id)
      return mount?.state === 'mounted' && mount.generation === generation
    })

  /** What the web process does to a mount. */
  async function change(fleet: TestFleet, mountId: string, generation: number, readOnly: boolean): Promise<void> {
    const { prisma } = database
    await prisma.mount.update({ where: { id: mountId }, data: { generation, readOnly } })
    await prisma.mountOnHost.updateMany({ where: { mountId }, data: { desiredGeneration: generation } })
    fleet.bus.publish({ topic: 'mount', id: mountId, kind: 'wanted' })
  }

  test('three restarts back: nothing is changed until an admin goes on, and then the database wins', async () => {
    const { home, agents } = await makeHosts({}, {})
    const [one, two] = agents as [FakeAgent, FakeAgent]
    const hostIds = [one.hostId, two.hostId]
    const first = await lead(home)
    const films = await makeMount(database.prisma, { name: 'films', hostIds })
    const gone = await makeMount(database.prisma, { name: 'gone', hostIds: [one.hostId] })
    for (const id of [films.id, gone.id]) first.bus.publish({ topic: 'mount', id, kind: 'wanted' })
    await isMounted(one, films.id, 1)
    await isMounted(two, films.id, 1)
    await isMounted(one, gone.id, 1)
    await waitFor('the observation', () =>
      database.prisma.mountOnHost.count({ where: { observedGeneration: 1 } }).then((count) => count === 3),
    )
    const restore = await backUp(database)
    await end(first)

    for (let restart = 1; restart <= 2; restart++) await end(await lead(home))
    const last = await lead(home)
    await change(last, films.id, 7, true)
    await isMounted(one, films.id, 7)
    await isMounted(two, films.id, 7)
    await database.prisma.mount.update({ where: { id: gone.id }, data: { generation: 2, deletedAt: new Date() } })
    await database.prisma.mountOnHost.updateMany({ where: { mountId: gone.id }, data: { desiredGeneration: 2 } })
    last.bus.publish({ topic: 'mount', id: gone.id, kind: 'wanted' })
    await waitFor('the removal', () => mountOf(one, gone.id) === undefined)
    const late = await makeMount(database.prisma, { name: 'late', hostIds: [two.hostId] })
    last.bus.publish({ topic: 'mount', id: late.id, kind: 'wanted' })
    await isMounted(two, late.id, 1)
    const highest = last.controller.leadership.fence()
    await end(last)

    await restore()
    const before = agents.map(commandsTo)
    const fleet = await lead(home)
    const found = await waitFor('all that differs', async () => {
      const state = await view()
      return state?.hosts.length === 2 ? state : undefined
    })
    expect(fleet.controller.leadership.fence()).toBeLessThan(highest)
    expect(found).toMatchObject({ highest_epoch: highest, compared_hosts: 2, total_hosts: 2, confirmed: null })
    const [ofOne, ofTwo] = hostIds.map((id) => found.hosts.find(({ host_id }) => host_id === id))
    expect(ofOne).toMatchObject({ epoch: highest, unknown: [], missing: [{ id: gone.id, name: 'gone' }] })
    expect(ofTwo).toMatchObject({
      unknown: [{ kind: 'mount', id: late.id, mount_point: late.mountPoint }],
      missing: [],
    })
    for (const host of [ofOne, ofTwo])
      expect(host?.newer).toMatchObject([{ id: films.id, generation: 7, desired_generation: 1 }])

    // Neither by itself, nor because somebody asks.
    const health = await api.call('nobody', ready, 'GET')
    expect(health.status).toBe(503)
    expect(health.body).toMatchObject({
      checks: { controller: 'ok', hosts: expect.stringContaining('restored from a backup') },
    })
    const everywhere = await makeMount(database.prisma, { targets: 'all' })
    fleet.controller.reconciler.allAreBack()
    for (const hostId of hostIds) await fleet.controller.reconciler.look(hostId)
    await fleet.controller.reconciler.settle()
    expect(await database.prisma.mountOnHost.count({ where: { attempts: { gt: 0 } } })).toBe(0)
    expect(await database.prisma.mountOnHost.count({ where: { mountId: everywhere.id } })).toBe(0)
    await database.prisma.mount.delete({ where: { id: everywhere.id } })
    const asked = await fleet.request('mount.apply', { mountId: films.id, hostIds }, hostIds)
    expect(await fleet.ended(asked)).toMatchObject({ status: 'failed', errorCode: 'conflict' })
    expect(agents.map(commandsTo)).toEqual(before)
    expect(fleet.audited).toMatchObject([{ action: 'installation.restore_found' }])

    // Who looked at less than there is may not go on.
    const stale = await api.call('admin', confirm, 'POST', { body: { revision: found.revision - 1 } })
    expect(stale.status).toBe(409)
    expect((await api.call('operator', confirm, 'POST', { body: { revision: found.revision } })).status).toBe(403)
    const went = await api.call('admin', confirm, 'POST', { body: { revision: found.revision } })
    expect(went.data(RestoredView).confirmed).not.toBeNull()
    await waitFor('the end of the state', async () => (await view()) === null)
    expect(fleet.controller.leadership.fence()).toBeGreaterThan(highest)
    await isMounted(one, films.id, 8)
    await isMounted(two, films.id, 8)
    await isMounted(one, gone.id, 3)
    expect(mountOf(one, films.id)?.options).toMatch(/^rw/)
    // What the database does not know is left alone.
    expect(mountOf(two, late.id)?.state).toBe('mounted')
    expect((await api.call('nobody', ready, 'GET')).body).toMatchObject({ ready: true, checks: { hosts: 'ok' } })
    expect(fleet.audited[1]).toMatchObject({
      action: 'installation.epoch_taken',
      change: { after: { newer_changes_overruled: 3 } },
    })
    const entries = await database.prisma.auditEntry.findMany({ where: { action: 'installation.restore_confirmed' } })
    expect(entries).toHaveLength(1)

    // And it is over: what was left there does not bring the state back.
    await end(fleet)
    const after = await lead(home)
    expect(await after.controller.epoch.isHeld()).toBe(false)
    expect(await view()).toBeNull()
    const again = await api.call('admin', confirm, 'POST', { body: { revision: found.revision } })
    expect(again.status).toBe(409)
  })

  test('a backup of the same run of the controller: what was made since is found before anything is sent', async () => {
    const { home, agents } = await makeHosts({})
    const [agent] = agents as [FakeAgent]
    const first = await lead(home)
    const restore = await backUp(database)
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    first.bus.publish({ topic: 'mount', id: mount.id, kind: 'wanted' })
    await isMounted(agent, mount.id, 1)
    await end(first)
    await restore()
    const fleet = await lead(home)
    const found = await held()
    expect(found).toMatchObject({ hosts: [{ unknown: [{ id: mount.id }], newer: [], missing: [] }] })
    // Kept or unmounted, as the administrator says; what does not go is said in the audit.
    agent.simulated.interfere(mount.id, { holders: ['ffmpeg (812)'] })
    const body = { revision: found.revision, unknown_mounts: 'unmount' }
    expect((await api.call('admin', confirm, 'POST', { body })).status).toBe(200)
    const told = () => fleet.audited.filter(({ action }) => action === 'installation.unknown_unmounted')
    await waitFor('the refused unmount', () => told().length === 1)
    expect(told()[0]?.change).toMatchObject({ removed: false, reason: expect.stringContaining('ffmpeg') })
    expect(mountOf(agent, mount.id)?.state).toBe('mounted')
    expect(await fleet.controller.epoch.isHeld()).toBe(false)
  })

  test('a host that was away is compared when it comes, before it gets a command', async () => {
    const { home, agents } = await makeHosts({})
    const [agent] = agents as [FakeAgent]
    const first = await lead(home)
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    first.bus.publish({ topic: 'mount', id: mount.id, kind: 'wanted' })
    await isMounted(agent, mount.id, 1)
    const restore = await backUp(database)
    await change(first, mount.id, 5, true)
    await isMounted(agent, mount.id, 5)
    await end(first)
    await restore()
    await agent.goOffline({ keepPort: true })
    const before = commandsTo(agent)
    const fleet = await lead(home)
    await waitFor('the host to be missed', () => fleet.controller.directory.get(agent.hostId)?.status === 'offline')
    expect(await fleet.controller.epoch.isHeld()).toBe(false)
    await makeMount(database.prisma, { hostIds: [agent.hostId] })
    // The answer takes longer than the reconciler waits before it sends what is wanted.
    agent.setFault({ kind: 'slow', delayMs: 1_500 }, 'standing')
    await agent.comeBack()
    expect(await held()).toMatchObject({ hosts: [{ newer: [{ id: mount.id, generation: 5 }] }] })
    expect(commandsTo(agent)).toBe(before)
  })

  test('a confirmation counts only for what was found when it was given', async () => {
    const { home, agents } = await makeHosts({}, {})
    const [one, two] = agents as [FakeAgent, FakeAgent]
    const first = await lead(home)
    const mount = await makeMount(database.prisma, { hostIds: [one.hostId, two.hostId] })
    first.bus.publish({ topic: 'mount', id: mount.id, kind: 'wanted' })
    await isMounted(one, mount.id, 1)
    await isMounted(two, mount.id, 1)
    const restore = await backUp(database)
    await change(first, mount.id, 5, true)
    await isMounted(one, mount.id, 5)
    await isMounted(two, mount.id, 5)
    await end(first)
    await restore()
    await two.goOffline({ keepPort: true })
    await lead(home, { epoch: { refreshMs: 3_600_000 } })
    const seen = await held()
    expect(seen.hosts).toHaveLength(1)
    // Written, but not heard yet, when the second host comes.
    setProcessBus(undefined)
    const { revision } = seen
    const confirmation = { revision, unknown_mounts: 'keep', by: 'ann', at: new Date().toISOString() }
    await database.prisma.setting.create({ data: { key: 'restored_confirmed', value: confirmation } })
    await two.comeBack()
    await waitFor('the second host', async () => (await view())?.hosts.length === 2)
    const fleet = fleets.at(-1) as TestFleet
    await fleet.controller.epoch.confirmed()
    expect(await view()).toMatchObject({ revision: revision + 1, confirmed: null })
  })

  test('hosts without this question, of an earlier life, or with numbers that cannot be, hold nobody up', async () => {
    const unsupported = async () => {
      throw new (await import('@/lib/errors')).HoldfastError('unsupported', 'This agent does not know this operation.')
    }
    // The database had forgotten it before the host was asked again: it was just being removed.
    let answers = 0
    const removing = async () => ({
      fence: 0,
      generations: { [testId('mount', 'gone')]: 1 },
      resources: { mount: answers++ === 0 ? [observedMount(testId('mount', 'gone'))] : [], connection: [] },
    })
    const impossible = async () => ({ fence: 2 ** 40, generations: {}, resources: {} })
    const { home, agents } = await makeHosts(
      { handlers: { standing: unsupported } },
      { handlers: { standing: impossible } },
      { handlers: { standing: removing } },
      {},
    )
    const [older, liar, removes, rejoined] = agents as [FakeAgent, FakeAgent, FakeAgent, FakeAgent]
    rejoined.simulated.preload(
      {
        ...{
          mountId: testId('mount', 'before'),
          mountPoint: '/mnt/before',
          readOnly: false,
          autoMount: true,
          desiredState: 'mounted',
        },
        backend: { id: testId('backend', 'before'), driver: 'local-dir', config: { path: '/srv/before' }, secrets: {} },
      },
      9,
    )
    const fleet = await lead(home)
    const hostIds = agents.map(({ hostId }) => hostId)
    const mount = await makeMount(database.prisma, { hostIds })
    fleet.bus.publish({ topic: 'mount', id: mount.id, kind: 'wanted' })
    for (const agent of [older, liar, removes, rejoined]) await isMounted(agent, mount.id, 1)
    expect(await view()).toBeNull()
  })

  test('a controller that has lost the lead is refused, and takes it for no restore', async () => {
    const { home, agents } = await makeHosts({})
    const [agent] = agents as [FakeAgent]
    // Never renews: from its own point of view it goes on leading.
    const old = await lead(home, { leadership: { ttlMs: 600_000, renewMs: 3_600_000 } })
    const lease = await database.prisma.lease.findUniqueOrThrow({ where: { name: 'controller/lead' } })
    await database.prisma.lease.update({
      where: { name: lease.name },
      data: { fence: lease.fence + 1, holder: 'somebody else' },
    })
    old.controller.epoch.forget(agent.hostId)
    expect(old.controller.leadership.isLeader()).toBe(true)
    await expect(old.controller.epoch.fence(agent.hostId)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await view()).toBeNull()
  })
})

import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { GET as readAttention } from '@/app/api/v1/attention/route'
import { GET as readBackend } from '@/app/api/v1/storage/backends/[id]/route'
import { AttentionView } from '@/lib/attention/schema'
import { BackendView } from '@/lib/backends/schema'
import { inOrder, type Look, wantLooks } from '@/lib/controller/monitoring/unused-backends'
import { setProcessBus } from '@/lib/events/process-bus'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeMount } from '@/testing/factories'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { SimulatedStorages } from '@/testing/simulated-storages'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 })

const MINUTE = 60_000
const NOW = new Date('2026-11-30T12:00:00Z')
const ago = (minutes: number) => new Date(NOW.getTime() - minutes * MINUTE)
const look = (hostId: string, minutes: number, failures = 0, over: Partial<Look> = {}): Look => ({
  hostId,
  wantedAt: null,
  checkedAt: ago(minutes),
  failedLayer: failures === 0 ? null : 'tcp',
  failures,
  since: ago(minutes),
  healthSince: null,
  ...over,
})
const order = (looks: Look[], wellAt: Date | null = ago(6)) =>
  inOrder(['a', 'b', 'c'], looks, { now: NOW, wellAt, intervalMs: 5 * MINUTE }).join('')

it('is looked at from where it was well, then from where nobody has looked, and then in turn', () => {
  expect(order([])).toBe('abc')
  expect(order([look('b', 6), look('c', 60)])).toBe('bca')
  expect(order([look('a', 2, 1), look('c', 60)])).toBe('cba')
  expect(order([look('a', 6, 2), look('b', 8, 3), look('c', 7, 2)], null)).toBe('bca')
  expect(order([look('a', 3, 2), look('b', 8, 3), look('c', 7, 2)], null), 'a few minutes ago').toBe('bc')
})

it('waits for a look that is under way, and for a minute after one that has failed', () => {
  expect(order([look('a', 6, 0, { wantedAt: ago(1) })])).toBe('')
  expect(order([look('a', 6, 0, { wantedAt: ago(-4) })])).toBe('abc')
  expect(order([look('b', 0.5, 1)])).toBe('')
  // Behind a wall that has always been there.
  expect(order([look('b', 0.5, 9, { since: ago(9_000) })])).toBe('ac')
})

const NAS = { driver: 'nfs', config: { server: 'nas.example.org', export_path: '/films' }, source: 'nas:/films' }

testDatabases('a storage that nobody uses', (database) => {
  const api = useTestApi(database)
  let fleet: TestFleet
  beforeAll(async () => {
    // What is wanted when is for the test to say.
    fleet = await startTestFleet(database, { reach: { everyMs: 50, retryMs: 3_600_000, unusedEveryMs: 3_600_000 } })
    setProcessBus(fleet.bus)
  })
  afterAll(() => fleet.stop())
  beforeEach(async () => {
    await database.prisma.reach.deleteMany()
    await database.prisma.mount.deleteMany()
    await database.prisma.backend.deleteMany()
    await database.prisma.host.deleteMany()
    await fleet.controller.directory.refresh()
  })

  const shown = async (id: string) =>
    (await api.call('viewer', readBackend, 'GET', { params: { id } })).data(BackendView)
  const told = async () =>
    AttentionView.parse((await api.call('viewer', readAttention, 'GET')).body)
      .data.filter(({ kind }) => kind === 'storage')
      .map(({ severity, title }) => `${severity} ${title}`)
  const isOnline = (names: string[]) =>
    waitFor('the hosts to be online', async () => {
      const rows = await database.prisma.host.findMany({ select: { name: true, observedStatus: true } })
      return names.every((name) => rows.some((row) => row.name === name && row.observedStatus === 'online'))
    })
  /** As if so much time had gone by. */
  async function pass(minutes: number) {
    const back = (at: Date | null) => at && new Date(at.getTime() - minutes * MINUTE)
    const { prisma } = database
    for (const { id, observedAt, createdAt } of await prisma.backend.findMany())
      await prisma.backend.update({
        where: { id },
        data: { observedAt: back(observedAt), createdAt: new Date(createdAt.getTime() - minutes * MINUTE) },
      })
    for (const { id, checkedAt, since, wantedAt, healthSince } of await prisma.reach.findMany())
      await prisma.reach.update({
        where: { id },
        data: {
          checkedAt: back(checkedAt),
          since: back(since),
          wantedAt: back(wantedAt),
          healthSince: back(healthSince),
        },
      })
  }
  /** Looks at what is due until that has ended; returns from how many hosts. */
  async function looked(): Promise<number> {
    const count = await wantLooks(database.prisma, new Date())
    await waitFor(
      'the looks',
      async () => (await database.prisma.reach.count({ where: { wantedAt: { lte: new Date() } } })) === 0,
    )
    return count
  }

  it('is looked at from one host that has its programs, when its time has come, and never written to', async () => {
    const { prisma } = database
    const lacks = { command: 'mount.nfs', path: null, version: null, package: 'nfs-common', neededBy: ['nfs'] }
    const hosts = [{ name: 'a-bare' }, { name: 'b-able' }] as const
    const [bare] = await fleet.addHosts([hosts[0]], { info: { tools: [lacks] } })
    const [able] = await fleet.addHosts([hosts[1]], { storages: new SimulatedStorages() })
    if (!bare || !able) throw new Error('no hosts')
    const idle = await makeBackend(prisma, NAS)
    const own = await makeBackend(prisma)
    const used = await makeBackend(prisma, { ...NAS, name: 'used' })
    await makeMount(prisma, { backendId: used.id, hostIds: [able.hostId] })
    await isOnline(['a-bare', 'b-able'])

    expect(await looked(), 'it is new').toBe(0)
    await pass(2)
    expect(await looked()).toBe(1)
    const first = await shown(idle.id)
    expect(first).toMatchObject({ status: 'online', status_error: null, last_test_at: null })
    expect(Date.now() - Date.parse(first.status_at ?? '')).toBeLessThan(MINUTE)
    expect(first.stats).toMatchObject({ total_bytes: 1_000_000_000, as_of: expect.any(String) })
    expect(await prisma.reach.findMany({ where: { checkedAt: { not: null } } })).toMatchObject([
      { backendId: idle.id, hostId: able.hostId },
    ])
    const tests = able.calls.filter(({ operation }) => operation === 'testBackend')
    expect(tests).toMatchObject([{ request: { readsOnly: true } }])
    expect((await shown(own.id)).status).toBe('unknown')
    await pass(4)
    expect(await looked()).toBe(0)
    await pass(2)
    expect(await looked()).toBe(1)
    expect(able.calls.filter(({ operation }) => operation === 'testBackend')).toHaveLength(2)
    await pass(6)
    // A host that has just given it away knows how it was.
    await prisma.reach.updateMany({ data: { healthSince: new Date() } })
    expect(await looked()).toBe(0)
  })

  it('is down when two looks have failed, a minute apart and from two hosts, and well with the first that does not', async () => {
    const { prisma } = database
    const storages = new SimulatedStorages()
    await fleet.addHosts([{ name: 'one' }, { name: 'two' }], { storages })
    const { id } = await makeBackend(prisma, { ...NAS, name: 'films' })
    await isOnline(['one', 'two'])
    await pass(2)
    await looked()
    expect((await shown(id)).status).toBe('online')

    storages.set('nas.example.org', 'dead')
    await pass(6)
    expect(await looked()).toBe(1)
    expect((await shown(id)).status, 'it may be a moment').toBe('online')
    expect(await looked(), 'at once').toBe(0)
    await pass(2)
    expect(await looked()).toBe(1)
    const failed = await prisma.reach.findMany({ where: { failures: 1 } })
    expect(new Set(failed.map(({ hostId }) => hostId)).size).toBe(2)
    const down = await shown(id)
    expect(down).toMatchObject({ status: 'offline', status_explanation: { id: expect.any(String) } })
    // Nobody suffers from it.
    expect(await told()).toEqual([expect.stringMatching(/^warning films: \S/)])

    storages.set('nas.example.org', 'healthy')
    // Sooner than of what is well.
    await pass(1.5)
    expect(await looked()).toBe(1)
    expect(await shown(id)).toMatchObject({ status: 'online', status_error: null })
    expect(await told()).toEqual([])
  })

  it('is looked at by the controller itself', async () => {
    await fleet.addHosts([{ name: 'one' }], { storages: new SimulatedStorages() })
    const { id } = await makeBackend(database.prisma, NAS)
    await isOnline(['one'])
    await fleet.controller.reachCare.look(new Date(Date.now() + 2 * 60 * MINUTE))
    await waitFor('a status', async () => (await shown(id)).status === 'online')
  })
})

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { HoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { useTestDatabase } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const HOSTS = 40
describe('the sweep', () => {
  const database = useTestDatabase()
  let fleet: TestFleet
  const agents: FakeAgent[] = []

  beforeAll(async () => {
    // Rounds are asked for by the tests.
    fleet = await startTestFleet(database, { isIdle: true, sweep: { timeoutMs: 1_000 } })
    await fleet.controller.leadership.start()
    for (let i = 0; i < HOSTS; i++) agents.push(await fleet.addHost())
  })
  afterAll(() => fleet.stop())

  const statusOf = (agent: FakeAgent | undefined) => fleet.controller.directory.get(agent?.hostId ?? '')?.status

  test('a tenth of the hosts hanging, and connections closed between rounds, fail no healthy host', async () => {
    const hanging = new Set(agents.slice(0, HOSTS / 10))
    const healthy = agents.filter((agent) => !hanging.has(agent))
    expect((await fleet.controller.sweep.round()).failed).toEqual([])
    for (const agent of hanging) agent.setFault({ kind: 'hang' })
    for (let round = 0; round < 3; round++) {
      for (const agent of healthy) if (round % 2 === 0) agent.cutConnections()
      const report = await fleet.controller.sweep.round()
      expect(new Set(report.failed)).toEqual(new Set([...hanging].map(({ hostId }) => hostId)))
    }
    for (const agent of healthy) expect(statusOf(agent)).toBe('online')
    for (const agent of hanging) expect(statusOf(agent)).toBe('offline')
    for (const agent of hanging) agent.setFault(null)
    await fleet.controller.sweep.round()
    expect(agents.map(statusOf)).not.toContain('offline')
  })

  test('a list that the host has told is not asked for again before it changes', async () => {
    let [version, listed] = ['e.1', 0]
    const kind = {
      name: 'toy',
      idOf: () => '',
      list: () => {
        listed++
        return []
      },
      version: () => version,
      subscribe: () => () => undefined,
    }
    const agent = await fleet.addHost({ kinds: [kind] })
    const round = () => fleet.controller.sweep.ask(fleet.controller.directory.require(agent.hostId))
    await round()
    const told = listed
    await round()
    await round()
    expect([listed - told, told > 0]).toEqual([0, true])
    version = 'e.2'
    await round()
    expect(listed - told).toBe(1)
  })

  test('one missed question is forgiven, two are not; a refusal that is confirmed counts at once', async () => {
    const [slow, dead] = agents
    slow?.setFault({ kind: 'hang' })
    await fleet.controller.sweep.round()
    expect(statusOf(slow)).toBe('online')
    await fleet.controller.sweep.round()
    expect(statusOf(slow)).toBe('offline')
    slow?.setFault(null)
    await dead?.stop()
    await fleet.controller.sweep.round()
    expect(statusOf(dead)).toBe('offline')
    await fleet.controller.observations.flush()
    const row = await database.prisma.host.findUniqueOrThrow({ where: { id: dead?.hostId ?? '' } })
    expect(row).toMatchObject({ observedStatus: 'offline' })
    expect(row.observedError).toContain('agent does not run')
  })

  test('somebody else at the address of a host is an error, not an absence', async () => {
    const impostor = await fleet.startAgent('hst_somebody')
    const [agent] = agents.slice(5)
    await database.prisma.host.update({ where: { id: agent?.hostId ?? '' }, data: { address: impostor.address } })
    await fleet.controller.directory.refresh()
    await fleet.controller.sweep.round()
    await fleet.controller.sweep.round()
    expect(statusOf(agent)).toBe('error')
  })

  test('a host that refuses us for the time is an error, in its own words', async () => {
    const words = 'The certificate of the controller is valid from then on, and the clock of this host says now.'
    const agent = await fleet.addHost({
      handlers: {
        status: async () => {
          throw new HoldfastError('host_unreachable', words, { details: { reason: 'clock' } })
        },
      },
    })
    await fleet.controller.sweep.round()
    await fleet.controller.sweep.round()
    await fleet.controller.observations.flush()
    const row = await database.prisma.host.findUniqueOrThrow({ where: { id: agent.hostId } })
    expect(row).toMatchObject({ observedStatus: 'error', observedError: words })
  })

  test('a clock that is off is measured', async () => {
    const ahead = 90_000
    const agent = await fleet.addHost({
      handlers: {
        status: async () => {
          const now = new Date(Date.now() + ahead).toISOString()
          return { now, startedAt: now, resources: {} }
        },
      },
    })
    await fleet.controller.sweep.round()
    await fleet.controller.observations.flush()
    const { clockSkewMs } = await database.prisma.host.findUniqueOrThrow({ where: { id: agent.hostId } })
    expect(Math.abs((clockSkewMs ?? 0) - ahead)).toBeLessThan(5_000)
  })

  /** As a controller before this one had it mounted. */
  async function mountOn(agent: FakeAgent) {
    const mount = await makeMount(database.prisma, { hostIds: [agent.hostId] })
    await fleet.controller.client.call(agent, 'applyMount', {
      operationId: newId('operation'),
      resourceId: mount.id,
      generation: 1,
      fence: 1,
      ttlMs: 1_000,
      mount: {
        mountId: mount.id,
        backend: { id: mount.backendId, driver: 'local-dir', config: {}, secrets: {} },
        mountPoint: mount.mountPoint,
        readOnly: false,
        autoMount: true,
        desiredState: 'mounted',
      },
    })
    return mount
  }

  test('an answer without news writes nothing; news is written once, with the status of its backend', async () => {
    const [agent] = agents.slice(8)
    if (!agent) throw new Error('no agent')
    const mount = await mountOn(agent)
    await fleet.controller.observations.load()
    await fleet.controller.sweep.round()
    await fleet.controller.observations.flush()
    await fleet.controller.backendStatus.flush()
    const find = () => database.prisma.mountOnHost.findFirstOrThrow({ where: { mountId: mount.id } })
    const first = await find()
    expect(first.observedState).toBe('mounted')
    const backend = await database.prisma.backend.findUniqueOrThrow({ where: { id: mount.backendId } })
    expect(backend).toMatchObject({ observedStatus: 'online', totalBytes: 1_000_000_000n, usedBytes: 250_000_000n })
    const heard: string[] = []
    const stop = fleet.controller.bus.subscribe(({ topic }) => heard.push(topic))
    await fleet.controller.sweep.round()
    await fleet.controller.observations.flush()
    expect((await find()).observedAt).toEqual(first.observedAt)
    expect(heard).toEqual([])
    agent.change(mount.id, { state: 'hung' })
    await fleet.controller.sweep.round()
    await fleet.controller.observations.flush()
    await waitFor('the news', () => heard.includes('mount'))
    expect((await find()).observedState).toBe('hung')
    await fleet.controller.backendStatus.flush()
    const silent = await database.prisma.backend.findUniqueOrThrow({ where: { id: mount.backendId } })
    expect(silent).toMatchObject({ observedStatus: 'offline' })
    stop()
  })

  test('figures that wait to be written take no newer state back', async () => {
    const [agent] = agents.slice(9)
    if (!agent) throw new Error('no agent')
    const { id } = await mountOn(agent)
    const { observations, sweep } = fleet.controller
    await observations.load()
    await sweep.round()
    await observations.flush()
    agent.change(id, { usage: { totalBytes: 1_000, usedBytes: 900, availableBytes: 100, fileCount: null } })
    await sweep.round()
    agent.change(id, { state: 'hung' })
    await sweep.round()
    await observations.flush()
    await observations.touch(performance.now() + 60_000)
    const row = await database.prisma.mountOnHost.findFirstOrThrow({ where: { mountId: id } })
    expect(row).toMatchObject({ observedState: 'hung', usage: expect.objectContaining({ usedBytes: 900 }) })
  })
})

describe('the first round', () => {
  const database = useTestDatabase()

  test('asks a host again that was online and starts together with the controller, before the next round', async () => {
    const fleet = await startTestFleet(database, { isIdle: true, sweep: { intervalMs: 3_600_000 } })
    try {
      await fleet.controller.leadership.start()
      const agent = await fleet.addHost()
      const statusOf = () => fleet.controller.directory.get(agent.hostId)?.status
      await fleet.controller.sweep.round()
      expect(statusOf()).toBe('online')
      await agent.goOffline()
      fleet.controller.sweep.start()
      await waitFor('its absence', () => statusOf() === 'offline')
      await agent.comeBack()
      await waitFor('its return', () => statusOf() === 'online')
    } finally {
      await fleet.stop()
    }
  })
})

import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { StoredJob } from '@/lib/operations/schema'
import { testDatabases } from '@/testing/database'
import { makeMount } from '@/testing/factories'
import type { FakeAgent } from '@/testing/fake-agent'
import { startTestFleet, type TestFleet } from '@/testing/fleet'
import { waitFor } from '@/testing/wait'

vi.setConfig({ testTimeout: 40_000, hookTimeout: 60_000 })

const MIB = 1_048_576
const RESULT = { sizeBytes: MIB, writeBytesPerSecond: 1, readBytesPerSecond: 2, readMode: 'direct' }

testDatabases('operations that are jobs', (database) => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await startTestFleet(database)
  })
  afterAll(() => fleet.stop())

  const read = (id: string) =>
    database.prisma.operation.findUniqueOrThrow({
      where: { id },
      include: { hosts: true, steps: { orderBy: { id: 'asc' } } },
    })
  const jobOf = async (id: string) => StoredJob.nullable().parse((await read(id)).hosts[0]?.job ?? null)
  const messages = async (id: string) => (await read(id)).steps.map(({ message }) => message)

  /** A host whose jobs wait for the test, with a mount that is there. */
  async function ready(): Promise<{ agent: FakeAgent; mountId: string; begin(): Promise<string> }> {
    const agent = await fleet.addHost()
    agent.simulatedJobs.isDriven = true
    const { hostId } = agent
    const { id: mountId } = await makeMount(database.prisma, { hostIds: [hostId] })
    await fleet.ended(await fleet.request('mount.apply', { mountId, hostIds: [hostId] }, [hostId]))
    return {
      agent,
      mountId,
      async begin() {
        const id = await fleet.request('mount.check', { mountId, hostId, sizeBytes: MIB }, [hostId])
        await waitFor('the job', () => agent.simulatedJobs.find(id))
        return id
      },
    }
  }
  const untilStored = (id: string, done: number) =>
    waitFor(`${done} in the database`, async () => (await jobOf(id))?.progress?.done === done)

  async function cancel(id: string): Promise<void> {
    await database.prisma.operation.update({ where: { id }, data: { cancelRequestedAt: new Date() } })
    fleet.bus.publish({ topic: 'operation', id, kind: 'wanted' })
  }

  test('run until the job has ended, with its progress, its lines and its result', async () => {
    const { agent, begin } = await ready()
    const id = await begin()
    agent.simulatedJobs.advance(id, 0.25, 'a quarter')
    await untilStored(id, MIB / 2)
    expect(await jobOf(id)).toMatchObject({ state: 'running', line: 1, progress: { phase: 'writing', total: 2 * MIB } })
    expect(await read(id)).toMatchObject({ status: 'running', hosts: [{ status: 'running' }] })
    agent.simulatedJobs.advance(id, 0.75, 'three quarters')
    agent.simulatedJobs.end(id, { result: RESULT })
    expect(await fleet.ended(id)).toMatchObject({
      status: 'succeeded',
      result: RESULT,
      hosts: [{ status: 'succeeded' }],
    })
    expect(await messages(id)).toEqual(['a quarter', 'three quarters'])
    expect(await jobOf(id)).toMatchObject({ state: 'succeeded', line: 2 })
  })

  test('keep all of many lines, also those that the host does not send along', async () => {
    const { agent, begin } = await ready()
    const id = await begin()
    for (let line = 1; line <= 40; line++) agent.simulatedJobs.advance(id, 0.1, `line ${line}`)
    agent.simulatedJobs.end(id, { result: RESULT })
    await fleet.ended(id)
    expect(await messages(id)).toEqual(Array.from({ length: 40 }, (_, index) => `line ${index + 1}`))
  })

  test('fail with what the host says', async () => {
    const { agent, begin } = await ready()
    const id = await begin()
    const problem = { problem: 'mount.hung', values: { path: '/mnt/a' }, said: 'I/O error' }
    agent.simulatedJobs.end(id, { error: { code: 'command_failed', message: 'It loses data.', ...problem } })
    expect(await fleet.ended(id)).toMatchObject({
      status: 'failed',
      errorCode: 'command_failed',
      error: 'It loses data.',
      hosts: [{ status: 'failed', ...problem }],
    })
  })

  test('are stopped on the host when they are cancelled', async () => {
    const { agent, begin } = await ready()
    const id = await begin()
    agent.simulatedJobs.advance(id, 0.25, 'a quarter')
    await untilStored(id, MIB / 2)
    await cancel(id)
    expect(await fleet.ended(id)).toMatchObject({ status: 'cancelled', hosts: [{ status: 'cancelled' }] })
    const calls = agent.calls.filter(({ operation }) => operation === 'cancelJob')
    expect(calls).toEqual([{ operation: 'cancelJob', request: { operationId: id, fence: expect.any(Number) } }])
  })

  test('take no place from other operations of their host', async () => {
    const { agent, mountId, begin } = await ready()
    const ids: string[] = []
    for (let count = 0; count < 9; count++) ids.push(await begin())
    const { hostId } = agent
    const other = await fleet.request('host.inspect_mount', { hostId, mountId }, [hostId])
    expect(await fleet.ended(other)).toMatchObject({ status: 'succeeded' })
    for (const id of ids) agent.simulatedJobs.end(id, { result: RESULT })
    for (const id of ids) await fleet.ended(id)
  })

  test('go on when their host was away for a while', async () => {
    const { agent, begin } = await ready()
    const id = await begin()
    agent.simulatedJobs.advance(id, 0.25, 'a quarter')
    await untilStored(id, MIB / 2)
    await agent.goOffline({ keepPort: true })
    agent.simulatedJobs.end(id, { result: RESULT })
    await waitFor('the word that it is away', async () =>
      (await messages(id)).some((line) => line.includes('may go on')),
    )
    await agent.comeBack()
    expect(await fleet.ended(id, 20_000)).toMatchObject({ status: 'succeeded', result: RESULT })
  })

  test('begin once, though the answer to the first call was lost', async () => {
    const { agent, mountId } = await ready()
    const { hostId } = agent
    agent.setFault({ kind: 'cut' }, 'checkMount')
    const id = await fleet.request('mount.check', { mountId, hostId, sizeBytes: MIB }, [hostId])
    await waitFor('the word that it may go on', async () => (await messages(id)).length > 0)
    agent.setFault(null)
    await waitFor('the job', () => agent.simulatedJobs.find(id), 20_000)
    agent.simulatedJobs.end(id, { result: RESULT })
    expect(await fleet.ended(id)).toMatchObject({ status: 'succeeded' })
  })

  test('fail at once on a host that is away before they have begun, or that refuses', async () => {
    const { agent, mountId } = await ready()
    const { hostId } = agent
    agent.setFault({ kind: 'refuse', code: 'conflict', message: 'Not now.' }, 'checkMount')
    const refused = await fleet.request('mount.check', { mountId, hostId, sizeBytes: MIB }, [hostId])
    expect(await fleet.ended(refused)).toMatchObject({ status: 'failed', error: 'Not now.' })
    await agent.goOffline()
    const away = await fleet.request('mount.check', { mountId, hostId, sizeBytes: MIB }, [hostId])
    expect(await fleet.ended(away)).toMatchObject({ status: 'failed', errorCode: 'host_unreachable' })
  })

  test('are joined by the next controller, which tells no line twice', async () => {
    const { agent, begin } = await ready()
    const id = await begin()
    agent.simulatedJobs.advance(id, 0.25, 'a quarter')
    await untilStored(id, MIB / 2)
    await fleet.controller.stop()
    expect(await read(id)).toMatchObject({ status: 'queued' })
    agent.simulatedJobs.advance(id, 0.5, 'half')
    const { directory } = fleet
    const next = await startTestFleet(database, { directory })
    try {
      await untilStored(id, MIB)
      expect(await read(id)).toMatchObject({ status: 'running', attempt: 2 })
      agent.simulatedJobs.advance(id, 0.75, 'three quarters')
      agent.simulatedJobs.end(id, { result: RESULT })
      expect(await next.ended(id)).toMatchObject({ status: 'succeeded', result: RESULT })
      const told = (await messages(id)).filter((line) => !line.includes('interrupted'))
      expect(told).toEqual(['a quarter', 'half', 'three quarters'])
    } finally {
      await next.stop()
    }
  })
})

import { expect, it, onTestFinished, vi } from 'vitest'
import { Heartbeat, type HeartbeatParts } from '@/lib/controller/notifiers/heartbeat'
import { GuardedOutside } from '@/lib/controller/notifiers/outside'
import { unwell } from '@/lib/controller/vitals'
import { createLocalBus } from '@/lib/events/bus'
import { HEARTBEAT_ID } from '@/lib/heartbeat/schema'
import { createLog } from '@/lib/log'
import { Secret } from '@/lib/secret'
import { useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'
import { webReceiver } from '@/testing/notifiers/receivers'

vi.setConfig({ testTimeout: 60_000 })

const SECOND = 1_000
const MINUTE = 60_000

it('is well while hosts are asked and causes are looked for, and has some time after a start', () => {
  const start = new Date('2026-11-30T12:00:00Z')
  const after = (minutes: number) => new Date(start.getTime() + minutes * MINUTE)
  const fresh = { startedAt: start, lastRound: null, lastLook: null }
  expect(unwell(fresh, after(1))).toBeNull()
  expect(unwell(fresh, after(3))).toBe('Hosts have not been asked for 3 min.')
  const round = (minutes: number, intervalMs = 15_000) => ({ at: after(minutes), intervalMs })
  expect(unwell({ ...fresh, lastRound: round(4) }, after(5))).toBeNull()
  expect(unwell({ ...fresh, lastRound: round(8) }, after(9))).toContain('has not been looked for in 9 min')
  expect(unwell({ ...fresh, lastRound: round(8), lastLook: after(8) }, after(9))).toBeNull()
  // Rounds that are further apart may be late for longer.
  expect(unwell({ ...fresh, lastRound: round(0, 60_000), lastLook: after(3) }, after(3))).toBeNull()
})

testDatabases("the dead-man's switch", (database) => {
  const { read, titles, clear } = useAttention(database)
  const start = Date.now()
  const at = (minutes: number) => new Date(start + minutes * MINUTE)
  const log = createLog('controller', 'error', (line) => expect.fail(line))

  function make(over: Partial<HeartbeatParts> = {}, opened = ['127.0.0.0/8']) {
    const outside = new GuardedOutside({ opened, lookup: async () => ['127.0.0.1'] })
    const open = async (sealed: string) => new Secret(sealed)
    const parts = { prisma: database.prisma, bus: createLocalBus(), log, outside, open, unwell: () => null }
    return new Heartbeat({ ...parts, isLeader: () => true, ...over }, { attemptMs: 2 * SECOND })
  }
  async function begin() {
    await clear()
    const receiver = await webReceiver()
    onTestFinished(() => receiver.close())
    const { prisma } = database
    await prisma.heartbeat.deleteMany()
    const sealed = `http://localhost:${receiver.port}/ping/canary-address`
    const row = { id: HEARTBEAT_ID, target: 'localhost', sealed, fingerprint: '01234567', everyMinutes: 5 }
    await prisma.heartbeat.create({ data: { ...row, dueAt: at(0) } })
    return receiver
  }
  const row = () => database.prisma.heartbeat.findUniqueOrThrow({ where: { id: HEARTBEAT_ID } })

  it('is pinged when it is due, once, by the controller that leads', async () => {
    const receiver = await begin()
    await make({ isLeader: () => false }).beat(at(0))
    expect(receiver.arrived).toEqual([])
    await Promise.all([make().beat(at(0)), make().beat(at(0))])
    expect(receiver.arrived).toMatchObject([{ method: 'GET', path: '/ping/canary-address', body: '' }])
    expect(await row()).toMatchObject({
      takenAt: at(0),
      dueAt: at(5),
      failedSince: null,
      answer: 'HTTP 200: {"ok":true}',
    })
    await make().beat(at(4))
    expect(receiver.arrived).toHaveLength(1)
    await make().beat(at(5))
    expect(receiver.arrived).toHaveLength(2)
    await database.prisma.heartbeat.updateMany({ data: { enabled: false } })
    await make().beat(at(20))
    expect(receiver.arrived).toHaveLength(2)
    // By hand it is, all the same.
    await database.prisma.heartbeat.updateMany({ data: { isAsked: true } })
    await make().beat(at(20))
    expect(receiver.arrived).toHaveLength(3)
  })

  it('is not pinged while something is wrong here, and says what', async () => {
    const receiver = await begin()
    const sick = make({ unwell: () => 'Hosts have not been asked for 3 min.' })
    await sick.beat(at(0))
    await sick.beat(at(1))
    expect(receiver.arrived).toEqual([])
    expect(await row()).toMatchObject({ withheld: 'Hosts have not been asked for 3 min.', withheldSince: at(0) })
    await make().beat(at(2))
    expect(receiver.arrived).toHaveLength(1)
    expect(await row()).toMatchObject({ withheld: null, withheldSince: null, takenAt: at(2) })
  })

  it('is not pinged by a controller whose database takes no write', async () => {
    const receiver = await begin()
    const full = { findUnique: row, updateMany: () => Promise.reject(new Error('disk full')) }
    const prisma = new Proxy(database.prisma, {
      get: (client, key) => (key === 'heartbeat' ? full : Reflect.get(client, key)),
    })
    await expect(make({ prisma }).beat(at(0))).rejects.toThrow('disk full')
    expect(receiver.arrived).toEqual([])
  })

  it('needs attention when no ping is taken for long, with no word of the address', async () => {
    const receiver = await begin()
    receiver.mode = 'refuses'
    await make().beat(at(-20))
    expect(await row()).toMatchObject({ takenAt: null })
    await database.prisma.heartbeat.updateMany({ data: { dueAt: at(-20) } })
    await make().beat(at(-20))
    const failed = await row()
    expect(failed).toMatchObject({ failedSince: at(-20), dueAt: new Date(at(-20).getTime() + 30 * SECOND) })
    expect(failed.answer).toContain('HTTP 403: not for ***')
    expect(failed.answer).not.toContain('canary')
    await make().beat(at(-15))
    expect(await row()).toMatchObject({ failedSince: at(-20), pings: 2 })
    const view = await read()
    expect(titles(view)).toEqual(["warning Holdfast: its dead-man's switch takes no ping"])
    expect(view.data[0]).toMatchObject({ kind: 'heartbeat', subject: { kind: 'holdfast' } })
    receiver.mode = 'takes'
    await make().beat(at(-10))
    expect(titles(await read())).toEqual([])
    const guarded = make({}, [])
    await guarded.beat(at(0))
    expect((await row()).answer).toMatch(/127\.0\.0\.1: this machine itself\. Nothing is sent there/)
    expect(receiver.arrived).toHaveLength(1)
  })
})

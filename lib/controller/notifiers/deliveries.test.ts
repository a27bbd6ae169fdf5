import { expect, it, onTestFinished, vi } from 'vitest'
import { POST as acknowledge } from '@/app/api/v1/alerts/[id]/acknowledgement/route'
import { POST as silence } from '@/app/api/v1/alerts/[id]/silence/route'
import { AlertCare } from '@/lib/controller/monitoring/alert-care'
import { Deliveries, type DeliveryParts } from '@/lib/controller/notifiers/deliveries'
import * as rows from '@/lib/controller/notifiers/deliveries-repository'
import { GuardedOutside } from '@/lib/controller/notifiers/outside'
import { prune } from '@/lib/controller/settings-repository'
import { createLocalBus } from '@/lib/events/bus'
import { newId } from '@/lib/ids'
import { createLog } from '@/lib/log'
import { retentionFrom } from '@/lib/retention/schema'
import { SILENT, useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'
import { type ReceivedRequest, type Receiver, webReceiver } from '@/testing/notifiers/receivers'

vi.setConfig({ testTimeout: 60_000 })

const MINUTE = 60_000

testDatabases('messages about alerts', (database) => {
  const { api, host, nfs, mount, show, clear } = useAttention(database)
  const start = Date.now()
  const at = (minutes: number) => new Date(start + minutes * MINUTE)
  const log = createLog('controller', 'error', () => {})

  function makeCare(over: Partial<DeliveryParts> = {}) {
    const { prisma } = database
    const bus = createLocalBus()
    const care = new AlertCare({ prisma, bus, log, isLeader: () => true })
    const outside = new GuardedOutside({ opened: ['127.0.0.0/8'], lookup: async () => ['127.0.0.1'] })
    const parts = { prisma, bus, log, outside, installation: 'test', publicUrl: 'https://h.example' }
    const deliveries = new Deliveries({ ...parts, open: async () => ({}), isLeader: () => true, ...over })
    return {
      /** What a controller does at that time. */
      async look(minutes: number) {
        await care.look(at(minutes))
        await deliveries.deliver(() => at(minutes))
      },
      deliver: (minutes: number) => deliveries.deliver(() => at(minutes)),
      alone: (minutes: number) => care.look(at(minutes)),
    }
  }

  async function begin(rules: object = {}): Promise<Receiver<ReceivedRequest> & { notifierId: string }> {
    await clear()
    await database.prisma.notifier.deleteMany()
    await database.prisma.alert.deleteMany()
    const receiver = await webReceiver()
    onTestFinished(() => receiver.close())
    const notifierId = await notifier('hook', receiver.port, rules)
    return Object.assign(receiver, { notifierId })
  }
  async function notifier(name: string, port: number, rules: object = {}): Promise<string> {
    const id = newId('notifier')
    const config = { url: `http://localhost:${port}/` }
    await database.prisma.notifier.create({ data: { id, name, type: 'webhook', config, target: 'x', rules } })
    return id
  }
  const told = ({ arrived }: Receiver<ReceivedRequest>) =>
    arrived.map(({ body }) => {
      const { type, data } = JSON.parse(body) as { type: string; data: { severity: string; title: string } }
      return `${type} ${data.severity} ${data.title}`
    })
  const idsOf = ({ arrived }: Receiver<ReceivedRequest>) => arrived.map(({ headers }) => headers['webhook-id'])
  const log_ = async () =>
    (await database.prisma.delivery.findMany({ orderBy: { id: 'asc' } })).map(
      ({ event, status, attempts }) => `${event} ${status} ${attempts}`,
    )
  const setHost = (id: string, observedStatus: 'online' | 'offline') =>
    database.prisma.host.update({ where: { id }, data: { observedStatus } })
  const one = async () => (await database.prisma.alert.findFirstOrThrow()).id

  it('are sent once for what lasts, is worse and is over, whichever controllers there are', async () => {
    const receiver = await begin()
    const [a, b] = [await host('a'), await host('b')]
    const { id: backendId } = await nfs('last', 'nas-a')
    const mountId = await mount('last', backendId, { [a.id]: SILENT, [b.id]: {} })
    const [first, second] = [makeCare(), makeCare()]
    await first.look(0)
    expect(told(receiver)).toEqual([])
    await Promise.all([first.look(1), second.look(1)])
    const opened = 'alert.opened warning last: The storage does not answer.'
    expect(told(receiver)).toEqual([opened])
    await show(mountId, b.id, SILENT)
    await Promise.all([first.look(2), second.look(2), makeCare().look(2)])
    const worse = 'alert.worse critical last: The storage does not answer.'
    expect(told(receiver)).toEqual([opened, worse])
    for (const { id } of [a, b]) await show(mountId, id, { observedState: 'mounted', observedProblem: null })
    await first.look(3)
    await Promise.all([first.look(9), second.look(9)])
    await first.look(10)
    expect(told(receiver)).toEqual([opened, worse, 'alert.cleared critical last: The storage does not answer.'])
    expect(new Set(idsOf(receiver)).size).toBe(3)
    expect(await log_()).toEqual(['opened sent 1', 'worse sent 1', 'cleared sent 1'])
    expect(await prune(database.prisma, at(91 * 24 * 60), retentionFrom(new Map()))).toMatchObject({ deliveries: 3 })
  })

  const hover = async (times: number) => {
    const receiver = await begin()
    const { id } = await nfs('hover', 'nas-b', { totalBytes: 100n, usedBytes: 94n })
    const care = makeCare()
    await care.look(0)
    await care.look(6)
    for (let turn = 0; turn < times; turn++) {
      // To and fro across both limits, slowly enough that it is less bad in between.
      await database.prisma.backend.update({ where: { id }, data: { usedBytes: turn % 2 === 0 ? 96n : 91n } })
      await care.alone(7 + turn * 6)
      if (turn % 10 === 0) await care.deliver(7 + turn * 6)
    }
    await care.deliver(7 + times * 6)
    expect(told(receiver)).toEqual([
      'alert.opened warning hover is 94 % full',
      'alert.worse critical hover is 96 % full',
    ])
  }
  it('are one for what comes and goes', () => hover(10))
  it('are one for what comes and goes two hundred times', { tags: 'full', timeout: 240_000 }, () => hover(200))

  it('are tried again in order with the same id, after a crash too, and given up after a day', async () => {
    const receiver = await begin()
    const { id } = await host('gone', { observedStatus: 'offline' })
    const care = makeCare()
    receiver.mode = 'refuses'
    await care.look(0)
    await care.look(1)
    await setHost(id, 'online')
    await care.look(2)
    await care.look(8)
    // The end waits behind the beginning.
    expect(await log_()).toEqual(['opened waiting 3', 'cleared waiting 0'])
    const state = () => database.prisma.notifier.findUniqueOrThrow({ where: { id: receiver.notifierId } })
    expect(await state()).toMatchObject({ failedSince: at(1), lastError: expect.stringContaining('HTTP 403') })
    receiver.mode = 'takes'
    const [due] = await rows.findDue(database.prisma, at(30), 1)
    if (!due) throw new Error('nothing is due')
    // A controller that has taken it, sent it and died before it could say so.
    const message = { id: due.id, rows: [due] } as const
    expect(await rows.claim(database.prisma, message, at(30), at(32))).not.toBeNull()
    expect(await rows.claim(database.prisma, message, at(30), at(32))).toBeNull()
    await makeCare().deliver(31)
    expect(told(receiver)).toEqual([])
    await makeCare().deliver(33)
    await makeCare().deliver(35)
    expect(told(receiver)).toEqual([
      'alert.opened critical gone does not answer',
      'alert.cleared critical gone does not answer',
    ])
    expect(idsOf(receiver)[0]).toBe(due.id)
    expect(await state()).toMatchObject({ failedSince: null, lastError: null, sentAt: at(33) })

    receiver.mode = 'refuses'
    await setHost(id, 'offline')
    for (const minutes of [40, 41]) await care.look(minutes)
    for (let minutes = 42; minutes < 42 + 26 * 60; minutes += 2) await care.deliver(minutes)
    expect((await log_()).slice(2)).toEqual(['opened failed 11'])
    receiver.mode = 'takes'
    await setHost(id, 'online')
    for (const minutes of [2_000, 2_010]) await care.look(minutes)
    // Nobody was told that it was there.
    expect((await log_()).slice(2)).toEqual(['opened failed 11', 'cleared skipped 0'])
    expect(receiver.arrived).toHaveLength(2)
  })

  it('are queued with the event or not at all', async () => {
    const receiver = await begin()
    await host('torn', { observedStatus: 'offline' })
    const care = makeCare()
    await care.alone(0)
    const { prisma } = database
    // The same key is there already: the message cannot be written.
    const alertId = await one()
    const key = `${receiver.notifierId} ${alertId} critical`
    const row = { notifierId: receiver.notifierId, event: 'test', severity: 'warning', title: '', status: 'sent' }
    await prisma.delivery.create({ data: { ...row, id: newId('delivery'), key, createdAt: at(0), dueAt: at(0) } })
    await expect(care.alone(1)).rejects.toThrow()
    expect(await prisma.alertEvent.count()).toBe(0)
    expect(await prisma.alert.findUnique({ where: { id: alertId } })).toMatchObject({ openedAt: null })
    await prisma.delivery.deleteMany()
    await care.look(2)
    expect(told(receiver)).toEqual(['alert.opened critical torn does not answer'])
  })

  it('go only to notifiers that want them, one of which is down without holding up another', async () => {
    const receiver = await begin({ min_severity: 'critical' })
    const down = await webReceiver()
    onTestFinished(() => down.close())
    down.mode = 'hangs'
    await notifier('down', down.port)
    const kinds = await webReceiver()
    onTestFinished(() => kinds.close())
    await notifier('clocks', kinds.port, { kinds: ['clock'] })
    const off = await notifier('off', kinds.port)
    await database.prisma.notifier.update({ where: { id: off }, data: { enabled: false } })
    await host('dead', { observedStatus: 'offline' })
    await host('late', { clockSkewMs: -90_000 })
    const care = makeCare()
    await care.alone(0)
    await care.alone(1)
    const quick = makeCare({ isLeader: () => true })
    const running = quick.deliver(1)
    await vi.waitFor(() => expect(kinds.arrived).toHaveLength(1), { timeout: 20_000 })
    await vi.waitFor(() => expect(receiver.arrived).toHaveLength(1), { timeout: 20_000 })
    await down.close()
    await running
    expect(told(receiver)).toEqual(['alert.opened critical dead does not answer'])
    expect(told(kinds)).toEqual(['alert.opened warning late has a clock that is 90 s behind'])
    expect(await makeCare({ isLeader: () => false }).deliver(60)).toBeUndefined()
    expect(down.arrived).toEqual([])
  })

  it('wait for the end of a silence, and are not sent about what was acknowledged before or is over', async () => {
    const receiver = await begin()
    const { id } = await host('quiet', { observedStatus: 'offline' })
    const care = makeCare()
    await care.look(0)
    await care.alone(1)
    const until = new Date(Date.now() + 60 * MINUTE).toISOString()
    const params = { id: await one() }
    expect((await api.call('operator', silence, 'POST', { params, body: { until } })).status).toBe(200)
    await care.deliver(1)
    expect(await log_()).toEqual(['opened waiting 0'])
    // The time of a silence is that of the wall, which goes on while the test runs.
    const past = 61 + (Date.now() - start) / MINUTE
    await care.look(past)
    expect(told(receiver)).toEqual(['alert.opened critical quiet does not answer'])
    await setHost(id, 'online')
    for (const minutes of [past + 1, past + 7]) await care.look(minutes)
    expect(told(receiver)).toHaveLength(2)

    await setHost(id, 'offline')
    for (const minutes of [past + 20, past + 21]) await care.alone(minutes)
    const newest = await database.prisma.alert.findFirstOrThrow({ where: { clearedAt: null } })
    await api.call('operator', acknowledge, 'POST', { params: { id: newest.id }, body: {} })
    await care.deliver(past + 21)
    await setHost(id, 'online')
    for (const minutes of [past + 22, past + 30]) await care.look(minutes)
    expect((await log_()).slice(2)).toEqual(['opened skipped 0', 'cleared skipped 0'])
    expect(receiver.arrived).toHaveLength(2)
  })

  async function people(port: number, rules: object = {}): Promise<void> {
    const config = { server: `http://localhost:${port}`, topic: 'alerts' }
    const row = { id: newId('notifier'), name: 'people', type: 'ntfy', config, target: 'x', rules }
    await database.prisma.notifier.create({ data: row })
  }
  const pushed = ({ arrived }: Receiver<ReceivedRequest>) =>
    arrived.map(({ body }) => JSON.parse(body) as { title: string; message: string; tags: string[]; click: string })

  const manyAtOnce = async (count: number) => {
    const programs = await begin()
    const phone = await webReceiver()
    onTestFinished(() => phone.close())
    await people(phone.port)
    const name = (n: number) => `h-${String(n).padStart(4, '0')}`
    for (let n = 0; n < count; n++) await host(name(n), { observedStatus: 'offline' })
    const care = makeCare()
    await care.look(0)
    await Promise.all([care.look(1), makeCare().look(1)])
    expect(programs.arrived).toHaveLength(count)
    const [opened] = pushed(phone)
    expect(phone.arrived).toHaveLength(1)
    expect(opened).toMatchObject({
      title: `Critical: h-0000 does not answer, and ${count - 1} more`,
      click: 'https://h.example/alerts',
    })
    expect(opened?.message.split('\n')).toEqual([
      ...Array.from({ length: 10 }, (_, n) => `Critical: ${name(n)} does not answer`),
      `and ${count - 10} more.`,
      'https://h.example/alerts',
    ])
    await database.prisma.host.updateMany({ data: { observedStatus: 'online' } })
    phone.mode = 'refuses'
    for (const minutes of [2, 8]) await care.look(minutes)
    const waiting = () =>
      database.prisma.delivery.groupBy({ by: ['message', 'attempts'], where: { status: 'waiting' }, _count: true })
    expect(await waiting()).toEqual([{ message: expect.stringMatching(/^dlv_/), attempts: 1, _count: count }])
    await care.deliver(9)
    const [tried] = await waiting()
    expect(tried).toMatchObject({ attempts: 2, _count: count })
    phone.mode = 'takes'
    await makeCare().deliver(11)
    const [, over] = pushed(phone)
    expect(phone.arrived).toHaveLength(2)
    expect(over).toMatchObject({
      title: `Over: h-0000 does not answer, and ${count - 1} more`,
      tags: expect.arrayContaining([tried?.message]),
    })
    expect(over?.click).toBe('https://h.example/alerts?tab=past')
    expect(new Set(await log_())).toEqual(new Set(['opened sent 1', 'cleared sent 1', 'cleared sent 3']))
    expect(await waiting()).toEqual([])
  }
  it('are one for people where many come at once, also tried again, and one each for programs', () => manyAtOnce(40))
  it('are one for people where a thousand come at once', { tags: 'full', timeout: 240_000 }, () => manyAtOnce(1_000))

  it('are no more in an hour than the notifier may send, and what waits goes together', async () => {
    const programs = await begin()
    const phone = await webReceiver()
    onTestFinished(() => phone.close())
    await people(phone.port, { most_per_hour: 2 })
    const care = makeCare()
    for (const [n, minutes] of [0, 2, 4, 6, 8].entries()) {
      await host(`h-${n}`, { observedStatus: 'offline' })
      await care.look(minutes)
      await care.look(minutes + 1)
    }
    const first = ['Critical: h-0 does not answer', 'Critical: h-1 does not answer']
    expect(pushed(phone).map(({ title }) => title)).toEqual(first)
    expect(programs.arrived).toHaveLength(5)
    await care.deliver(30)
    expect(phone.arrived).toHaveLength(2)
    await care.deliver(32)
    expect(pushed(phone).map(({ title }) => title)).toEqual([...first, 'Critical: h-2 does not answer, and 2 more'])
  })

  it('come second after a while, and again every few hours, until somebody says that it is known', async () => {
    const receiver = await begin({ after_minutes: 15, remind_hours: 4 })
    const { id } = await host('long', { observedStatus: 'offline' })
    const care = makeCare()
    for (const minutes of [0, 1, 15]) await care.look(minutes)
    expect(told(receiver)).toEqual([])
    await care.look(17)
    const opened = 'alert.opened critical long does not answer'
    expect(told(receiver)).toEqual([opened])
    for (let minutes = 20; minutes < 17 + 9 * 60; minutes += 10) {
      await care.deliver(minutes)
      await makeCare().deliver(minutes)
    }
    const reminder = 'alert.reminder critical long does not answer'
    expect(told(receiver)).toEqual([opened, reminder, reminder])
    await api.call('operator', acknowledge, 'POST', { params: { id: await one() }, body: {} })
    for (let minutes = 560; minutes < 2_000; minutes += 60) await care.deliver(minutes)
    expect(told(receiver)).toHaveLength(3)
    await setHost(id, 'online')
    for (const minutes of [2_000, 2_010]) await care.look(minutes)
    expect(told(receiver).at(-1)).toBe('alert.cleared critical long does not answer')
  })

  it('go to those whose hosts they are about, and wait for the end of quiet hours unless they are critical', async () => {
    const hour = (minutes: number) => at(minutes).toISOString().slice(11, 16)
    const quiet = { from: hour(-5), to: hour(60), time_zone: 'UTC' }
    const receiver = await begin({ quiet_hours: quiet })
    const labelled = await webReceiver()
    onTestFinished(() => labelled.close())
    await notifier('databases', labelled.port, {
      host_labels: { role: 'db' },
      quiet_hours: { ...quiet, critical_passes: false },
    })
    await host('web-1', { clockSkewMs: -90_000, labels: { role: 'web' } })
    await host('db-1', { observedStatus: 'offline', labels: { role: 'db', site: 'a' } })
    const care = makeCare()
    for (const minutes of [0, 1]) await care.look(minutes)
    const critical = 'alert.opened critical db-1 does not answer'
    expect(told(receiver)).toEqual([critical])
    expect(told(labelled)).toEqual([])
    await care.look(62)
    expect(told(receiver)).toEqual([critical, 'alert.opened warning web-1 has a clock that is 90 s behind'])
    expect(told(labelled)).toEqual([critical])
  })
})

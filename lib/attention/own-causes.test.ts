import { expect, it } from 'vitest'
import { AlertCare } from '@/lib/controller/monitoring/alert-care'
import { createLocalBus } from '@/lib/events/bus'
import { PULSE_PREFIX, type Pulse } from '@/lib/health/schema'
import { newId } from '@/lib/ids'
import { createLog } from '@/lib/log'
import { watchProcess } from '@/lib/process-figures'
import { useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'

const MINUTE = 60_000
const DAY = 86_400_000

testDatabases('what is wrong with Holdfast itself', (database) => {
  const { read, titles, cause, clear } = useAttention(database)
  const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE)

  async function begin() {
    const { prisma } = database
    await clear()
    await prisma.alert.deleteMany()
    await prisma.notifier.deleteMany()
    await prisma.setting.deleteMany({ where: { key: { startsWith: PULSE_PREFIX } } })
  }
  async function notifier(name: string, failedSince: Date | null, enabled = true): Promise<string> {
    const id = newId('notifier')
    const config = { url: 'https://hooks.example.com/' }
    const row = { id, name, type: 'webhook', config, target: 'x', rules: {}, enabled, failedSince, lastError: 'no' }
    await database.prisma.notifier.create({ data: row })
    return id
  }
  /** Days until each certificate of a controller ends. */
  async function pulse(holder: string, days: Record<'authority' | 'controller' | 'fleet_port', number>) {
    const process = watchProcess('1.0.0')
    const end = (left: number) => new Date(Date.now() + left * DAY).toISOString()
    const value: Pulse = {
      at: new Date().toISOString(),
      every_ms: 10_000,
      is_leader: true,
      process: process.read(),
      sweep: null,
      certificates: {
        authority: end(days.authority),
        controller: end(days.controller),
        fleet_port: end(days.fleet_port),
      },
      sealing_keys: [],
    }
    process.stop()
    const key = `${PULSE_PREFIX}${holder}`
    await database.prisma.setting.upsert({ where: { key }, create: { key, value }, update: { value } })
  }

  it('is a notifier that takes no message for an hour, and worse after a day', async () => {
    await begin()
    await notifier('short', ago(50))
    const id = await notifier('long', ago(70))
    await notifier('lost', ago(25 * 60))
    await notifier('off', ago(25 * 60), false)
    await notifier('well', null)
    const view = await read()
    expect(titles(view)).toEqual(['critical lost: no message is taken', 'warning long: no message is taken'])
    const long = cause(view, 'long')
    expect(long).toMatchObject({ kind: 'notifier', subject: { kind: 'notifier', id }, reach: { hosts: { total: 0 } } })
    // Those who may not see notifiers see this.
    expect(JSON.stringify(view)).not.toContain('hooks.example.com')
  })

  it('is told by the notifiers that work', async () => {
    await begin()
    const { prisma } = database
    const broken = await notifier('broken', ago(70))
    const well = await notifier('well', null)
    const log = createLog('controller', 'error', (line) => expect.fail(line))
    const care = new AlertCare({ prisma, bus: createLocalBus(), log, isLeader: () => true })
    for (const minutes of [0, 1]) await care.look(new Date(Date.now() + minutes * MINUTE))
    const queued = await prisma.delivery.findMany({ select: { notifierId: true, title: true } })
    expect(queued).toEqual([{ notifierId: well, title: 'broken: no message is taken' }])
    await prisma.notifier.update({ where: { id: broken }, data: { failedSince: null } })
    for (const minutes of [2, 8]) await care.look(new Date(Date.now() + minutes * MINUTE))
    expect(await prisma.alert.findMany({ select: { subjectId: true, clearedAt: true } })).toEqual([
      { subjectId: broken, clearedAt: expect.any(Date) },
    ])
  })

  it('is a certificate near its end, the first to end of several controllers, each in its time', async () => {
    await begin()
    const well = { authority: 3_000, controller: 5, fleet_port: 5 }
    await pulse('a', well)
    expect(titles(await read())).toEqual([])
    await pulse('b', { authority: 100.5, controller: 1.5, fleet_port: -0.1 })
    const view = await read()
    expect(titles(view).toSorted()).toEqual([
      'critical Holdfast: the certificate of the fleet port has run out',
      'warning Holdfast: the certificate authority of the fleet runs out within 101 days',
      'warning Holdfast: the certificate of the controller runs out within 2 days',
    ])
    expect(view.data[0]).toMatchObject({ kind: 'own_certificate', subject: { kind: 'holdfast', id: null } })
    await pulse('b', { ...well, authority: 20 })
    expect(titles(await read())).toEqual([
      'critical Holdfast: the certificate authority of the fleet runs out within 20 days',
    ])
    await pulse('b', well)
    expect(titles(await read())).toEqual([])
  })
})

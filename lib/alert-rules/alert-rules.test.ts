import { expect, it, test } from 'vitest'
import { PUT as override, DELETE as reset } from '@/app/api/v1/alert-rules/[kind]/overrides/[subjectId]/route'
import { PATCH as change } from '@/app/api/v1/alert-rules/[kind]/route'
import { GET as readAll } from '@/app/api/v1/alert-rules/route'
import { GET as summary } from '@/app/api/v1/alerts/summary/route'
import { RuleSet, type StoredRule } from '@/lib/alert-rules/rule-set'
import { RuleView } from '@/lib/alert-rules/schema'
import { LASTS_MINUTES } from '@/lib/alerts/rules'
import { AlertSummary } from '@/lib/alerts/schema'
import { CauseKind } from '@/lib/attention/schema'
import { AlertCare } from '@/lib/controller/monitoring/alert-care'
import { createLocalBus } from '@/lib/events/bus'
import { list } from '@/lib/http/envelope'
import { createLog } from '@/lib/log'
import { useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'

const MINUTE = 60_000
const NONE: StoredRule = {
  kind: 'capacity',
  subjectId: '',
  isOn: null,
  warning: null,
  critical: null,
  lastsMinutes: null,
}

test('what is set for one thing goes before what is set for all, and that before what is delivered', () => {
  const rules = new RuleSet([
    { ...NONE, warning: 80 },
    { ...NONE, subjectId: 'bkd_1', critical: 99 },
    { ...NONE, subjectId: 'bkd_2', isOn: false, warning: 60 },
    { ...NONE, kind: 'clock', warning: 5, isOn: false, lastsMinutes: 10 },
  ])
  expect(rules.limits('capacity')).toEqual({ warning: 80, critical: 95, margin: 2 })
  expect(rules.limits('capacity', 'bkd_1')).toEqual({ warning: 80, critical: 99, margin: 2 })
  expect(['bkd_1', 'bkd_2', null].map((id) => rules.isOn('capacity', id))).toEqual([true, false, true])
  expect(rules.lowest('capacity')).toBe(58)
  // A small threshold has a small margin: it can be under it again.
  expect(rules.limits('clock')).toEqual({ warning: 5, margin: 2.5 })
  expect([rules.isOn('clock'), rules.lastsMs('clock'), rules.lastsMs('capacity')]).toEqual([
    false,
    10 * MINUTE,
    2 * MINUTE,
  ])
  expect(rules.widest('forecast')).toBe(9)
})

testDatabases('rules of alerts', (database) => {
  const { api, read, titles, host, nfs, clear } = useAttention(database)
  const log = createLog('controller', 'error', (line) => expect.fail(line))

  async function begin() {
    await clear()
    await database.prisma.alert.deleteMany()
    await database.prisma.alertRule.deleteMany()
  }
  const filled = (name: string, percent: bigint) =>
    nfs(name, `nas-${name}`, { totalBytes: 100n, usedBytes: percent, availableBytes: 100n - percent })
  const set = (kind: string, body: object, who: 'operator' | 'admin' = 'admin') =>
    api.call(who, change, 'PATCH', { params: { kind }, body })
  const own = (subjectId: string, body: object, kind = 'capacity') =>
    api.call('operator', override, 'PUT', { params: { kind, subjectId }, body })

  it('are all listed with what is delivered, and changed by administrators', async () => {
    await begin()
    const rules = list(RuleView).parse((await api.call('viewer', readAll, 'GET')).body).data
    expect(rules.map(({ kind }) => kind)).toEqual(CauseKind.options)
    expect(rules.map((rule) => rule.lasts_minutes)).toEqual(CauseKind.options.map((kind) => LASTS_MINUTES[kind]))
    expect((await set('capacity', { warning: 80 }, 'operator')).status).toBe(403)
    expect((await set('nothing', { enabled: false })).status).toBe(404)
    const refusals: [string, object, string][] = [
      ['capacity', { warning: 101 }, 'warning'],
      ['capacity', { warning: 96 }, 'warning'],
      ['capacity', { critical: 85 }, 'critical'],
      ['clock', { critical: 90 }, 'critical'],
      ['drift', { warning: 1 }, 'warning'],
      ['capacity', { lasts_minutes: 1441 }, 'lasts_minutes'],
    ]
    for (const [kind, body, field] of refusals) {
      const answer = await set(kind, body)
      expect([answer.status, answer.problem().fields?.[0]?.field], JSON.stringify(body)).toEqual([400, field])
    }
    const changed = (await set('capacity', { warning: 80, lasts_minutes: 15 })).data(RuleView)
    expect(changed).toMatchObject({
      warning: 80,
      critical: 95,
      lasts_minutes: 15,
      standard: { warning: 90, critical: 95, lasts_minutes: 2 },
      by: 'test admin',
    })
    expect((await set('capacity', { warning: null, lasts_minutes: null })).data(RuleView)).toMatchObject({
      warning: 90,
      by: null,
    })
  })

  it('hold for what needs attention at once, as a whole and for one backend', async () => {
    await begin()
    const [tight, roomy] = [await filled('tight', 82n), await filled('roomy', 97n)]
    await host('late', { clockSkewMs: 30_000 })
    expect(titles(await read())).toEqual(['critical roomy is 97 % full'])
    await set('clock', { warning: 20 })
    await own(tight.id, { warning: 70, critical: 80 })
    await own(roomy.id, { critical: 99 })
    expect(titles(await read()).toSorted()).toEqual([
      'critical tight is 82 % full',
      'warning late has a clock that is 30 s ahead',
      'warning roomy is 97 % full',
    ])
    const answer = await own(roomy.id, { enabled: false })
    expect(answer.data(RuleView).overrides).toMatchObject([
      { subject: { name: 'tight' }, in_force: { enabled: true, warning: 70, critical: 80 } },
      { subject: { name: 'roomy' }, enabled: false, critical: 99, in_force: { enabled: false, warning: 90 } },
    ])
    await set('clock', { enabled: false })
    expect(titles(await read())).toEqual(['critical tight is 82 % full'])
    const params = { kind: 'capacity', subjectId: tight.id }
    expect((await api.call('operator', reset, 'DELETE', { params })).status).toBe(200)
    expect((await api.call('operator', reset, 'DELETE', { params })).status).toBe(404)
    expect(titles(await read())).toEqual([])
    expect((await own(tight.id, {}, 'clock')).status).toBe(400)
    expect((await own('bkd_none', {})).status).toBe(404)
  })

  it('say how long it has to last, and the summary counts what is open', async () => {
    await begin()
    const start = Date.now()
    const care = new AlertCare({ prisma: database.prisma, bus: createLocalBus(), log, isLeader: () => true })
    const look = (minutes: number) => care.look(new Date(start + minutes * MINUTE))
    const seen = async () => (await api.call('viewer', summary, 'GET')).data(AlertSummary)
    await set('capacity', { lasts_minutes: 15 })
    await filled('full', 99n)
    const { id } = await host('away', { observedStatus: 'offline' })
    for (const minutes of [0, 1, 14]) await look(minutes)
    expect(await seen()).toMatchObject({ total: 1, counts: { critical: 1, warning: 0, drift: 0 } })
    await look(15)
    expect((await seen()).first.map(({ title }) => title)).toEqual(['full is 99 % full', 'away does not answer'])
    // What is switched off is over, as if it were gone.
    await set('capacity', { enabled: false })
    for (const minutes of [16, 21]) await look(minutes)
    expect((await seen()).first.map(({ subject }) => subject.id)).toEqual([id])
  })
})

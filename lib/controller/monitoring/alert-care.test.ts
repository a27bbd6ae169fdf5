import { expect, it } from 'vitest'
import { GET as readAlerts } from '@/app/api/v1/alerts/route'
import { AlertView } from '@/lib/alerts/schema'
import { AlertCare } from '@/lib/controller/monitoring/alert-care'
import { prune } from '@/lib/controller/settings-repository'
import { createLocalBus } from '@/lib/events/bus'
import { list } from '@/lib/http/envelope'
import { createLog } from '@/lib/log'
import { retentionFrom } from '@/lib/retention/schema'
import { SILENT, useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'

const SECOND = 1_000
const MINUTE = 60_000

testDatabases('alerts', (database) => {
  const { api, read, host, nfs, mount, show, clear } = useAttention(database)
  const start = Date.now()
  const at = (minutes: number) => new Date(start + minutes * MINUTE)

  const lead = { isLeader: true }
  const heard: string[] = []
  function makeCare() {
    const bus = createLocalBus()
    bus.subscribe(({ topic, id }) => void heard.push(`${topic} ${id}`))
    const log = createLog('controller', 'error', (line) => expect.fail(line))
    return new AlertCare({ prisma: database.prisma, bus, log, isLeader: () => lead.isLeader })
  }
  const alerts = async (query = '') =>
    list(AlertView).parse((await api.call('viewer', readAlerts, 'GET', { query })).body).data
  const brief = async (query = '') =>
    (await alerts(query)).map(({ severity, state, title }) => `${state} ${severity} ${title}`)
  const events = async () =>
    (await database.prisma.alertEvent.findMany({ orderBy: { id: 'asc' } })).map(({ kind }) => kind)
  async function begin() {
    await clear()
    await database.prisma.alert.deleteMany()
    heard.length = 0
    return makeCare()
  }

  it('are opened once for what lasts, whoever leads, and cleared once when it has been gone for five minutes', async () => {
    const one = await begin()
    const { id: hostId } = await host('last-1')
    const { id: backendId } = await nfs('last', 'nas-a')
    const mountId = await mount('last', backendId, { [hostId]: SILENT })
    await one.look(at(0))
    expect(await alerts()).toEqual([])
    expect((await read()).total).toBe(1)
    const two = makeCare()
    await Promise.all([one.look(at(1)), two.look(at(1))])
    const [alert] = await alerts()
    expect(alert).toMatchObject({
      id: expect.stringMatching(/^alr_/),
      cause_id: (await read()).data[0]?.id,
      kind: 'storage',
      severity: 'critical',
      state: 'open',
      subject: { kind: 'backend', id: backendId, name: 'last' },
      title: 'last: The storage does not answer.',
      reach: { hosts: { total: 1, first: [{ id: hostId, name: 'last-1' }] } },
      first_seen_at: at(0).toISOString(),
      opened_at: at(1).toISOString(),
      gone_since: null,
      cleared_at: null,
    })
    expect(heard).toEqual([`alert ${alert?.id}`])
    // A controller that starts anew goes on where the last one was.
    await makeCare().look(at(2))
    await show(mountId, hostId, { observedState: 'mounted', observedError: null, observedProblem: null })
    const three = makeCare()
    await three.look(at(3))
    expect(await alerts()).toMatchObject([{ state: 'open', gone_since: at(3).toISOString() }])
    const four = makeCare()
    await four.look(at(60))
    expect(await brief()).toEqual(['open critical last: The storage does not answer.'])
    await Promise.all([three.look(at(65)), four.look(at(65))])
    expect(await alerts()).toMatchObject([{ id: alert?.id, state: 'cleared', cleared_at: at(3).toISOString() }])
    expect(await events()).toEqual(['opened', 'cleared'])
    await four.look(at(66))
    await show(mountId, hostId, SILENT)
    await four.look(at(67))
    await four.look(at(68))
    const again = await alerts()
    expect(again.map(({ state }) => state)).toEqual(['open', 'cleared'])
    expect(new Set(again.map(({ cause_id }) => cause_id)).size).toBe(1)
  })

  it('are no matter of a controller that does not lead, and nothing that passes', async () => {
    const care = await begin()
    const { id } = await host('short', { observedStatus: 'offline' })
    lead.isLeader = false
    await care.look(at(0))
    expect(await database.prisma.alert.count()).toBe(0)
    lead.isLeader = true
    await care.look(at(1))
    expect(await database.prisma.alert.count()).toBe(1)
    await database.prisma.host.update({ where: { id }, data: { observedStatus: 'online' } })
    await care.look(new Date(at(1).getTime() + 30 * SECOND))
    expect(await database.prisma.alert.count()).toBe(0)
    expect(heard).toEqual([])
  })

  it('stay while a storage hovers around its limit, as what needs attention does, and say how full it is', async () => {
    const care = await begin()
    const { id } = await nfs('hover', 'nas-b', { totalBytes: 100n, usedBytes: 91n })
    const fill = (usedBytes: bigint) => database.prisma.backend.update({ where: { id }, data: { usedBytes } })
    await care.look(at(0))
    await care.look(at(5))
    expect(await brief()).toEqual(['open warning hover is 91 % full'])
    await fill(88n)
    await care.look(at(6))
    expect(await brief()).toEqual(['open warning hover is 88 % full'])
    expect((await read()).data.map(({ title }) => title)).toEqual(['hover is 88 % full'])
    await fill(87n)
    await care.look(at(7))
    expect((await read()).total).toBe(0)
    await fill(89n)
    await care.look(at(8))
    expect((await read()).total).toBe(0)
    await care.look(at(12))
    expect(await brief()).toEqual(['cleared warning hover is 88 % full'])
    expect(await events()).toEqual(['opened', 'cleared'])
  })

  it('are found by their state, severity, kind and subject, a page at a time', async () => {
    const care = await begin()
    const { id } = await host('sought', { observedStatus: 'offline' })
    await host('off', { observedStatus: 'online', clockSkewMs: -90_000 })
    await care.look(at(0))
    await care.look(at(1))
    expect(await brief()).toEqual(
      expect.arrayContaining([
        'open critical sought does not answer',
        'open warning off has a clock that is 90 s behind',
      ]),
    )
    expect(await brief('severity=warning,drift')).toEqual(['open warning off has a clock that is 90 s behind'])
    expect(await brief('kind=host_away&state=open')).toEqual(['open critical sought does not answer'])
    expect(await brief(`subject_id=${id}`)).toEqual(['open critical sought does not answer'])
    expect(await brief('state=cleared,silenced')).toEqual([])
    const answer = await api.call('viewer', readAlerts, 'GET', { query: 'limit=1' })
    const first = list(AlertView).parse(answer.body)
    expect(first).toMatchObject({ total: 2, data: [{ state: 'open' }], nextCursor: expect.any(String) })
    const rest = await alerts(`limit=1&cursor=${first.nextCursor}`)
    expect(rest[0]?.id).not.toBe(first.data[0]?.id)
  })

  it('are found by each storage behind a server that was silent, also when it came back before the others', async () => {
    const care = await begin()
    const { id: hostId } = await host('last-1')
    const names = ['a', 'b', 'c', 'd', 'e']
    const backends = await Promise.all(names.map((name) => nfs(name, 'nas-many')))
    const other = await nfs('other', 'nas-other')
    const mounts: string[] = []
    for (const { id, name } of backends) mounts.push(await mount(name, id, { [hostId]: SILENT }))
    await care.look(at(0))
    await care.look(at(1))
    for (const id of mounts.slice(1)) await show(id, hostId, { observedError: null, observedProblem: null })
    await care.look(at(2))
    expect(await alerts()).toMatchObject([{ subject: { kind: 'backend', name: 'a' } }])
    for (const { id } of backends) expect(await brief(`subject_id=${id}`)).toEqual([expect.stringMatching(/^open /)])
    expect(await brief(`subject_id=${other.id}`)).toEqual([])
    expect(await brief(`subject_id=${backends[4]?.id}&state=cleared`)).toEqual([])
    expect(await brief('subject_id=%25')).toEqual([])
  })

  it('are kept for 400 days once they are over, with what became of them', async () => {
    const care = await begin()
    const { prisma } = database
    await host('kept', { observedStatus: 'offline' })
    for (const minutes of [0, 1]) await care.look(at(minutes))
    await prisma.host.updateMany({ data: { observedStatus: 'online' } })
    for (const minutes of [2, 7]) await care.look(at(minutes))
    const days = (count: number) => at(2 + count * 24 * 60)
    const retention = retentionFrom(new Map())
    expect(await prune(prisma, days(399), retention)).toMatchObject({ alerts: 0 })
    expect(await events()).toEqual(['opened', 'cleared'])
    expect(await prune(prisma, days(401), retention)).toMatchObject({ alerts: 1 })
    expect(await events()).toEqual([])
  })
})

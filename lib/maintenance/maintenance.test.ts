import { expect, it } from 'vitest'
import { GET as readAlert } from '@/app/api/v1/alerts/[id]/route'
import { GET as readAlerts } from '@/app/api/v1/alerts/route'
import { PATCH as change, GET as readOne, DELETE as remove } from '@/app/api/v1/maintenance-windows/[id]/route'
import { POST as create, GET as readAll } from '@/app/api/v1/maintenance-windows/route'
import { whyMuted } from '@/lib/alerts/muted'
import { AlertDetail, AlertView } from '@/lib/alerts/schema'
import { AlertCare } from '@/lib/controller/monitoring/alert-care'
import { prune } from '@/lib/controller/settings-repository'
import { createLocalBus } from '@/lib/events/bus'
import { list } from '@/lib/http/envelope'
import { createLog } from '@/lib/log'
import { MaintenanceView } from '@/lib/maintenance/schema'
import { retentionFrom } from '@/lib/retention/schema'
import { SILENT, useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

testDatabases('a maintenance window', (database) => {
  const { api, read, titles, host, nfs, mount, clear } = useAttention(database)
  const start = Date.now()
  const later = (ms: number) => new Date(start + ms)
  const around = { repeat: 'once', from: later(-HOUR).toISOString(), until: later(HOUR).toISOString() }
  const log = createLog('controller', 'error', (line) => expect.fail(line))

  async function begin() {
    await clear()
    await database.prisma.alert.deleteMany()
    await database.prisma.maintenanceWindow.deleteMany()
    return new AlertCare({ prisma: database.prisma, bus: createLocalBus(), log, isLeader: () => true })
  }
  async function plan(kind: string, ids: string[], timing: object = around) {
    const body = { reason: 'New disks.', subjects: ids.map((id) => ({ kind, id })), timing }
    const answer = await api.call('operator', create, 'POST', { body })
    expect(answer.status, answer.text).toBe(201)
    return answer.data(MaintenanceView)
  }
  const states = async (query = '') =>
    list(AlertView)
      .parse((await api.call('viewer', readAlerts, 'GET', { query })).body)
      .data.map(({ state, title }) => `${state} ${title}`)
  const quiet = async () => {
    const view = await read()
    return { total: view.total, quiet: view.in_maintenance, hosts: view.counts.hosts, mounts: view.counts.mounts }
  }

  it('keeps what is wrong with a host from being told, also what only that host sees, and nothing else', async () => {
    await begin()
    const [a, b] = [await host('work-a'), await host('work-b')]
    const shared = await nfs('share', 'nas-1')
    const own = await nfs('own', 'nas-2')
    await mount('share', shared.id, { [a.id]: SILENT, [b.id]: SILENT })
    await mount('own', own.id, { [a.id]: SILENT })
    await plan('host', [a.id])
    const view = await read()
    expect(view).toMatchObject({ total: 2, acknowledged: 0, in_maintenance: 1, counts: { mounts: 1 } })
    // Last, whatever its reach.
    expect(view.data.map(({ subject, maintenance }) => [subject.name, maintenance?.reason])).toEqual([
      ['share', undefined],
      ['own', 'New disks.'],
    ])
    await database.prisma.host.update({ where: { id: a.id }, data: { observedStatus: 'offline' } })
    expect(await quiet()).toEqual({ total: 2, quiet: 1, hosts: 0, mounts: 1 })
    await database.prisma.host.update({ where: { id: b.id }, data: { observedStatus: 'offline' } })
    expect(await quiet()).toEqual({ total: 2, quiet: 1, hosts: 1, mounts: 0 })
  })

  it('of a backend holds for its mounts, and for a server when all that fails there is under maintenance', async () => {
    await begin()
    const { id: hostId } = await host('user')
    const [one, two] = [await nfs('one', 'nas-3'), await nfs('two', 'nas-3')]
    await mount('one', one.id, { [hostId]: SILENT })
    await mount('two', two.id, { [hostId]: SILENT })
    const busy = { observedState: 'error', observedError: 'Something is there.', observedProblem: 'mount.foreign' }
    await mount('in-the-way', one.id, { [hostId]: busy as object }, { mountPoint: '/mnt/in-the-way' })
    await plan('backend', [one.id])
    expect((await read()).data.map(({ maintenance }) => maintenance === null)).toEqual([true, false])
    await plan('backend', [two.id])
    expect(await read()).toMatchObject({ total: 2, in_maintenance: 2 })
  })

  it('holds alerts back while it lasts, and tells what is still there when it is over', async () => {
    const care = await begin()
    const { id: hostId } = await host('rebooting', { observedStatus: 'offline' })
    const window = await plan('host', [hostId])
    for (const minutes of [0, 1]) await care.look(later(minutes * MINUTE))
    const row = await database.prisma.alert.findFirstOrThrow()
    expect([whyMuted(row, later(0)), whyMuted(row, later(HOUR))]).toEqual(['It is under maintenance.', null])
    const one = async () => (await api.call('viewer', readAlert, 'GET', { params: { id: row.id } })).data(AlertDetail)
    expect(await one()).toMatchObject({
      state: 'maintenance',
      maintenance: { id: window.id, reason: 'New disks.', by: 'test operator', until: around.until },
    })
    expect(await states('state=open')).toEqual([])
    expect(await states('state=maintenance')).toEqual(['maintenance rebooting does not answer'])
    await care.look(later(HOUR))
    expect(await one()).toMatchObject({ state: 'open', maintenance: null })
    expect((await one()).events.map(({ kind }) => kind)).toEqual(['opened', 'maintenance_ended'])
  })

  it('counts at once for what is open already, and no more when it is deleted', async () => {
    const care = await begin()
    const { id: hostId } = await host('away', { observedStatus: 'offline' })
    for (const minutes of [-2, -1]) await care.look(later(minutes * MINUTE))
    expect(await states()).toEqual(['open away does not answer'])
    const { id } = await plan('host', [hostId])
    expect(await states()).toEqual(['maintenance away does not answer'])
    const gone = await api.call('operator', remove, 'DELETE', { params: { id } })
    expect(gone.status).toBe(200)
    expect(await states()).toEqual(['open away does not answer'])
    const events = await database.prisma.alertEvent.findMany({ orderBy: { id: 'asc' } })
    expect(events.map(({ kind, note }) => `${kind} ${note ?? ''}`)).toEqual([
      'opened ',
      'maintenance_began New disks.',
      'maintenance_ended ',
    ])
    expect(titles(await read())).toEqual(['critical away does not answer'])
  })

  it('is planned, listed, changed and ended by operators, and kept for a while', async () => {
    await begin()
    const { id: hostId } = await host('planned')
    const { id: backendId } = await nfs('planned', 'nas-4')
    const weekly = { repeat: 'weekly', on: ['sunday'], at: '03:00', minutes: 60, time_zone: 'Europe/Vienna' }
    const { id } = await plan('host', [hostId], weekly)
    await plan('backend', [backendId])
    const all = async (query = '') =>
      list(MaintenanceView).parse((await api.call('viewer', readAll, 'GET', { query })).body).data
    expect((await all()).map(({ subjects, timing }) => [subjects[0]?.name, timing.repeat])).toEqual([
      ['planned', 'once'],
      ['planned', 'weekly'],
    ])
    expect((await all(`subject_id=${hostId}`)).map((one) => one.id)).toEqual([id])
    expect((await all('state=active')).map(({ by }) => by)).toEqual(['test operator'])
    const until = later(-MINUTE).toISOString()
    const refusals: [object, string][] = [
      [{ timing: { repeat: 'once', from: later(-HOUR).toISOString(), until } }, 'timing.until'],
      [
        { timing: { repeat: 'once', from: later(HOUR).toISOString(), until: later(MINUTE).toISOString() } },
        'timing.until',
      ],
      [{ timing: { ...weekly, time_zone: 'Europe/Wien' } }, 'timing.time_zone'],
      [{ subjects: [{ kind: 'pool', id: hostId }] }, 'subjects.0.id'],
      [{ reason: ' ' }, 'reason'],
    ]
    for (const [body, field] of refusals) {
      const answer = await api.call('operator', change, 'PATCH', { params: { id }, body })
      expect([answer.status, answer.problem().fields?.[0]?.field]).toEqual([400, field])
    }
    expect((await api.call('viewer', change, 'PATCH', { params: { id }, body: { reason: 'x' } })).status).toBe(403)
    const changed = await api.call('operator', change, 'PATCH', { params: { id }, body: { reason: 'Updates.' } })
    expect(changed.data(MaintenanceView)).toMatchObject({
      reason: 'Updates.',
      timing: weekly,
      subjects: [{ id: hostId }],
    })
    await database.prisma.host.delete({ where: { id: hostId } })
    const read = await api.call('viewer', readOne, 'GET', { params: { id } })
    expect(read.data(MaintenanceView).subjects).toEqual([])
    await prune(database.prisma, later(89 * 24 * HOUR), retentionFrom(new Map()))
    expect(await all()).toHaveLength(2)
    await prune(database.prisma, later(91 * 24 * HOUR), retentionFrom(new Map()))
    expect((await all()).map((one) => one.id)).toEqual([id])
  })
})

import { expect, it } from 'vitest'
import { POST as acknowledge, DELETE as takeBack } from '@/app/api/v1/alerts/[id]/acknowledgement/route'
import { GET as readOne } from '@/app/api/v1/alerts/[id]/route'
import { POST as silence } from '@/app/api/v1/alerts/[id]/silence/route'
import { GET as readAll } from '@/app/api/v1/alerts/route'
import { POST as acknowledgeCause } from '@/app/api/v1/attention/[id]/acknowledgement/route'
import { DELETE as endSilence } from '@/app/api/v1/silences/[id]/route'
import { POST as makeSilence, GET as readSilences } from '@/app/api/v1/silences/route'
import { AlertDetail, AlertView, SilenceView } from '@/lib/alerts/schema'
import { AlertCare } from '@/lib/controller/monitoring/alert-care'
import { createLocalBus } from '@/lib/events/bus'
import { list } from '@/lib/http/envelope'
import { createLog } from '@/lib/log'
import { SILENT, useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

testDatabases('an alert', (database) => {
  const { api, read, host, nfs, mount, show, clear } = useAttention(database)
  const start = Date.now()
  const later = (ms: number) => new Date(start + ms)

  /** One open alert: a storage that is silent on one of two hosts. */
  async function open() {
    await clear()
    await database.prisma.alert.deleteMany()
    const log = createLog('controller', 'error', (line) => expect.fail(line))
    const care = new AlertCare({ prisma: database.prisma, bus: createLocalBus(), log, isLeader: () => true })
    const [a, b] = [await host('one'), await host('two')]
    const { id: backendId } = await nfs('share', 'nas-z')
    const mountId = await mount('share', backendId, { [a.id]: SILENT, [b.id]: {} })
    await care.look(later(-2 * MINUTE))
    await care.look(later(-MINUTE))
    const { id } = await database.prisma.alert.findFirstOrThrow()
    return { id, care, mountId, a: a.id, b: b.id }
  }
  const one = async (id: string) => (await api.call('viewer', readOne, 'GET', { params: { id } })).data(AlertDetail)
  const act = (route: typeof acknowledge, id: string, body: object = {}, role: 'viewer' | 'operator' = 'operator') =>
    api.call(role, route, 'POST', { params: { id }, body })
  const stateIn = async (query: string) =>
    list(AlertView)
      .parse((await api.call('viewer', readAll, 'GET', { query })).body)
      .data.map(({ state }) => state)
  const silences = async () => list(SilenceView).parse((await api.call('viewer', readSilences, 'GET')).body)
  const happened = async (id: string) => (await one(id)).events.map(({ kind, severity }) => `${kind} ${severity}`)
  const well = { observedState: 'mounted', observedError: null, observedProblem: null } as const

  it('is acknowledged in one place for both, until it gets worse', async () => {
    const { id, care, mountId, b } = await open()
    expect((await act(acknowledge, id, {}, 'viewer')).status).toBe(403)
    expect((await act(acknowledge, 'alr_none')).status).toBe(404)
    const answer = await act(acknowledge, id, { note: 'The disk is on its way.' })
    expect(answer.data(AlertDetail)).toMatchObject({
      state: 'acknowledged',
      acknowledged: { by: 'test operator', note: 'The disk is on its way.', until: null },
    })
    expect(await read()).toMatchObject({ total: 1, acknowledged: 1, counts: { mounts: 0 } })
    expect(await stateIn('state=open')).toEqual([])
    expect(await stateIn('state=acknowledged')).toEqual(['acknowledged'])
    expect(await stateIn('state=silenced')).toEqual([])
    await show(mountId, b, SILENT)
    await care.look(later(0))
    expect(await one(id)).toMatchObject({ state: 'open', severity: 'critical', acknowledged: null })
    expect(await happened(id)).toEqual(['opened warning', 'acknowledged warning', 'worse critical'])
    expect(await read()).toMatchObject({ acknowledged: 0 })
  })

  it('is silent until a time whatever becomes of it, and what needs attention is too', async () => {
    const { id, care, mountId, a, b } = await open()
    expect((await act(silence, id, { until: later(-HOUR).toISOString() })).problem()).toMatchObject({
      status: 400,
      fields: [{ field: 'until' }],
    })
    expect((await act(silence, id)).status).toBe(400)
    const until = later(HOUR).toISOString()
    expect((await act(silence, id, { until })).data(AlertDetail)).toMatchObject({
      state: 'silenced',
      acknowledged: { until },
    })
    await show(mountId, b, SILENT)
    await care.look(later(0))
    expect(await one(id)).toMatchObject({ state: 'silenced', severity: 'critical' })
    expect(await read()).toMatchObject({ acknowledged: 1, data: [{ severity: 'critical', acknowledged: { until } }] })
    expect(await stateIn('state=silenced')).toEqual(['silenced'])
    for (const hostId of [a, b]) await show(mountId, hostId, well)
    for (const minutes of [1, 6]) await care.look(later(minutes * MINUTE))
    expect(await one(id)).toMatchObject({ state: 'cleared', acknowledged: { until } })
    await show(mountId, b, SILENT)
    for (const minutes of [7, 8]) await care.look(later(minutes * MINUTE))
    expect(await stateIn('')).toEqual(['silenced', 'cleared'])
    const [silenced] = (await silences()).data
    expect(silenced).toMatchObject({
      alert: { state: 'silenced', title: expect.any(String) },
      by: 'test operator',
      until,
    })
    await care.look(later(HOUR))
    expect(await stateIn('')).toEqual(['open', 'cleared'])
    expect(await happened(id)).toEqual(['opened warning', 'silenced warning', 'worse critical', 'cleared critical'])
  })

  it('is silenced and heard again by the list of silences too', async () => {
    const { id } = await open()
    const until = later(HOUR).toISOString()
    const body = { alert_id: id, until, note: 'New disks' }
    expect((await api.call('viewer', makeSilence, 'POST', { body })).status).toBe(403)
    expect((await api.call('operator', makeSilence, 'POST', { body: { alert_id: id } })).status).toBe(400)
    expect((await api.call('operator', makeSilence, 'POST', { body: { ...body, alert_id: 'alr_none' } })).status).toBe(
      404,
    )
    expect((await api.call('operator', makeSilence, 'POST', { body })).data(AlertDetail)).toMatchObject({
      state: 'silenced',
    })
    const { data, total } = await silences()
    expect(data).toMatchObject([{ alert: { id, state: 'silenced' }, note: 'New disks', until }])
    expect(total).toBe(1)
    const end = () => api.call('operator', endSilence, 'DELETE', { params: { id: data[0]?.id ?? '' } })
    expect((await end()).status).toBe(200)
    expect((await silences()).data).toEqual([])
    expect(await one(id)).toMatchObject({ state: 'open' })
    expect((await end()).status).toBe(404)
  })

  it('may be acknowledged where it needs attention, taken back, and not when it is over', async () => {
    const { id, care, mountId, a } = await open()
    const [cause] = (await read()).data
    expect((await act(acknowledgeCause, cause?.id ?? '')).status).toBe(200)
    expect(await one(id)).toMatchObject({ state: 'acknowledged' })
    const remove = () => api.call('operator', takeBack, 'DELETE', { params: { id } })
    expect((await remove()).data(AlertDetail)).toMatchObject({ state: 'open' })
    expect((await remove()).status).toBe(404)
    expect(await read()).toMatchObject({ acknowledged: 0 })
    expect(await happened(id)).toEqual(['opened warning', 'acknowledged warning', 'taken_back warning'])
    await show(mountId, a, well)
    await care.look(later(0))
    expect((await act(acknowledge, id)).problem()).toMatchObject({
      status: 409,
      detail: expect.stringContaining('not seen'),
    })
    await care.look(later(5 * MINUTE))
    expect(await one(id)).toMatchObject({ state: 'cleared', cleared_at: later(0).toISOString() })
    expect((await act(acknowledge, id)).problem()).toMatchObject({
      status: 409,
      detail: expect.stringContaining('over'),
    })
  })
})

import { beforeEach, expect, it } from 'vitest'
import { PUT as override } from '@/app/api/v1/alert-rules/[kind]/overrides/[subjectId]/route'
import { PATCH as changeRule } from '@/app/api/v1/alert-rules/[kind]/route'
import { GET as GET_OF_HOST } from '@/app/api/v1/hosts/[id]/availability/route'
import { GET } from '@/app/api/v1/storage/backends/[id]/health/route'
import { dayOf } from '@/lib/availability/days'
import { BackendHealth, HostAvailability } from '@/lib/availability/schema'
import { useAttention } from '@/testing/attention'
import { testDatabases } from '@/testing/database'

const HOUR = 3_600

testDatabases('availability against an objective', (database) => {
  const { api, read, titles, host, nfs, mount, show, clear } = useAttention(database)
  const health = async (id: string) => (await api.call('viewer', GET, 'GET', { params: { id } })).data(BackendHealth)

  async function counted(backendId: string, hostId: string, days: readonly (readonly [number, number, number])[]) {
    const { prisma } = database
    const { id: reachId } = await prisma.reach.create({ data: { backendId, hostId, countedUntil: new Date() } })
    const today = dayOf(new Date())
    const row = { reachId, outages: 1 }
    await prisma.healthDay.createMany({
      data: days.map(([ago, wellSeconds, failingSeconds]) => ({
        ...row,
        day: today - ago,
        wellSeconds,
        failingSeconds,
      })),
    })
    return reachId
  }
  beforeEach(clear)
  beforeEach(async () => void (await database.prisma.alertRule.deleteMany()))

  it('tells it by host and in sum, with what is left of the budget', async () => {
    const [one, two] = [await host('web-1'), await host('web-2')]
    const { id } = await nfs('films', 'nas.example.org')
    await mount('films', id, {
      [one.id]: {},
      [two.id]: {
        usage: { totalBytes: 1, usedBytes: 1, activity: { seconds: 300, latencyMs: { mean: 2, most: 9 }, io: null } },
      },
    })
    await counted(id, one.id, [
      [0, 9 * HOUR, HOUR],
      [29, 10 * HOUR, 0],
      // Before the window.
      [30, 0, 24 * HOUR],
    ])
    await counted(id, two.id, [[1, 20 * HOUR, 0]])
    const view = await health(id)
    expect(view).toMatchObject({
      objective_percent: 99.9,
      window_days: 30,
      well_seconds: 39 * HOUR,
      failing_seconds: HOUR,
      outages: 3,
      hosts: [
        { host: { name: 'web-1' }, availability_percent: 95, failing_seconds: HOUR, outages: 2, latency_ms: null },
        {
          host: { name: 'web-2' },
          availability_percent: 100,
          budget_left_percent: 100,
          latency_ms: { mean: 2, most: 9 },
        },
      ],
    })
    expect(view.availability_percent).toBeCloseTo(97.5)
    // 43.2 minutes for each host.
    expect(view.budget_left_percent).toBeCloseTo((1 - 60 / 86.4) * 100)
    expect(view.hosts[0]?.budget_left_percent).toBeCloseTo((1 - 60 / 43.2) * 100)
    const params = { kind: 'availability', subjectId: id }
    await api.call('operator', override, 'PUT', { params, body: { warning: 99 } })
    expect(await health(id)).toMatchObject({ objective_percent: 99 })
  })

  it('counts what goes on now', async () => {
    const { prisma } = database
    const [one, backend] = [await host('web-1'), await nfs('films', 'nas.example.org')]
    const mounted = await mount('films', backend.id, { [one.id]: {} })
    await show(mounted, one.id, { observedState: 'hung', observedProblem: 'mount.hung', observedError: 'Silent.' })
    const since = new Date(Date.now() - 60_000)
    await prisma.reach.create({
      data: { backendId: backend.id, hostId: one.id, health: 2, healthSince: since, countedUntil: since },
    })
    const [shown] = (await health(backend.id)).hosts
    expect(shown).toMatchObject({
      state: 'failing',
      since: since.toISOString(),
      availability_percent: 0,
      explanation: { id: 'mount.hung' },
    })
    expect(shown?.failing_seconds).toBeGreaterThanOrEqual(60)
    expect(shown?.failing_seconds).toBeLessThan(70)
  })

  it('tells of a host how each of its storages was, by the objective of each', async () => {
    const [one, two] = [await host('web-1'), await host('web-2')]
    const [films, music, old] = [
      await nfs('films', 'nas.example.org'),
      await nfs('music', 'nas.example.org'),
      await nfs('old', 'nas.example.org'),
    ]
    await mount('films', films.id, { [one.id]: {}, [two.id]: {} })
    const told = { totalBytes: 1, usedBytes: 1, activity: { seconds: 300, latencyMs: { mean: 2, most: 9 }, io: null } }
    const mounted = await mount('music', music.id, { [one.id]: { usage: told } })
    await counted(films.id, one.id, [[0, 20 * HOUR, 0]])
    await counted(films.id, two.id, [[0, 0, 20 * HOUR]])
    const reachId = await counted(music.id, one.id, [[1, 9 * HOUR, HOUR]])
    // It was taken away before the window.
    await counted(old.id, one.id, [[40, 5 * HOUR, 5 * HOUR]])
    await database.prisma.reach.update({ where: { id: reachId }, data: { health: 2 } })
    const wrong = { observedState: 'hung', observedProblem: 'mount.hung', observedError: 'Silent.' } as const
    await show(mounted, one.id, wrong)
    const params = { kind: 'availability', subjectId: music.id }
    await api.call('operator', override, 'PUT', { params, body: { warning: 90 } })
    const answer = await api.call('viewer', GET_OF_HOST, 'GET', { params: { id: one.id } })
    const view = answer.data(HostAvailability)
    expect(view).toMatchObject({
      window_days: 30,
      well_seconds: 29 * HOUR,
      outages: 2,
      backends: [
        {
          backend: { id: music.id, name: 'music' },
          objective_percent: 90,
          state: 'failing',
          outages: 1,
          explanation: { id: 'mount.hung' },
          latency_ms: { mean: 2, most: 9 },
        },
        { backend: { name: 'films' }, objective_percent: 99.9, availability_percent: 100, budget_left_percent: 100 },
      ],
    })
    expect(view.availability_percent).toBeCloseTo((29 / 30) * 100, 1)
    // An hour of the three days that 90 % leave.
    expect(view.backends[0]?.budget_left_percent).toBeCloseTo((1 - 1 / 72) * 100, 1)
    expect((await api.call('viewer', GET_OF_HOST, 'GET', { params: { id: 'hst_none' } })).status).toBe(404)
  })

  it('is a cause once the budget is used up, by the objective of the backend', async () => {
    const [one, two] = [await host('web-1'), await host('web-2')]
    const { id } = await nfs('films', 'nas.example.org')
    await mount('films', id, { [one.id]: {}, [two.id]: {} })
    await counted(id, two.id, [])
    await counted(id, one.id, [[3, 0, 80 * 60]])
    expect(titles(await read()), 'two hosts may fail for 86.4 minutes together').toEqual([])
    await database.prisma.healthDay.updateMany({ data: { failingSeconds: 100 * 60 } })
    const view = await read()
    expect(titles(view)).toEqual([
      'warning films could not be used for 50 min of the last 30 days, more than 99.9 % leave',
    ])
    expect(view.data[0]).toMatchObject({ kind: 'availability', reach: { hosts: { total: 1 }, backends: { total: 1 } } })
    await api.call('admin', changeRule, 'PATCH', { params: { kind: 'availability' }, body: { warning: 99.5 } })
    expect(titles(await read())).toEqual([])
    const bad = await api.call('admin', changeRule, 'PATCH', {
      params: { kind: 'availability' },
      body: { warning: 101 },
    })
    expect(bad.status).toBe(400)
  })

  it('knows nothing of what was never counted', async () => {
    const { id } = await nfs('films', 'nas.example.org')
    expect(await health(id)).toMatchObject({ availability_percent: null, budget_left_percent: null, hosts: [] })
    expect((await api.call('viewer', GET, 'GET', { params: { id: 'bkd_none' } })).status).toBe(404)
  })
})

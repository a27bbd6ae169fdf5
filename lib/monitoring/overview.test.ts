import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { GET as getCapacity } from '@/app/api/v1/monitoring/capacity/route'
import { GET as getOverview } from '@/app/api/v1/monitoring/overview/route'
import { GET as getTrends } from '@/app/api/v1/monitoring/trends/route'
import { CapacityHistory } from '@/lib/controller/monitoring/capacity-history'
import { createLog } from '@/lib/log'
import { refreshForecasts } from '@/lib/monitoring/forecasts'
import { FleetMetrics, MonitoringOverview, TREND_DAYS, TrendView } from '@/lib/monitoring/schema'
import { DAILY, DAY_MS, slotOf } from '@/lib/monitoring/steps'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost } from '@/testing/factories'

const GIB = 2 ** 30
const NOW = new Date('2026-11-30T12:00:00Z')

testDatabases('all storages together', (database) => {
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW }))
  afterAll(() => void vi.useRealTimers())
  const api = useTestApi(database)
  const overview = async () => (await api.call('viewer', getOverview, 'GET')).data(MonitoringOverview)
  const trends = async (query = '') => (await api.call('viewer', getTrends, 'GET', { query })).data(TrendView.array())

  /** In GiB, one level a day, the last of them of today; null: nothing was measured. */
  async function measured(subjectId: string, used: readonly (number | null)[], total: number | null, hostId = '') {
    const { id: seriesId } = await database.prisma.capacitySeries.create({ data: { subjectId, hostId } })
    await database.prisma.capacityPoint.createMany({
      data: used.flatMap((gib, at) =>
        gib === null
          ? []
          : {
              step: DAILY.minutes,
              slot: slotOf(new Date(NOW.getTime() - (used.length - 1 - at) * DAY_MS), DAILY),
              seriesId,
              totalBytes: total === null ? null : total * GIB,
              usedBytes: gib * GIB,
              availableBytes: total === null ? null : (total - gib) * GIB,
            },
      ),
    })
  }
  const growing = (days: number, from: number, by: number) => Array.from({ length: days }, (_, at) => from + at * by)
  const nfs = (name: string) => makeBackend(database.prisma, { name, driver: 'nfs', config: {} })
  const pool = (id: string, backendId: string) =>
    database.prisma.pool.create({ data: { id, name: id.replace('_', '-'), backendId, settings: {} } })
  const names = (views: readonly { name: string }[]) => views.map(({ name }) => name)

  it('are empty, and no error, where nothing was measured', async () => {
    await nfs('never measured')
    expect(await overview()).toEqual({
      total_bytes: null,
      used_bytes: null,
      available_bytes: null,
      growth_bytes_per_day: null,
      storage_count: 0,
      unmeasured_count: 1,
      fills_first: [],
      grows_fastest: [],
      places: [],
      other_places: null,
    })
    expect(await trends()).toEqual([])
    const { history } = (await api.call('viewer', getCapacity, 'GET')).data(FleetMetrics)
    expect(history).toMatchObject({ points: [], forecast: null, host: null })
  })

  it('count each storage once, and name what is full first, what grows fastest and what is largest', async () => {
    const { prisma } = database
    const [soon, later, large, silent] = [
      await nfs('soon'),
      await nfs('later'),
      await nfs('large'),
      await nfs('silent'),
    ]
    await measured(soon.id, growing(40, 400, 10), 1_000)
    await measured(later.id, growing(10, 500, 5), 1_000)
    await measured(large.id, growing(40, 3_000, 30), 50_000)
    await measured(silent.id, [...growing(40, 400, 1), null, null], 1_000)
    const bucket = await makeBackend(prisma, { name: 'bucket', driver: 's3', config: {} })
    await measured(bucket.id, [7], null)
    // A pool of files lies within its backend; a pool on a LUN stands for the LUN, which nobody measures by itself.
    await pool('pol_files', soon.id)
    await measured('pol_files', growing(40, 400, 10), 1_000)
    const lun = await makeBackend(prisma, { name: 'lun', driver: 'iscsi-lvm', config: {} })
    await measured(lun.id, [1], 2_000)
    await pool('pol_lun', lun.id)
    await measured('pol_lun', [100], 2_000)
    const own = await makeBackend(prisma, { name: 'own' })
    const [one, two] = [await makeHost(prisma, { name: 'web-1' }), await makeHost(prisma, { name: 'web-2' })]
    await measured(own.id, growing(10, 10, 0), 100, one.id)
    await measured(own.id, growing(10, 50, 1), 100, two.id)
    await measured('bkd_gone', [5], 10)
    await refreshForecasts(prisma, NOW)

    const found = await overview()
    expect(found).toMatchObject({
      total_bytes: 54_200 * GIB,
      used_bytes: (790 + 545 + 4_170 + 100 + 10 + 59) * GIB,
      storage_count: 6,
      unmeasured_count: 2,
    })
    expect(names(found.fills_first)).toEqual(['soon', 'own', 'later'])
    expect(found.fills_first[1]?.host).toEqual({ id: two.id, name: 'web-2' })
    expect(names(found.grows_fastest)).toEqual(['large', 'soon', 'later', 'own'])
    expect(names(found.places)).toEqual(['large', 'lun', 'soon', 'later', 'own'])
    expect((found.growth_bytes_per_day ?? 0) / GIB).toBeCloseTo((300 + 900) / 29.5 + (35 + 7) / 6.5, 5)
    expect(found.places.at(-1)).toMatchObject({
      noun: 'backend',
      host_count: 2,
      total_bytes: 200 * GIB,
      used_bytes: 69 * GIB,
    })
    expect(found.other_places).toBeNull()
  })

  it('have a trend each, of which one request has all', async () => {
    const found = await trends()
    expect(names(found).toSorted()).toEqual(
      ['bucket', 'large', 'later', 'lun', 'own', 'pol-files', 'pol-lun', 'soon'].toSorted(),
    )
    expect(names(await trends('noun=pool')).toSorted()).toEqual(['pol-files', 'pol-lun'])
    const soon = found.find(({ name }) => name === 'soon')
    expect(soon).toMatchObject({
      noun: 'backend',
      type: 'nfs',
      host: null,
      total_bytes: 1_000 * GIB,
      used_bytes: 790 * GIB,
    })
    expect(soon?.used_percent).toEqual(growing(TREND_DAYS, 50, 1))
    // A point of a day is of its end: half a day ago it was 10 GiB less.
    expect((soon?.growth_bytes_per_day ?? 0) / GIB).toBeCloseTo(300 / 29.5, 5)
    expect(Date.parse(soon?.full_at ?? '') - NOW.getTime()).toBeCloseTo(21 * DAY_MS, -4)
    const later = found.find(({ name }) => name === 'later')
    expect(later?.used_percent.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => null))
    expect((later?.growth_bytes_per_day ?? 0) / GIB).toBeCloseTo(35 / 6.5, 5)
    const bucket = found.find(({ name }) => name === 'bucket')
    expect(bucket).toMatchObject({ total_bytes: null, growth_bytes_per_day: null, full_at: null })
    expect(bucket?.used_percent.every((percent) => percent === null)).toBe(true)
    expect(found.find(({ name }) => name === 'own')?.host?.name).toBe('web-2')
    const perHost = await trends('per=host')
    expect(perHost.map(({ host, name, full_at }) => [host?.name, name, full_at !== null]).toSorted()).toEqual([
      ['web-1', 'own', false],
      ['web-2', 'own', true],
    ])
  })

  it('have a history of their sum, which the controller that leads keeps and nothing deletes', async () => {
    const { prisma } = database
    const measure = (name: string, usedBytes: bigint) =>
      prisma.backend.updateMany({
        where: { name },
        data: { usageAt: NOW, totalBytes: 1_000n, usedBytes, availableBytes: 900n - usedBytes },
      })
    const history = new CapacityHistory({
      prisma,
      log: createLog('controller', 'error', (line) => expect.fail(line)),
      isLeader: () => true,
    })
    await measure('soon', 100n)
    await measure('large', 200n)
    expect(await history.look(NOW)).toBe(2)
    await history.prune(NOW)
    const kept = async () => {
      const answer = await api.call('viewer', getCapacity, 'GET', { query: 'range=1y' })
      return answer.data(FleetMetrics).history.points
    }
    const sum = { total_bytes: 2_000, used_bytes: 300, available_bytes: 1_500 }
    expect(await kept()).toMatchObject([sum])
    // One of them is silent until the next day, and counts as it was.
    const later = new Date(NOW.getTime() + DAY_MS * 0.8)
    vi.setSystemTime(later)
    await prisma.backend.updateMany({ where: { name: 'large' }, data: { usageAt: later, usedBytes: 500n } })
    await history.look(later)
    expect(await kept()).toMatchObject([sum, { total_bytes: 2_000, used_bytes: 600 }])
  })
})

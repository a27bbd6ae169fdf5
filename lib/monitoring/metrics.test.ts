import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { GET as whatIfOf } from '@/app/api/v1/storage/backends/[id]/forecast/route'
import { GET as ofBackend } from '@/app/api/v1/storage/backends/[id]/metrics/route'
import { GET as ofMount } from '@/app/api/v1/storage/mounts/[id]/metrics/route'
import { GET as ofPool } from '@/app/api/v1/storage/pools/[id]/metrics/route'
import type { Route } from '@/lib/http/define-route'
import { savePoints } from '@/lib/monitoring/history-repository'
import { BackendMetrics, type CapacityHistoryView, MountMetrics, WhatIfView } from '@/lib/monitoring/schema'
import { DAY_MS } from '@/lib/monitoring/steps'
import { PoolMetrics } from '@/lib/pools/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

const GIB = 2 ** 30
/** A little after the beginning of a day, an hour, 4 hours: what lies `days` before lies in a stretch of its own. */
const NOW = Date.parse('2026-11-30T00:00:00Z')
const hours = (count: number) => count / 24

testDatabases('figures over time', (database) => {
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW + 90_000 }))
  afterAll(() => void vi.useRealTimers())
  const api = useTestApi(database)
  const read = (route: Route, id: string, query: string) => api.call('viewer', route, 'GET', { params: { id }, query })
  const ofBackendIn = async (id: string, query = ''): Promise<CapacityHistoryView> =>
    (await read(ofBackend, id, query)).data(BackendMetrics).history

  /** So much was used so many days ago. */
  async function measured(
    subjectId: string,
    levels: readonly [days: number, used: number][],
    hostId = '',
    total = 1_000,
    provisionedBytes: bigint | null = null,
  ) {
    const { id: seriesId } = await database.prisma.capacitySeries.create({ data: { subjectId, hostId } })
    for (const [days, used] of levels)
      await savePoints(database.prisma, [
        {
          subjectId,
          hostId,
          seriesId,
          at: new Date(NOW - days * DAY_MS),
          totalBytes: BigInt(total * GIB),
          usedBytes: BigInt(used * GIB),
          availableBytes: BigInt((total - used) * GIB),
          metadataPercent: null,
          totalInodes: 1_000n,
          usedInodes: BigInt(used),
          provisionedBytes,
        },
      ])
  }
  const usedOf = ({ points }: CapacityHistoryView) =>
    points.map((point) => [(NOW - Date.parse(point.at)) / DAY_MS, point.used_bytes / GIB])

  it('have the last, the least and the most of each stretch, and nothing where nothing was measured', async () => {
    const { id } = await makeBackend(database.prisma, { driver: 'nfs', config: {} })
    expect(await ofBackendIn(id)).toEqual({
      range: '24h',
      step_seconds: 300,
      host: null,
      hosts: [],
      points: [],
      forecast: null,
    })
    await measured(id, [
      [300, 100],
      [40, 200],
      [5, 500],
      [5 - hours(1), 900],
      [5 - hours(2), 300],
      [hours(2) + hours(0.5), 400],
      [hours(2), 410],
    ])
    const [day, week, quarter, year] = await Promise.all(
      ['24h', '7d', '90d', '1y'].map((range) => ofBackendIn(id, `range=${range}`)),
    )
    expect(day?.step_seconds).toBe(300)
    expect(usedOf(day as CapacityHistoryView)).toEqual([
      [hours(2.5), 400],
      [hours(2), 410],
    ])
    expect(usedOf(week as CapacityHistoryView).map(([, used]) => used)).toEqual([500, 900, 300, 400, 410])
    expect(quarter?.step_seconds).toBe(4 * 3_600)
    expect(quarter?.points[1]).toEqual({
      at: new Date(NOW - 5 * DAY_MS).toISOString(),
      total_bytes: 1_000 * GIB,
      used_bytes: 300 * GIB,
      available_bytes: 700 * GIB,
      metadata_percent: null,
      total_inodes: 1_000,
      used_inodes: 300,
      provisioned_bytes: null,
      overcommit: null,
      least_used_bytes: 300 * GIB,
      most_used_bytes: 900 * GIB,
    })
    expect(usedOf(year as CapacityHistoryView)).toEqual([
      [300, 100],
      [40, 200],
      [5, 300],
      [1, 410],
    ])
    // Too few days.
    expect(year?.forecast).toBeNull()
  })

  it('say when it is full, by how it grew', async () => {
    const { id } = await makeBackend(database.prisma, { driver: 'nfs', config: {} })
    await measured(
      id,
      Array.from({ length: 20 }, (_, at) => [20 - at, 500 + at * 10]),
    )
    const { forecast } = await ofBackendIn(id)
    expect(forecast?.growth_bytes_per_day).toBe(10 * GIB)
    const fullAt = Date.parse(forecast?.full_at ?? '')
    // 690 GiB were used at the end of yesterday: 310 GiB are left.
    expect(Math.abs(fullAt - (NOW + 31 * DAY_MS))).toBeLessThan(DAY_MS)
    expect(forecast).toMatchObject({ earliest_full_at: forecast?.full_at, latest_full_at: forecast?.full_at })
  })

  it('are those of the fullest host, or the one that is asked for, where each has its own', async () => {
    const { prisma } = database
    const { id } = await makeBackend(prisma)
    const [one, two] = [await makeHost(prisma, { name: 'own-a' }), await makeHost(prisma, { name: 'own-b' })]
    await measured(id, [[hours(1), 100]], one.id)
    await measured(id, [[hours(1), 50]], two.id, 60)
    await measured(id, [[hours(1), 1_000]], 'hst_gone')
    const names = [one, two].map((host) => ({ id: host.id, name: host.name }))
    const fullest = await ofBackendIn(id)
    expect(fullest).toMatchObject({ host: { id: two.id }, hosts: names })
    expect(usedOf(fullest)).toEqual([[hours(1), 50]])
    expect(usedOf(await ofBackendIn(id, `host_id=${one.id}`))).toEqual([[hours(1), 100]])
    expect(await ofBackendIn(id, 'host_id=hst_nowhere')).toMatchObject({ host: null, points: [] })
  })

  it('of a mount are those of its backend, or its own where it shows something else on a host', async () => {
    const { prisma } = database
    const backend = await makeBackend(prisma)
    const [one, two, three] = [await makeHost(prisma), await makeHost(prisma), await makeHost(prisma)]
    const mount = await makeMount(prisma, { backendId: backend.id, hostIds: [one.id, two.id] })
    await prisma.mountOnHost.update({
      where: { mountId_hostId: { mountId: mount.id, hostId: two.id } },
      data: { overrides: { config: { path: '/srv/elsewhere' } } },
    })
    await measured(backend.id, [[hours(1), 1]], one.id)
    await measured(backend.id, [[hours(1), 2]], two.id)
    await measured(backend.id, [[hours(1), 3]], three.id)
    // From when it was different there.
    await measured(mount.id, [[hours(1), 4]], one.id)
    await measured(mount.id, [[hours(1), 5]], two.id)
    const on = async (host: { id: string }) => {
      const answer = await read(ofMount, mount.id, `host_id=${host.id}`)
      return answer.data(MountMetrics).history.points.map((point) => point.used_bytes / GIB)
    }
    expect(await Promise.all([one, two, three].map(on))).toEqual([[1], [5], []])
  })

  it('of a pool stand beside those of now', async () => {
    const { prisma } = database
    const backend = await makeBackend(prisma, { driver: 'nfs', config: {} })
    const host = await makeHost(prisma)
    const hosts = { create: [{ hostId: host.id, capacityAt: new Date(), totalBytes: 900, usedBytes: 90 }] }
    const pool = await prisma.pool.create({
      data: { id: 'pol_figures', name: 'figures', backendId: backend.id, settings: {}, keeperId: host.id, hosts },
    })
    await measured(pool.id, [[hours(3), 7]], '', 10, 16n * BigInt(GIB))
    const found = (await read(ofPool, pool.id, 'range=7d')).data(PoolMetrics)
    expect(found).toMatchObject({ total_bytes: 900, used_bytes: 90, history: { range: '7d', host: null } })
    expect(usedOf(found.history)).toEqual([[hours(3), 7]])
    expect(found.history.points).toMatchObject([{ provisioned_bytes: 16 * GIB, overcommit: 1.6 }])
  })

  it('say when it would be full if it were larger, or if more were put in', async () => {
    const { id } = await makeBackend(database.prisma, { driver: 'nfs', config: {} })
    // 10 GiB more each day, and 500 left.
    await measured(
      id,
      Array.from({ length: 20 }, (_, day): [number, number] => [day + hours(1), 500 - 10 * day]),
    )
    const ask = async (query: string) => {
      const {
        available_bytes: left,
        as_it_goes,
        with_change: then,
      } = (await read(whatIfOf, id, query)).data(WhatIfView)
      const daysTo = (at: string | null | undefined) => (at ? Math.round((Date.parse(at) - NOW) / DAY_MS) : null)
      return [(left ?? Number.NaN) / GIB, daysTo(as_it_goes?.full_at), daysTo(then?.full_at)]
    }
    expect(await ask('')).toEqual([500, 50, 50])
    expect(await ask(`more_size_bytes=${500 * GIB}`)).toEqual([1_000, 50, 100])
    expect(await ask(`more_used_bytes=${300 * GIB}&more_bytes_per_day=${10 * GIB}`)).toEqual([200, 50, 10])
    expect(await ask(`more_used_bytes=${600 * GIB}`)).toEqual([-100, 50, 0])
    expect(await ask(`more_bytes_per_day=${-10 * GIB}`)).toEqual([500, 50, null])
    expect((await read(whatIfOf, id, 'more_size_bytes=2TiB')).status).toBe(400)
    expect((await read(whatIfOf, 'bkd_none', '')).status).toBe(404)
    const silent = await makeBackend(database.prisma, { driver: 'nfs', config: {} })
    expect((await read(whatIfOf, silent.id, '')).data(WhatIfView)).toEqual({
      host: null,
      available_bytes: null,
      as_it_goes: null,
      with_change: null,
    })
  })

  it('are refused for what is not there, and for ranges that nobody keeps', async () => {
    const { id } = await makeBackend(database.prisma)
    expect((await read(ofBackend, id, 'range=5y')).status).toBe(400)
    expect((await read(ofBackend, 'bkd_none', '')).status).toBe(404)
    expect((await read(ofMount, 'mnt_none', '')).status).toBe(404)
    expect((await read(ofPool, 'pol_none', '')).status).toBe(404)
  })
})

import { expect, it } from 'vitest'
import { findCauses } from '@/lib/attention/causes'
import { refreshForecasts } from '@/lib/monitoring/forecasts'
import { DAILY, DAY_MS, slotOf } from '@/lib/monitoring/steps'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost } from '@/testing/factories'

const GIB = 2 ** 30
const NOW = new Date('2026-11-30T12:00:00Z')

testDatabases('what is forecast of all storages', (database) => {
  /** `used` in GiB of 1,000, one level a day, the last of them of today. */
  async function measured(subjectId: string, used: readonly number[], hostId = '') {
    const { id: seriesId } = await database.prisma.capacitySeries.create({ data: { subjectId, hostId } })
    await database.prisma.capacityPoint.createMany({
      data: used.map((gib, at) => ({
        step: DAILY.minutes,
        slot: slotOf(new Date(NOW.getTime() - (used.length - 1 - at) * DAY_MS), DAILY),
        seriesId,
        totalBytes: 1_000 * GIB,
        usedBytes: Math.round(gib * GIB),
        availableBytes: Math.round((1_000 - gib) * GIB),
      })),
    })
    return seriesId
  }
  const growing = (days: number, from: number, by: number) => Array.from({ length: days }, (_, at) => from + at * by)
  const titles = async (now = NOW) =>
    (await findCauses(now, database.prisma))
      .filter(({ kind }) => kind === 'forecast')
      .map(({ subject, what }) => `${subject.name}${what}`)

  it('is written down for what fills up, is trouble within 7 days, and ends with the growth', async () => {
    const { prisma } = database
    const nfs = (name: string) => makeBackend(prisma, { name, driver: 'nfs', config: {} })
    const [soon, later, calm, roomy] = [await nfs('soon'), await nfs('later'), await nfs('calm'), await nfs('roomy')]
    // 30 GiB more each day, and 140 left: 4.5 days.
    const series = await measured(soon.id, growing(15, 440, 30))
    await measured(later.id, growing(15, 500, 20))
    await measured(calm.id, growing(15, 850, 0))
    await measured(roomy.id, growing(15, 0, 20))
    const own = await makeBackend(prisma, { name: 'own' })
    const host = await makeHost(prisma, { name: 'web-1' })
    await measured(own.id, growing(8, 560, 40), host.id)
    await measured(own.id, growing(8, 560, 40), 'hst_gone')
    expect(await refreshForecasts(prisma, NOW)).toBe(4)
    expect(await refreshForecasts(prisma, NOW)).toBe(0)
    const { fullAt, growthBytesPerDay } = await prisma.capacitySeries.findUniqueOrThrow({ where: { id: series } })
    expect(growthBytesPerDay).toBe(30 * GIB)
    expect(Math.abs((fullAt?.getTime() ?? 0) - (NOW.getTime() + (140 / 30) * DAY_MS))).toBeLessThan(1_000)
    expect(await titles()).toEqual([
      'soon will be full in about 5 days, if it goes on as it has: 30.0 GiB more each day',
      'own will be full in about 4 days, if it goes on as it has: 40.0 GiB more each day',
    ])
    // What is nearly full by now needs no forecast.
    const usage = { totalBytes: 1_000n, usedBytes: 910n, availableBytes: 90n }
    await prisma.backend.update({ where: { id: soon.id }, data: usage })
    expect(await titles()).toEqual([expect.stringMatching(/^own/)])
    // Nobody has measured it since.
    expect(await refreshForecasts(prisma, new Date(NOW.getTime() + 3 * DAY_MS))).toBe(4)
    expect(await prisma.capacitySeries.count({ where: { fullAt: { not: null } } })).toBe(0)
  })
})

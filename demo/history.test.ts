import { describe, expect, it, vi } from 'vitest'
import { fillFleetHistory, fillHistory } from '@/demo/history'
import { DEMO_BACKENDS } from '@/demo/storages'
import { FLEET } from '@/lib/monitoring/fleet'
import { historyOf } from '@/lib/monitoring/history'
import { findSeries } from '@/lib/monitoring/history-repository'
import { STEPS, slotOf } from '@/lib/monitoring/steps'
import { useTestApi } from '@/testing/api'
import { useTestDatabase } from '@/testing/database'

vi.setConfig({ testTimeout: 60_000 })

describe('what the demo shows of the past', () => {
  const database = useTestDatabase()
  useTestApi(database)

  it('leads to how it is now, and leaves the present to the controller', async () => {
    const now = new Date('2026-11-30T10:20:00Z')
    const shared = DEMO_BACKENDS.filter(({ size }) => size !== null)
    const things = shared.map(({ name }) => ({ subjectId: `bkd_${name}`, hostId: null, backend: name }))
    await fillHistory(database.prisma, things, now)
    for (const step of STEPS) {
      const { _max } = await database.prisma.capacityPoint.aggregate({
        where: { step: step.minutes },
        _max: { slot: true },
      })
      expect(_max.slot).toBe(slotOf(now, step) - step.minutes)
    }
    await fillFleetHistory(database.prisma, things, now)
    const together = await historyOf(await findSeries([FLEET]), { range: '90d' }, now)
    const all = shared.reduce((sum, { size }) => sum + (size?.total ?? 0), 0)
    expect(together.points.length).toBeGreaterThan(500)
    expect(together.points.every((point) => point.total_bytes === all)).toBe(true)
    const forecasts = []
    for (const { name, size } of shared) {
      const history = await historyOf(await findSeries([`bkd_${name}`]), { range: '24h' }, now)
      expect(history.points).toHaveLength(288)
      const used = history.points.at(-1)?.used_bytes ?? 0
      expect(Math.abs(used - (size?.used ?? 0)), name).toBeLessThan((size?.total ?? 0) * 0.01)
      forecasts.push(history.forecast)
    }
    // Some fill, and some do not.
    expect(forecasts.some((one) => one?.full_at)).toBe(true)
    expect(forecasts.some((one) => one !== null && one.full_at === null)).toBe(true)
  })
})

import { spaceOfUsage } from '@/lib/fullness'
import { AS_IT_GOES, type Forecast, forecast, type Room } from '@/lib/monitoring/forecast'
import type { Point } from '@/lib/monitoring/history-repository'
import { DAILY, DAY_MS, MINUTE_MS, slotOf } from '@/lib/monitoring/steps'

/** What is forecast follows from so many days. */
export const FORECAST_DAYS = 30

/** The forecast of one series, from its points of a day in the order of time. Null: too little is known. */
export function forecastOfPoints(points: readonly Point[], now: Date, whatIf = AS_IT_GOES): Forecast | null {
  const today = slotOf(now, DAILY)
  const levels = points
    .filter(({ slot }) => slot < today)
    .map(({ slot, usedBytes }) => ({ atMs: slot * MINUTE_MS + DAY_MS, usedBytes: Number(usedBytes) }))
  const room = roomOfPoints(points, now)
  return room === null ? null : forecast(levels, room, whatIf)
}

/** What is left by the last of them; null: it is not known. */
export function roomOfPoints(points: readonly Point[], now: Date): Room | null {
  const last = points.at(-1)
  const { used, total, available } = spaceOfUsage(last ?? { totalBytes: null, usedBytes: null, availableBytes: null })
  const left = available ?? (used === null || total === null ? null : total - used)
  if (last === undefined || left === null) return null
  // The level of today is that of now, those of other days that of their end.
  return { atMs: Math.min(now.getTime(), last.slot * MINUTE_MS + DAY_MS), availableBytes: left }
}

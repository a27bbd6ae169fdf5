import type { PrismaClient } from '@/lib/db/client'
import { FORECAST_DAYS, forecastOfPoints } from '@/lib/monitoring/forecast-of-points'
import { findForecasts, findHalfFull, type StoredForecast, saveForecasts } from '@/lib/monitoring/forecast-repository'
import { findPoints } from '@/lib/monitoring/history-repository'
import { DAILY, DAY_MS } from '@/lib/monitoring/steps'

const SERIES_AT_ONCE = 100

/**
 * Forecasts anew when what fills up will be full, and writes down what has changed; returns how many series that were. What has grown
 * for the 7 days that a forecast takes and would be full in 7 more is half full today: the others need no look.
 */
export async function refreshForecasts(prisma: PrismaClient, now: Date): Promise<number> {
  const before = new Map((await findForecasts(prisma)).map((row) => [row.id, row]))
  const after = await forecastAll(prisma, await findHalfFull(prisma, now), now)
  const found = new Set(after.map(({ id }) => id))
  const isNews = ({ id, fullAt, growthBytesPerDay }: StoredForecast) => {
    const known = before.get(id)
    return known?.fullAt.getTime() !== fullAt.getTime() || known.growthBytesPerDay !== growthBytesPerDay
  }
  const news = after.filter(isNews)
  const ended = [...before.keys()].filter((id) => !found.has(id))
  await saveForecasts(prisma, news, ended)
  return news.length + ended.length
}

async function forecastAll(prisma: PrismaClient, ids: readonly number[], now: Date): Promise<StoredForecast[]> {
  const since = new Date(now.getTime() - FORECAST_DAYS * DAY_MS)
  const found: StoredForecast[] = []
  for (let from = 0; from < ids.length; from += SERIES_AT_ONCE) {
    const points = await findPoints(ids.slice(from, from + SERIES_AT_ONCE), DAILY, since, now, prisma)
    for (const [id, own] of Map.groupBy(points, ({ seriesId }) => seriesId)) {
      const forecast = forecastOfPoints(own, now)
      if (forecast === null || forecast.full === null || forecast.growthBytesPerDay <= 0) continue
      const growthBytesPerDay = Math.round(forecast.growthBytesPerDay)
      found.push({ id, fullAt: new Date(forecast.full.atMs), growthBytesPerDay })
    }
  }
  return found
}

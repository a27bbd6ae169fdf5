import 'server-only'
import { compareFullness, spaceOfUsage } from '@/lib/fullness'
import { type Forecast, roomLeft } from '@/lib/monitoring/forecast'
import { FORECAST_DAYS, forecastOfPoints, roomOfPoints } from '@/lib/monitoring/forecast-of-points'
import type { Point, Series } from '@/lib/monitoring/history-repository'
import * as repository from '@/lib/monitoring/history-repository'
import type { MetricsRange } from '@/lib/monitoring/ranges'
import type {
  CapacityHistoryView,
  CapacityPointView,
  ForecastView,
  MetricsQuery,
  WhatIfQuery,
  WhatIfView,
} from '@/lib/monitoring/schema'
import { DAILY, DAY_MS, FINE, HOURLY, MINUTE_MS, type Step } from '@/lib/monitoring/steps'

/** From which points a range is drawn, and how many minutes of them make one: a chart has room for some hundred. */
const RANGES: Record<MetricsRange, { days: number; step: Step; minutes: number }> = {
  '24h': { days: 1, step: FINE, minutes: FINE.minutes },
  '7d': { days: 7, step: HOURLY, minutes: HOURLY.minutes },
  '90d': { days: 90, step: HOURLY, minutes: 4 * HOURLY.minutes },
  '1y': { days: 365, step: DAILY, minutes: DAILY.minutes },
}

/** The history of one of these series: of the host that is asked for, else what all hosts share, else the fullest. */
export async function historyOf(
  series: readonly Series[],
  query: MetricsQuery,
  now = new Date(),
): Promise<CapacityHistoryView> {
  const { days, step, minutes } = RANGES[query.range]
  const names = await repository.findHostNames(series.flatMap(({ hostId }) => hostId || []))
  const there = series.filter(({ hostId }) => hostId === '' || names.has(hostId))
  const chosen = await choose(there, query.host_id, now)
  const hostOf = (hostId: string) => ({ id: hostId, name: names.get(hostId) ?? '' })
  const points =
    chosen === null ? [] : await repository.findPoints([chosen.id], step, new Date(now.getTime() - days * DAY_MS), now)
  return {
    range: query.range,
    step_seconds: minutes * 60,
    host: chosen === null || chosen.hostId === '' ? null : hostOf(chosen.hostId),
    hosts: there
      .flatMap(({ hostId }) => (hostId === '' ? [] : [hostOf(hostId)]))
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en')),
    points: coarser(points, minutes).map(pointView),
    forecast: chosen === null ? null : await forecastOf(chosen.id, now),
  }
}

async function choose(series: readonly Series[], hostId: string | undefined, now: Date): Promise<Series | null> {
  if (hostId !== undefined) return series.find((one) => one.hostId === hostId) ?? null
  const shared = series.find((one) => one.hostId === '')
  if (shared !== undefined || series.length < 2) return shared ?? series[0] ?? null
  const ids = series.map(({ id }) => id)
  const newest = await repository.findPoints(ids, DAILY, new Date(now.getTime() - DAY_MS), now)
  const bySeries = new Map(newest.map((point) => [point.seriesId, point]))
  const spaceIn = ({ id }: Series) =>
    spaceOfUsage(bySeries.get(id) ?? { totalBytes: null, usedBytes: null, availableBytes: null })
  return series.toSorted((a, b) => compareFullness(spaceIn(a), spaceIn(b)))[0] ?? null
}

/** Points of longer stretches, from points of shorter ones in the order of time. */
export function coarser(points: readonly Point[], minutes: number): Point[] {
  const found = new Map<number, Point>()
  for (const point of points) {
    const slot = Math.floor(point.slot / minutes) * minutes
    const before = found.get(slot)
    const [least, most] = [point.leastUsedBytes ?? point.usedBytes, point.mostUsedBytes ?? point.usedBytes]
    found.set(slot, {
      ...point,
      slot,
      leastUsedBytes: before?.leastUsedBytes != null && before.leastUsedBytes < least ? before.leastUsedBytes : least,
      mostUsedBytes: before?.mostUsedBytes != null && before.mostUsedBytes > most ? before.mostUsedBytes : most,
    })
  }
  return [...found.values()]
}

function pointView(point: Point): CapacityPointView {
  const number = (value: bigint | null) => (value === null ? null : Number(value))
  const used = Number(point.usedBytes)
  return {
    at: new Date(point.slot * MINUTE_MS).toISOString(),
    total_bytes: number(point.totalBytes),
    used_bytes: used,
    available_bytes: number(point.availableBytes),
    metadata_percent: point.metadataPercent,
    least_used_bytes: number(point.leastUsedBytes) ?? used,
    most_used_bytes: number(point.mostUsedBytes) ?? used,
    total_inodes: number(point.totalInodes),
    used_inodes: number(point.usedInodes),
    provisioned_bytes: number(point.provisionedBytes),
    overcommit:
      point.provisionedBytes === null || !point.totalBytes
        ? null
        : Number(point.provisionedBytes) / Number(point.totalBytes),
  }
}

async function forecastOf(seriesId: number, now: Date): Promise<ForecastView | null> {
  return forecastView(forecastOfPoints(await daysOf(seriesId, now), now))
}

/** The points that a forecast goes by. */
function daysOf(seriesId: number, now: Date): Promise<Point[]> {
  return repository.findPoints([seriesId], DAILY, new Date(now.getTime() - FORECAST_DAYS * DAY_MS), now)
}

/** When one of these series is full, chosen as for its history, as it goes and as it would go. */
export async function whatIfOf(series: readonly Series[], query: WhatIfQuery, now = new Date()): Promise<WhatIfView> {
  const names = await repository.findHostNames(series.flatMap(({ hostId }) => hostId || []))
  const there = series.filter(({ hostId }) => hostId === '' || names.has(hostId))
  const chosen = await choose(there, query.host_id, now)
  const points = chosen === null ? [] : await daysOf(chosen.id, now)
  const whatIf = { size: query.more_size_bytes, used: query.more_used_bytes, perDay: query.more_bytes_per_day }
  const room = roomOfPoints(points, now)
  return {
    host: chosen === null || chosen.hostId === '' ? null : { id: chosen.hostId, name: names.get(chosen.hostId) ?? '' },
    available_bytes: room === null ? null : roomLeft(room, whatIf),
    as_it_goes: forecastView(forecastOfPoints(points, now)),
    with_change: forecastView(forecastOfPoints(points, now, whatIf)),
  }
}

function forecastView(found: Forecast | null): ForecastView | null {
  if (found === null) return null
  const { growthBytesPerDay, full } = found
  const time = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString())
  return {
    growth_bytes_per_day: Math.round(growthBytesPerDay),
    full_at: time(full?.atMs),
    earliest_full_at: time(full?.earliestMs),
    latest_full_at: time(full?.latestMs),
  }
}

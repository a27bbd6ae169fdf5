import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { HoldfastError } from '@/lib/errors'
import * as repository from '@/lib/monitoring/activity/repository'
import { ACTIVITY_STEPS, activityOf } from '@/lib/monitoring/activity/samples'
import type { ActivityPointView, ActivityQuery, MountActivity } from '@/lib/monitoring/activity/schema'
import type { MetricsRange } from '@/lib/monitoring/ranges'
import { DAY_MS, MINUTE_MS, type Step } from '@/lib/monitoring/steps'

const [FINE, HOURLY, DAILY] = ACTIVITY_STEPS
const RANGES: Record<MetricsRange, { days: number; step: Step }> = {
  '24h': { days: 1, step: FINE },
  '7d': { days: 7, step: HOURLY },
  '90d': { days: 90, step: DAILY },
  '1y': { days: 365, step: DAILY },
}

/** How fast a mount was over time, on one of its hosts. */
export async function mountActivity(
  actor: Actor,
  id: string,
  query: ActivityQuery,
  now = new Date(),
): Promise<MountActivity> {
  authorize(actor, 'mounts.read')
  const series = await repository.findSeries(id)
  if (series === null) throw new HoldfastError('not_found', 'Mount not found')
  const chosen = await choose(series, query.host_id, now)
  const { days, step } = RANGES[query.range]
  const from = new Date(now.getTime() - days * DAY_MS)
  const points = chosen === null ? [] : await repository.findPoints([chosen.id], step, from, now)
  const hostOf = ({ hostId, hostName }: repository.SeriesOfMount) => ({ id: hostId, name: hostName })
  return {
    mount_id: id,
    history: {
      range: query.range,
      step_seconds: step.minutes * 60,
      host: chosen === null ? null : hostOf(chosen),
      hosts: series.map(hostOf),
      of: activityOf(points.findLast(({ ioSeconds }) => ioSeconds > 0) ?? NOTHING).io?.of ?? null,
      points: points.map(pointView),
    },
  }
}

const NOTHING = {
  ...{ latencySeconds: 0, latencyMsSeconds: 0, latencyMostMs: 0 },
  ...{ ioSeconds: 0, readBytes: 0, writtenBytes: 0, operations: 0, waitedMs: 0, isOfDisk: false },
}

/** The host that is asked for, else the one that waits longest for answers, else the first by name. */
async function choose(
  series: readonly repository.SeriesOfMount[],
  hostId: string | undefined,
  now: Date,
): Promise<repository.SeriesOfMount | null> {
  if (hostId !== undefined) return series.find((one) => one.hostId === hostId) ?? null
  if (series.length < 2) return series[0] ?? null
  const ids = series.map(({ id }) => id)
  const today = await repository.findPoints(ids, DAILY, new Date(now.getTime() - DAY_MS), now)
  const means = new Map(today.map((point) => [point.seriesId, activityOf(point).latencyMs?.mean ?? -1]))
  const meanOf = ({ id }: repository.SeriesOfMount) => means.get(id) ?? -1
  return series.toSorted((a, b) => meanOf(b) - meanOf(a))[0] ?? null
}

function pointView(point: repository.Point): ActivityPointView {
  const { latencyMs, io } = activityOf(point)
  return {
    at: new Date(point.slot * MINUTE_MS).toISOString(),
    latency_ms: latencyMs,
    io: io && {
      read_bytes_per_second: io.readBytesPerSecond,
      written_bytes_per_second: io.writtenBytesPerSecond,
      operations_per_second: io.operationsPerSecond,
      response_ms: io.responseMs,
    },
    uploads:
      point.waitingFiles === null
        ? null
        : {
            waiting_files: point.waitingFiles,
            waiting_bytes: point.waitingBytes,
            cache_bytes: point.cacheBytes,
          },
  }
}

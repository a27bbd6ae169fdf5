import type { z } from 'zod'
import type { ActivityMessage, UsageMessage } from '@/lib/agent-protocol/messages'
import { type Step, slotOf } from '@/lib/monitoring/steps'

export type Activity = z.infer<typeof ActivityMessage>

/** What is written to a storage and has not reached it yet, and what its cache on the host holds. */
export type Waits = Pick<NonNullable<z.infer<typeof UsageMessage>['pending']>, 'files' | 'bytes' | 'cacheBytes'>

/** What a host told of a mount, of the time before a moment. */
export interface ActivitySample {
  mountId: string
  hostId: string
  at: Date
  activity: Activity
  /** Null: nothing waits on the way to it, or that is not known. */
  waits: Waits | null
}

/**
 * Shorter than those of capacity: there is one of these for each mount on each host, where a storage that a thousand hosts share has one.
 * The finest are kept for a day and some hours, so that the last 24 hours are there whenever old ones are deleted.
 */
export const ACTIVITY_STEPS = [
  { minutes: 5, keptDays: 1.25 },
  { minutes: 60, keptDays: 8 },
  { minutes: 24 * 60, keptDays: 366 },
] as const satisfies readonly Step[]

/** Sums over a stretch of time, as they are stored. */
export interface ActivitySums {
  latencySeconds: number
  latencyMsSeconds: number
  latencyMostMs: number
  ioSeconds: number
  readBytes: number
  writtenBytes: number
  operations: number
  waitedMs: number
  isOfDisk: boolean
}

export function sumsOf({ seconds, latencyMs, io }: Activity): ActivitySums {
  const operations = (io?.operationsPerSecond ?? 0) * seconds
  return {
    latencySeconds: latencyMs === null ? 0 : seconds,
    latencyMsSeconds: (latencyMs?.mean ?? 0) * seconds,
    latencyMostMs: latencyMs?.most ?? 0,
    ioSeconds: io === null ? 0 : seconds,
    readBytes: (io?.readBytesPerSecond ?? 0) * seconds,
    writtenBytes: (io?.writtenBytesPerSecond ?? 0) * seconds,
    operations,
    waitedMs: (io?.responseMs ?? 0) * operations,
    isOfDisk: io?.of === 'disk',
  }
}

/** Means and rates of a stretch; null is not known. */
export function activityOf(sums: ActivitySums): Pick<Activity, 'latencyMs' | 'io'> {
  const { latencySeconds, latencyMsSeconds, latencyMostMs, ioSeconds, operations, waitedMs } = sums
  return {
    latencyMs: latencySeconds > 0 ? { mean: latencyMsSeconds / latencySeconds, most: latencyMostMs } : null,
    io:
      ioSeconds > 0
        ? {
            of: sums.isOfDisk ? 'disk' : 'mount',
            readBytesPerSecond: sums.readBytes / ioSeconds,
            writtenBytesPerSecond: sums.writtenBytes / ioSeconds,
            operationsPerSecond: operations / ioSeconds,
            responseMs: operations > 0 ? waitedMs / operations : null,
          }
        : null,
  }
}

/** As they are stored: of a stretch the most of each. Null is not known. */
export interface MostWaiting {
  waitingFiles: number | null
  waitingBytes: number | null
  cacheBytes: number | null
}

export function mostOf(waits: Waits | null): MostWaiting {
  return {
    waitingFiles: waits?.files ?? null,
    waitingBytes: waits?.bytes ?? null,
    cacheBytes: waits?.cacheBytes ?? null,
  }
}

/** When it was, from the beginning of the stretch on that it lies in. */
export function newestMsOf(at: Date, step: Step): number {
  return at.getTime() - slotOf(at, step) * 60_000
}

import { z } from 'zod'
import { Timestamp } from '@/lib/http/envelope'
import { RANGES } from '@/lib/monitoring/ranges'

const Range = z.enum(RANGES)

export const ActivityQuery = z.strictObject({
  /** A point for 5 minutes, an hour, a day, a day. */
  range: Range.default('24h'),
  /** Default: the host on which the storage answered most slowly today. */
  host_id: z.string().max(64).optional(),
})
export type ActivityQuery = z.infer<typeof ActivityQuery>

/** Means of a stretch of time, and the most of what waits. Null is not known: nobody looked, or the kernel counts nothing. */
export const ActivityPointView = z.object({
  /** Its beginning. */
  at: Timestamp,
  latency_ms: z.object({ mean: z.number(), most: z.number() }).nullable(),
  io: z
    .object({
      read_bytes_per_second: z.number(),
      written_bytes_per_second: z.number(),
      operations_per_second: z.number(),
      /** How long an operation waited for its answer. Null: there was none. */
      response_ms: z.number().nullable(),
    })
    .nullable(),
  /** The most that waited on the host at once, and that its cache held. Null: the storage has no such queue, or nobody told. */
  uploads: z
    .object({
      waiting_files: z.int(),
      /** Null: it is not known. */
      waiting_bytes: z.number().nullable(),
      cache_bytes: z.number().nullable(),
    })
    .nullable(),
})
export type ActivityPointView = z.infer<typeof ActivityPointView>

export const ActivityHistoryView = z.object({
  range: Range,
  /** Length of the stretch of a point. */
  step_seconds: z.int(),
  /** Null: nothing was measured yet. */
  host: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** All hosts that have a history of it, by name. */
  hosts: z.array(z.object({ id: z.string(), name: z.string() })),
  /** What the kernel counts: the mount, or the whole disk that it lies on. Null: nothing. */
  of: z.enum(['mount', 'disk']).nullable(),
  /** Oldest first. */
  points: z.array(ActivityPointView),
})
export type ActivityHistoryView = z.infer<typeof ActivityHistoryView>

/** `GET /storage/mounts/{id}/activity` */
export const MountActivity = z.object({ mount_id: z.string(), history: ActivityHistoryView })
export type MountActivity = z.infer<typeof MountActivity>

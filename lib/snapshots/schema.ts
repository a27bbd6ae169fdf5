import { z } from 'zod'
import { Timestamp } from '@/lib/http/envelope'
import { DAYS } from '@/lib/snapshots/days'
import { cronProblem, isTimeZone, LEAST_MINUTES } from '@/lib/snapshots/timing'

export const TimeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'Write a time of day such as "02:30".')

export const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'Write a time zone as the time zone database has it, such as "Europe/Vienna" or "UTC".')

const CronLine = z
  .string()
  .trim()
  .max(100)
  .superRefine((line, context) => {
    const problem = cronProblem(line)
    if (problem !== null) context.addIssue({ code: 'custom', message: problem })
  })

/** How often. Minutes and hours are counted from when the schedule was set, times of day are those of its time zone. */
export const SnapshotRule = z.discriminatedUnion('repeat', [
  z.strictObject({
    repeat: z.literal('minutes'),
    every: z.int().min(LEAST_MINUTES, `At least ${LEAST_MINUTES} minutes.`).max(1440, 'At most 1440 minutes.'),
  }),
  z.strictObject({
    repeat: z.literal('hours'),
    every: z.int().min(1, 'At least an hour.').max(720, 'At most 720 hours.'),
  }),
  z.strictObject({ repeat: z.literal('daily'), at: TimeOfDay }),
  z.strictObject({
    repeat: z.literal('weekly'),
    on: z.array(z.enum(DAYS)).min(1, 'Choose a day.').max(7),
    at: TimeOfDay,
  }),
  /** Five fields, as cron has them. */
  z.strictObject({ repeat: z.literal('cron'), line: CronLine }),
])
export type SnapshotRule = z.infer<typeof SnapshotRule>

const Kept = z.int().min(0, 'At least 0.').max(1000, 'At most 1000.')

/** Which of those that it has taken stay; of daily, weekly and monthly ones the newest of each. */
export const Keep = z.strictObject({
  last: z.int().min(1, 'At least the last one.').max(1000, 'At most 1000.').default(7),
  daily: Kept.default(0),
  weekly: Kept.default(0),
  monthly: Kept.default(0),
})
export type Keep = z.infer<typeof Keep>

export const SetSchedule = z.strictObject({
  rule: SnapshotRule,
  time_zone: TimeZone.default('UTC'),
  keep: Keep.prefault({}),
  /** Of the names: `auto-2026-11-30-0230`. */
  prefix: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, 'Use 1 to 32 letters, digits, ".", "_" and "-".')
    .default('auto'),
  /** False: none are taken and none deleted until it is on again. */
  enabled: z.boolean().default(true),
})
export type SetSchedule = z.infer<typeof SetSchedule>

export const ScheduleView = z.object({
  enabled: z.boolean(),
  rule: SnapshotRule,
  time_zone: z.string(),
  keep: z.object({ last: z.int(), daily: z.int(), weekly: z.int(), monthly: z.int() }),
  prefix: z.string(),
  /** Minutes and hours are counted from here. */
  since: Timestamp,
  updated_at: Timestamp,
})
export type ScheduleView = z.infer<typeof ScheduleView>

/** Why one that a schedule has taken is still there. */
export const KEPT_FOR = ['last', 'daily', 'weekly', 'monthly', 'clone'] as const

export const VolumeScheduleView = z.object({
  volume_id: z.string(),
  /** Whose schedule holds for the volume; null: none does. */
  from: z.enum(['volume', 'pool']).nullable(),
  schedule: ScheduleView.nullable(),
  /** Of the pool, also where the volume has its own; null: there is none. */
  pool_schedule: ScheduleView.nullable(),
  /** Null: none is going to be taken. One that is past is taken as soon as the volume can be worked on. */
  next_run_at: Timestamp.nullable(),
  last_run_at: Timestamp.nullable(),
  /** In a row. */
  failures: z.int(),
  failed_since: Timestamp.nullable(),
  error: z.string().nullable(),
  /** Why this volume can have no snapshots. */
  refuses: z.string().nullable(),
  /** Those that the schedule has taken and keeps, and what for. */
  kept: z.array(z.object({ snapshot_id: z.string(), for: z.array(z.enum(KEPT_FOR)) })),
})
export type VolumeScheduleView = z.infer<typeof VolumeScheduleView>

export const PoolScheduleView = z.object({
  pool_id: z.string(),
  schedule: ScheduleView.nullable(),
  /** When it is due the next time; null: there is none, or it is off. */
  next_run_at: Timestamp.nullable(),
  /** Volumes for which it holds, and those that have one of their own. */
  volume_count: z.int(),
  own_count: z.int(),
  /** Of all volumes of the pool with a schedule: those where it fails. */
  failing_count: z.int(),
})
export type PoolScheduleView = z.infer<typeof PoolScheduleView>

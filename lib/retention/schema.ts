import { z } from 'zod'
import { Timestamp } from '@/lib/http/envelope'

/** What is kept for as long as an administrator says, in days. Operations also carry the outcome of other changes for a day. */
export const RETAINED = {
  operations: { standard: 30, least: 1, most: 3650 },
  mount_history: { standard: 90, least: 1, most: 3650 },
} as const
export type RetainedKind = keyof typeof RETAINED

const daysOf = (kind: RetainedKind) =>
  z
    .int('Write a whole number of days.')
    .min(RETAINED[kind].least, `Keep it for at least ${RETAINED[kind].least} day.`)
    .max(RETAINED[kind].most, `Keep it for at most ${RETAINED[kind].most} days, which is ten years.`)

/** Days by kind. */
export const Retention = z.object({ operations: daysOf('operations'), mount_history: daysOf('mount_history') })
export type Retention = z.infer<typeof Retention>

/** Where each number is kept (table Setting). */
export const RETENTION_KEYS: Readonly<Record<RetainedKind, string>> = {
  operations: 'retention.operations',
  mount_history: 'retention.mount_history',
}

/** Where the controller says when it has deleted last. */
export const CLEANED_KEY = 'cleaned_up'
export const Cleaned = z.object({ at: Timestamp })

/** What the settings say. Throws for a number that is none: nothing may be deleted because of it. */
export function retentionFrom(settings: ReadonlyMap<string, unknown>): Retention {
  return Retention.parse({
    operations: settings.get(RETENTION_KEYS.operations) ?? RETAINED.operations.standard,
    mount_history: settings.get(RETENTION_KEYS.mount_history) ?? RETAINED.mount_history.standard,
  })
}

/** What is left out stays. */
export const UpdateRetention = z.strictObject({
  operations_days: daysOf('operations').optional(),
  mount_history_days: daysOf('mount_history').optional(),
})

/** As if it were these days: `due` says what would go. */
export const RetentionQuery = z.strictObject({
  operations_days: z.coerce.number().pipe(daysOf('operations')).optional(),
  mount_history_days: z.coerce.number().pipe(daysOf('mount_history')).optional(),
})

export const RetainedView = z.object({
  kind: z.enum(['operations', 'mount_history', 'audit']),
  /** Null: it is never deleted. */
  days: z.int().nullable(),
  standard_days: z.int().nullable(),
  least_days: z.int().nullable(),
  most_days: z.int().nullable(),
  /** How many are stored now, and the time of the oldest. */
  stored: z.int(),
  oldest_at: Timestamp.nullable(),
  /** Lines in the logs of operations; null for other kinds. */
  log_lines: z.int().nullable(),
  /** How many are older than that, and are deleted next time. */
  due: z.int(),
})
export type RetainedView = z.infer<typeof RetainedView>

export const RetentionView = z.object({
  kinds: z.array(RetainedView),
  /** When the controller has deleted last what was too old; it does about once an hour. Null: not yet. */
  cleaned_at: Timestamp.nullable(),
})
export type RetentionView = z.infer<typeof RetentionView>

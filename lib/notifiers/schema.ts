import { z } from 'zod'
import { CauseKind, Severity } from '@/lib/attention/schema'
import { SEVERITIES } from '@/lib/attention/severities'
import { SecretState } from '@/lib/backends/schema'
import { Labels } from '@/lib/hosts/schema'
import { anyOf, PageQuery, Timestamp } from '@/lib/http/envelope'
import { NOTICE_EVENTS } from '@/lib/notifiers/contract/notice'
import { MOST_PER_HOUR } from '@/lib/notifiers/most-per-hour'
import { QuietHours } from '@/lib/notifiers/quiet-hours'

export const NotifierName = z
  .string()
  .trim()
  .min(1, 'Give the notifier a name.')
  .max(100, 'The name must have at most 100 characters.')
  .regex(/^[^\p{C}]*$/u, 'The name must not contain control characters.')

/** Of which alerts it tells. */
export const NotifierRules = z.strictObject({
  /** From this one on. */
  min_severity: Severity.default('warning'),
  /** Null: of all kinds of cause. */
  kinds: z.array(CauseKind).min(1, 'Choose a kind, or leave it out for all.').nullable().default(null),
  /** Only where a host that it is about, or that suffers from it, has all of these labels. */
  host_labels: Labels.default({}),
  /** Only what nobody has acknowledged for so many minutes: for those who come second. */
  after_minutes: z.int().min(0).max(1_440, 'At most 1440 minutes, which is a day.').default(0),
  /** Again after so many hours, while it is there and nobody has acknowledged it; null: never. */
  remind_hours: z.int().min(1).max(720, 'At most 720 hours, which is a month.').nullable().default(null),
  /** Messages wait for their end; null: there are none. */
  quiet_hours: QuietHours.nullable().default(null),
  /** What is more waits, and goes together. Of types that programs read, all is sent at once. */
  most_per_hour: z
    .int('Write a whole number of messages.')
    .min(1, 'At least 1 message an hour.')
    .max(MOST_PER_HOUR.most, `At most ${MOST_PER_HOUR.most} messages an hour.`)
    .default(MOST_PER_HOUR.standard),
})
export type NotifierRules = z.infer<typeof NotifierRules>

/** What is stored, also by a version that knew less. */
export function rulesOf(stored: unknown): NotifierRules {
  return NotifierRules.parse(stored ?? {})
}

/** Is it bad enough? */
export function reaches({ min_severity }: Pick<NotifierRules, 'min_severity'>, severity: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(min_severity)
}

/** `config` holds the secrets too; the type's descriptor separates them. */
export const CreateNotifier = z.strictObject({
  name: NotifierName,
  type: z.string().min(1, 'Choose a type.').max(32),
  config: z.record(z.string(), z.unknown()),
  enabled: z.boolean().default(true),
  rules: NotifierRules.default(NotifierRules.parse({})),
})
export type CreateNotifier = z.output<typeof CreateNotifier>

/**
 * What is left out stays. `config` replaces the stored one whole, secrets apart: a blank or absent one stays while it goes where it was
 * entered for, null clears it. `rules` replaces all rules.
 */
export const UpdateNotifier = z.strictObject({
  name: NotifierName.optional(),
  config: z.record(z.string(), z.unknown()).optional(),
  enabled: z.boolean().optional(),
  rules: NotifierRules.optional(),
})
export type UpdateNotifier = z.output<typeof UpdateNotifier>

export const NotifierView = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  /** One line that says where it goes, without secrets. */
  target: z.string(),
  enabled: z.boolean(),
  config: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), SecretState),
  rules: NotifierRules,
  /** When a message was taken last. */
  sent_at: Timestamp.nullable(),
  /** Since when none is taken any more, and what was said to the last one; null: it is well, or was never used. */
  failed_since: Timestamp.nullable(),
  last_error: z.string().nullable(),
  /** Messages that are still to be sent. */
  waiting: z.int(),
  generation: z.int(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type NotifierView = z.infer<typeof NotifierView>

/** `failed`: given up. `skipped`: nobody needs it any more, `answer` says why. */
export const DELIVERY_STATUSES = ['waiting', 'sent', 'failed', 'skipped'] as const
export const DeliveryStatus = z.enum(DELIVERY_STATUSES)
export type DeliveryStatus = z.infer<typeof DeliveryStatus>

export const DeliveryView = z.object({
  id: z.string(),
  /**
   * Goes along with every attempt: a receiver that has seen it has the message already. Another than `id` where it went together with
   * others in one message, the same for all of them.
   */
  message_id: z.string(),
  /** Null of a test. */
  alert_id: z.string().nullable(),
  event: z.enum(NOTICE_EVENTS),
  severity: Severity,
  title: z.string(),
  status: DeliveryStatus,
  attempts: z.int(),
  created_at: Timestamp,
  /** Of one that waits: not before then. */
  next_attempt_at: Timestamp.nullable(),
  ended_at: Timestamp.nullable(),
  /** What the receiver answered at last, or why it failed, waits or was skipped. */
  answer: z.string().nullable(),
})
export type DeliveryView = z.infer<typeof DeliveryView>

export const ListNotifiers = PageQuery
export const ListDeliveries = PageQuery.extend({ status: anyOf(DeliveryStatus).optional() })
export type ListDeliveries = z.output<typeof ListDeliveries>

import { z } from 'zod'
import { Acknowledge, AcknowledgementView, CauseKind, CauseView, Severity } from '@/lib/attention/schema'
import { anyOf, PageQuery, Timestamp } from '@/lib/http/envelope'

/** `cleared`: it is over. The others are there: `acknowledged` until they get worse, `silenced` until a time. */
export const ALERT_STATES = ['open', 'acknowledged', 'silenced', 'cleared'] as const
export const AlertState = z.enum(ALERT_STATES)
export type AlertState = z.infer<typeof AlertState>

export const AlertView = z.object({
  id: z.string(),
  /** Id of the cause, as `/attention` has it: the same each time that it comes back. */
  cause_id: z.string(),
  kind: CauseKind,
  /** As it is now; of one that is over, as it was last. */
  severity: Severity,
  state: AlertState,
  subject: CauseView.shape.subject,
  /** A sentence that begins with the name of the subject. */
  title: z.string(),
  advice: z.string().nullable(),
  reach: CauseView.shape.reach,
  first_seen_at: Timestamp,
  /** When it had lasted long enough to be told. */
  opened_at: Timestamp,
  /** Since when its cause is not seen any more; after five minutes the alert is over. Null: it is seen. */
  gone_since: Timestamp.nullable(),
  cleared_at: Timestamp.nullable(),
  /** How often the cause was gone for a moment and came back. */
  returns: z.int(),
  acknowledged: AcknowledgementView.nullable(),
})
export type AlertView = z.infer<typeof AlertView>

export const AlertEventView = z.object({
  at: Timestamp,
  /** `taken_back`: an acknowledgement or a silence. */
  kind: z.enum(['opened', 'worse', 'milder', 'cleared', 'acknowledged', 'silenced', 'taken_back']),
  /** Of the alert, from then on. */
  severity: Severity,
  /** Who did it; null: the controller saw it. */
  by: z.string().nullable(),
  note: z.string().nullable(),
  /** Of a silence. */
  until: Timestamp.nullable(),
})
export type AlertEventView = z.infer<typeof AlertEventView>

export const AlertDetail = AlertView.extend({
  /** Oldest first. */
  events: z.array(AlertEventView),
})
export type AlertDetail = z.infer<typeof AlertDetail>

export const ListAlerts = PageQuery.extend({
  state: anyOf(AlertState).optional(),
  severity: anyOf(Severity).optional(),
  kind: anyOf(CauseKind).optional(),
  /** Of the host, backend, mount, pool or volume that it is about. */
  subject_id: anyOf(z.string().max(64)).optional(),
})
export type ListAlerts = z.infer<typeof ListAlerts>

export const Silence = Acknowledge.required({ until: true })
export type Silence = z.infer<typeof Silence>

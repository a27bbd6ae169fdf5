import { z } from 'zod'
import { ALERT_STATES } from '@/lib/alerts/states'
import { Acknowledge, AcknowledgementView, CauseKind, CauseView, Severity } from '@/lib/attention/schema'
import { anyOf, PageQuery, Timestamp } from '@/lib/http/envelope'
import { MaintenanceNow } from '@/lib/maintenance/schema'

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
  /** The maintenance window that it lies in now. */
  maintenance: MaintenanceNow.nullable(),
  /** Of one that is `folded`, the id of the cause that stands for it. */
  folded_below: z.string().nullable(),
})
export type AlertView = z.infer<typeof AlertView>

export const AlertEventView = z.object({
  at: Timestamp,
  /** `taken_back`: an acknowledgement or a silence. `maintenance_ended`: it was still there when its window was over. */
  kind: z.enum([
    'opened',
    'worse',
    'milder',
    'cleared',
    'acknowledged',
    'silenced',
    'taken_back',
    'maintenance_began',
    'maintenance_ended',
  ]),
  /** Of the alert, from then on. */
  severity: Severity,
  /** Who did it, or made the window; null: the controller saw it. */
  by: z.string().nullable(),
  note: z.string().nullable(),
  /** Of a silence, or of a window. */
  until: Timestamp.nullable(),
})
export type AlertEventView = z.infer<typeof AlertEventView>

export const AlertDetail = AlertView.extend({
  /** Oldest first. */
  events: z.array(AlertEventView),
  /** What was wrong there when the host fell silent, and is not known to be over. */
  folded: z.array(z.object({ id: z.string(), severity: Severity, title: z.string() })),
})
export type AlertDetail = z.infer<typeof AlertDetail>

/** Of alerts that are `open`. */
export const AlertSummary = z.object({
  total: z.int(),
  counts: z.object({ critical: z.int(), warning: z.int(), drift: z.int() }),
  /** The worst few, the newest first among equals. */
  first: z.array(AlertView.pick({ id: true, severity: true, subject: true, title: true, opened_at: true })),
})
export type AlertSummary = z.infer<typeof AlertSummary>

export const ListAlerts = PageQuery.extend({
  state: anyOf(AlertState).optional(),
  severity: anyOf(Severity).optional(),
  kind: anyOf(CauseKind).optional(),
  /** Of the host, backend, mount, pool, volume or notifier that it is about; of a backend also what it is about among others. */
  subject_id: anyOf(z.string().max(64)).optional(),
})
export type ListAlerts = z.infer<typeof ListAlerts>

export const Silence = Acknowledge.required({ until: true })
export type Silence = z.infer<typeof Silence>

/** A silence: of one alert, and of the same again when it comes back before the end. */
export const SilenceView = z.object({
  /** That of the cause, as `/attention` has it. */
  id: z.string(),
  /** The newest of this cause. */
  alert: AlertView.pick({ id: true, title: true, severity: true, state: true }),
  by: z.string(),
  at: Timestamp,
  note: z.string().nullable(),
  until: Timestamp,
})
export type SilenceView = z.infer<typeof SilenceView>

export const CreateSilence = Silence.extend({ alert_id: z.string().min(1, 'Name the alert.').max(64) })
export type CreateSilence = z.infer<typeof CreateSilence>

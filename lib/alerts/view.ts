import { isInMaintenance } from '@/lib/alerts/muted'
import type { AlertEventRow, AlertRow } from '@/lib/alerts/repository'
import { AlertEventView, type AlertState, type AlertView } from '@/lib/alerts/schema'
import { acknowledgementView, isOver } from '@/lib/attention/acknowledgements'
import type { AcknowledgementRow } from '@/lib/attention/repository'
import { CauseKind, CauseView, Severity } from '@/lib/attention/schema'
import { maintenanceNow } from '@/lib/maintenance/cover'
import type { MaintenanceRow } from '@/lib/maintenance/repository'

/** What people have said of it, if that still holds. Of an alert that is over only a silence does: it is there when its cause comes back. */
export function heldOf(
  row: AlertRow,
  rows: ReadonlyMap<string, AcknowledgementRow>,
  now: Date,
): AcknowledgementRow | null {
  const held = rows.get(row.causeId)
  if (held === undefined || isOver(held, now, { severity: row.severity })) return null
  return row.clearedAt === null || held.until !== null ? held : null
}

function stateOf(row: AlertRow, held: AcknowledgementRow | null, now: Date): AlertState {
  if (row.clearedAt !== null) return 'cleared'
  if (row.heldBy !== null) return 'folded'
  if (held === null) return isInMaintenance(row, now) ? 'maintenance' : 'open'
  return held.until === null ? 'acknowledged' : 'silenced'
}

/** Whether it is there, and what people have said of it. */
export function alertState(row: AlertRow, rows: ReadonlyMap<string, AcknowledgementRow>, now: Date): AlertState {
  return stateOf(row, heldOf(row, rows, now), now)
}

/** What is known of alerts besides their rows: what people have said of causes, and the maintenance windows, by id. */
export interface Around {
  held: ReadonlyMap<string, AcknowledgementRow>
  windows: ReadonlyMap<string, MaintenanceRow>
}

function maintenanceOf(row: AlertRow, { windows }: Around, now: Date): AlertView['maintenance'] {
  const window = windows.get(row.mutedBy ?? '')
  if (window === undefined || row.mutedUntil === null || row.clearedAt !== null || !isInMaintenance(row, now))
    return null
  return maintenanceNow({ ...window, until: row.mutedUntil })
}

export function alertView(row: AlertRow, around: Around, now: Date): AlertView {
  const held = heldOf(row, around.held, now)
  return {
    id: row.id,
    cause_id: row.causeId,
    kind: CauseKind.parse(row.kind),
    severity: Severity.parse(row.severity),
    state: stateOf(row, held, now),
    subject: CauseView.shape.subject.parse({ kind: row.subjectKind, id: row.subjectId, name: row.subjectName }),
    title: row.title,
    advice: row.advice,
    reach: CauseView.shape.reach.parse({ ...NOT_SAID, ...Reach.parse(row.reach) }),
    first_seen_at: row.firstSeenAt.toISOString(),
    opened_at: (row.openedAt ?? row.firstSeenAt).toISOString(),
    gone_since: row.clearedAt === null ? (row.goneAt?.toISOString() ?? null) : null,
    cleared_at: row.clearedAt?.toISOString() ?? null,
    returns: row.returns,
    acknowledged: held && acknowledgementView(held),
    maintenance: maintenanceOf(row, around, now),
    folded_below: row.heldBy,
  }
}

const NOBODY = { total: 0, first: [] }
/** Alerts that were written before these were told. */
const NOT_SAID = { pools: NOBODY, volumes: NOBODY }
const Reach = CauseView.shape.reach.partial()

export function eventView({ at, kind, severity, by, note, until }: AlertEventRow): AlertEventView {
  const times = { at: at.toISOString(), until: until?.toISOString() ?? null }
  return AlertEventView.parse({ ...times, kind, severity, by, note })
}

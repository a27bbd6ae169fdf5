import type { AlertEventRow, AlertRow } from '@/lib/alerts/repository'
import { AlertEventView, type AlertState, type AlertView } from '@/lib/alerts/schema'
import { acknowledgementView, isOver } from '@/lib/attention/acknowledgements'
import type { AcknowledgementRow } from '@/lib/attention/repository'
import { CauseKind, CauseView, Severity } from '@/lib/attention/schema'

/** What people have said of it, if that still holds. Of an alert that is over only a silence does: it is there when its cause comes back. */
export function heldOf(
  row: AlertRow,
  rows: ReadonlyMap<string, AcknowledgementRow>,
  now: Date,
): AcknowledgementRow | null {
  const held = rows.get(row.causeId)
  if (held === undefined || isOver(held, now, row)) return null
  return row.clearedAt === null || held.until !== null ? held : null
}

function stateOf(row: AlertRow, held: AcknowledgementRow | null): AlertState {
  if (row.clearedAt !== null) return 'cleared'
  if (held === null) return 'open'
  return held.until === null ? 'acknowledged' : 'silenced'
}

/** Whether it is there, and what people have said of it. */
export function alertState(row: AlertRow, rows: ReadonlyMap<string, AcknowledgementRow>, now: Date): AlertState {
  return stateOf(row, heldOf(row, rows, now))
}

export function alertView(row: AlertRow, rows: ReadonlyMap<string, AcknowledgementRow>, now: Date): AlertView {
  const held = heldOf(row, rows, now)
  return {
    id: row.id,
    cause_id: row.causeId,
    kind: CauseKind.parse(row.kind),
    severity: Severity.parse(row.severity),
    state: stateOf(row, held),
    subject: CauseView.shape.subject.parse({ kind: row.subjectKind, id: row.subjectId, name: row.subjectName }),
    title: row.title,
    advice: row.advice,
    reach: CauseView.shape.reach.parse(row.reach),
    first_seen_at: row.firstSeenAt.toISOString(),
    opened_at: (row.openedAt ?? row.firstSeenAt).toISOString(),
    gone_since: row.clearedAt === null ? (row.goneAt?.toISOString() ?? null) : null,
    cleared_at: row.clearedAt?.toISOString() ?? null,
    returns: row.returns,
    acknowledged: held && acknowledgementView(held),
  }
}

export function eventView({ at, kind, severity, by, note, until }: AlertEventRow): AlertEventView {
  const times = { at: at.toISOString(), until: until?.toISOString() ?? null }
  return AlertEventView.parse({ ...times, kind, severity, by, note })
}

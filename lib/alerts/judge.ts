import { CALM_MS, lastsMs } from '@/lib/alerts/rules'
import type { CauseKind, Severity } from '@/lib/attention/schema'
import { SEVERITIES } from '@/lib/attention/schema'

/** What is remembered of an alert, as far as the next look goes by it. */
export interface Remembered {
  severity: Severity
  milderSince: Date | null
  firstSeenAt: Date
  /** Null: it has not lasted long enough yet. */
  openedAt: Date | null
  goneAt: Date | null
  returns: number
}

/** What a look has found of its cause. */
export interface Found {
  kind: CauseKind
  severity: Severity
}

export type Happened = 'opened' | 'worse' | 'milder' | 'cleared'

export interface Verdict {
  /** Null: forget it, it was nothing. */
  row: (Remembered & { clearedAt: Date | null }) | null
  happened: Happened | null
}

/**
 * What becomes of an alert when its cause is, or is not, there. `found` undefined: it is not. `watchedSince`: since when this controller
 * has looked without a break; what is gone is over only when that was seen for long enough, and not because nobody looked. The same look
 * again changes nothing.
 */
export function judge(row: Remembered, found: Found | undefined, now: Date, watchedSince: Date): Verdict {
  const open = { ...row, clearedAt: null }
  if (row.openedAt === null) {
    if (found === undefined) return { row: null, happened: null }
    const seen = { ...open, severity: found.severity }
    if (now.getTime() - row.firstSeenAt.getTime() < lastsMs(found.kind)) return { row: seen, happened: null }
    return { row: { ...seen, openedAt: now }, happened: 'opened' }
  }
  return found === undefined ? withoutCause(open, now, watchedSince) : withCause(open, found.severity, now)
}

type Open = NonNullable<Verdict['row']>

function withoutCause(row: Open, now: Date, watchedSince: Date): Verdict {
  if (row.goneAt === null) return { row: { ...row, goneAt: now }, happened: null }
  const goneMs = now.getTime() - Math.max(row.goneAt.getTime(), watchedSince.getTime())
  if (goneMs < CALM_MS) return { row, happened: null }
  return { row: { ...row, clearedAt: row.goneAt }, happened: 'cleared' }
}

function withCause(before: Open, severity: Severity, now: Date): Verdict {
  const row = { ...before, goneAt: null, returns: before.returns + (before.goneAt === null ? 0 : 1) }
  const [was, is] = [SEVERITIES.indexOf(row.severity), SEVERITIES.indexOf(severity)]
  if (is < was) return { row: { ...row, severity, milderSince: null }, happened: 'worse' }
  if (is === was) return { row: { ...row, milderSince: null }, happened: null }
  const milderSince = row.milderSince ?? now
  if (now.getTime() - milderSince.getTime() < CALM_MS) return { row: { ...row, milderSince }, happened: null }
  return { row: { ...row, severity, milderSince: null }, happened: 'milder' }
}

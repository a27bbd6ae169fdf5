import { CALM_MS } from '@/lib/alerts/rules'
import type { Severity } from '@/lib/attention/schema'
import { SEVERITIES } from '@/lib/attention/severities'

/** What is remembered of an alert, as far as the next look goes by it. */
export interface Remembered {
  severity: Severity
  milderSince: Date | null
  firstSeenAt: Date
  /** Null: it has not lasted long enough yet. */
  openedAt: Date | null
  goneAt: Date | null
  returns: number
  /** Ids of all that it has been about, where several come and go. */
  members: readonly string[]
}

/** What a look has found of its cause. */
export interface Found {
  severity: Severity
  /** How long it has to be there before it is told. */
  lastsMs: number
  members: ReadonlySet<string>
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
    const seen = { ...open, severity: found.severity, members: allOf(row, found) }
    if (now.getTime() - row.firstSeenAt.getTime() < found.lastsMs) return { row: seen, happened: null }
    return { row: { ...seen, openedAt: now }, happened: 'opened' }
  }
  return found === undefined ? withoutCause(open, now, watchedSince) : withCause(open, found, now)
}

/** Of which nothing is known, since the hosts that see it do not answer: it is not gone, and goes on when they are back. */
export function unseen(row: Remembered): Verdict {
  return { row: { ...row, goneAt: null, clearedAt: null }, happened: null }
}

type Open = NonNullable<Verdict['row']>

function withoutCause(row: Open, now: Date, watchedSince: Date): Verdict {
  if (row.goneAt === null) return { row: { ...row, goneAt: now }, happened: null }
  const goneMs = now.getTime() - Math.max(row.goneAt.getTime(), watchedSince.getTime())
  if (goneMs < CALM_MS) return { row, happened: null }
  return { row: { ...row, clearedAt: row.goneAt }, happened: 'cleared' }
}

/** What has left stays on the list: when it comes back, it is no news. */
function allOf({ members }: Remembered, found: Found): readonly string[] {
  const added = [...found.members].filter((id) => !members.includes(id))
  return added.length === 0 ? members : [...members, ...added]
}

function withCause(before: Open, found: Found, now: Date): Verdict {
  const { severity } = found
  const members = allOf(before, found)
  const row = { ...before, members, goneAt: null, returns: before.returns + (before.goneAt === null ? 0 : 1) }
  const [was, is] = [SEVERITIES.indexOf(row.severity), SEVERITIES.indexOf(severity)]
  if (is < was) return { row: { ...row, severity, milderSince: null }, happened: 'worse' }
  const isMore = members.length > before.members.length
  if (is === was) return { row: { ...row, milderSince: null }, happened: isMore ? 'worse' : null }
  const milderSince = row.milderSince ?? now
  if (now.getTime() - milderSince.getTime() < CALM_MS) return { row: { ...row, milderSince }, happened: null }
  return { row: { ...row, severity, milderSince: null }, happened: 'milder' }
}

import type { Severity } from '@/lib/attention/schema'
import { SEVERITIES } from '@/lib/attention/severities'
import type { Notice, NoticeEvent } from '@/lib/notifiers/contract/notice'
import { headline } from '@/lib/notifiers/contract/words'

const HOUR_MS = 3_600_000

/** So many at once are still told one by one, as hosts that do not answer are. */
const APART = 3
/** So many are written out in a message: the smallest form takes 4,000 characters. */
const WRITTEN_OUT = 10
const LONGEST_LINE = 160

/**
 * Which of what is to be sent now goes together, a list for each message; what is in none goes alone. `mayGo`: so many messages may be sent
 * now. What is over is told apart from what is there.
 */
export function gather<T extends { event: string }>(rows: readonly T[], mayGo: number): T[][] {
  if (rows.length <= Math.min(APART, mayGo)) return []
  const [over, there] = [
    rows.filter(({ event }) => event === 'cleared'),
    rows.filter(({ event }) => event !== 'cleared'),
  ]
  return [there, over].filter((some) => some.length > 1)
}

interface Line {
  event: NoticeEvent
  severity: Severity
  title: string
}

/** What a message says that tells of all of these; none of them is over, or all are. */
export function gatheredWords(
  lines: readonly [Line, ...Line[]],
): Pick<Notice, 'event' | 'severity' | 'title' | 'gathered'> {
  const rank = ({ severity }: Line) => SEVERITIES.indexOf(severity)
  const worstFirst = lines.toSorted((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title))
  const { severity, title, event } = worstFirst[0] ?? lines[0]
  return {
    event: event === 'cleared' ? 'cleared' : 'opened',
    severity,
    title: `${cut(title)}, and ${lines.length - 1} more`,
    gathered: { total: lines.length, first: worstFirst.slice(0, WRITTEN_OUT).map((line) => cut(headline(line))) },
  }
}

function cut(text: string): string {
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE - 1)}…` : text
}

// ---- not more than so many an hour -----------------------------------------------------------------------------------------

/**
 * A message takes its part of an hour, and an hour may be taken ahead: after a burst one is free again with each part that goes by, so what
 * waits never waits longer than that (the generic cell rate algorithm).
 */
function partMs(mostPerHour: number): number {
  return Math.floor(HOUR_MS / mostPerHour)
}

/** How many may be sent at once now. */
export function mayGo(pacedAt: Date | null, mostPerHour: number, now: Date): number {
  const takenMs = Math.max(0, (pacedAt?.getTime() ?? 0) - now.getTime())
  return Math.max(0, Math.floor((HOUR_MS - takenMs) / partMs(mostPerHour)))
}

/** When the next one may be sent. */
export function mayGoAt(pacedAt: Date | null, mostPerHour: number, now: Date): Date {
  const freeAt = (pacedAt?.getTime() ?? 0) + partMs(mostPerHour) - HOUR_MS
  return new Date(Math.max(now.getTime(), freeAt))
}

/** With one more that was sent. */
export function pacedWith(pacedAt: Date | null, mostPerHour: number, now: Date): Date {
  return new Date(Math.max(now.getTime(), pacedAt?.getTime() ?? 0) + partMs(mostPerHour))
}

import type { Severity } from '@/lib/attention/schema'
import { SEVERITIES } from '@/lib/attention/severities'

/** What is known of a message when it is due, as far as it says whether it is still needed. */
export interface Situation {
  event: string
  severity: string
  attempts: number
  /** Null of a test. */
  alert: { severity: string; clearedAt: Date | null; goneAt: Date | null } | null
  /** What people have said of its alert and still holds. */
  held: { by: string; until: Date | null } | null
  /** Why nothing is sent about its alert now; null: nothing speaks against it. */
  muted: string | null
  /** End of the quiet hours of the notifier, if they hold for this message. */
  quietUntil: Date | null
  /** Of earlier messages about the same alert to the same notifier. */
  earlier: { areWaiting: boolean; wereSent: boolean }
}

export type Decision = { do: 'send' } | { do: 'skip'; why: string } | { do: 'wait'; why: string; until: Date }

/** So long what cannot be foreseen is waited for before it is looked at again. */
const LOOK_AGAIN_MS = 60_000

/** What becomes of a message that is due. What may have arrived already is tried until it has, or is given up. */
export function decide(situation: Situation, now: Date): Decision {
  const { event, attempts, alert, earlier, quietUntil } = situation
  if (event === 'test' || alert === null) return { do: 'send' }
  const later = new Date(now.getTime() + LOOK_AGAIN_MS)
  if (earlier.areWaiting)
    return { do: 'wait', why: 'An earlier message about the same alert goes first.', until: later }
  const quiet = quietUntil && ({ do: 'wait', why: 'Quiet hours.', until: quietUntil } as const)
  if (event === 'cleared' && earlier.wereSent && quiet) return quiet
  if (event === 'cleared')
    return earlier.wereSent ? { do: 'send' } : { do: 'skip', why: 'Nobody was told that it was there.' }
  if (attempts > 0) return quiet ?? { do: 'send' }
  const first = decideFirst(situation, alert, later)
  return first.do === 'send' ? (quiet ?? first) : first
}

function decideFirst(
  { event, severity, held, muted }: Situation,
  alert: NonNullable<Situation['alert']>,
  later: Date,
): Decision {
  if (alert.clearedAt !== null) return { do: 'skip', why: 'It was over before.' }
  if (event === 'reminder' && held !== null) return { do: 'skip', why: `${held.by} had said that it is known.` }
  if (event === 'worse' && rank(alert.severity) > rank(severity))
    return { do: 'skip', why: 'It was less bad again before.' }
  if (held !== null && held.until === null) return { do: 'skip', why: `${held.by} had acknowledged it.` }
  if (held?.until) return { do: 'wait', why: `${held.by} has silenced it.`, until: held.until }
  if (alert.goneAt !== null) return { do: 'wait', why: 'It is not seen at the moment.', until: later }
  if (muted !== null) return { do: 'wait', why: muted, until: later }
  return { do: 'send' }
}

function rank(severity: string): number {
  return SEVERITIES.indexOf(severity as Severity)
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** After how long the next attempt comes. After the last of them, a day after the first attempt, it is given up. */
const PAUSES_MS = [
  15_000,
  MINUTE_MS,
  3 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  8 * HOUR_MS,
] as const

/** Until the attempt after this one, in milliseconds, or longer where the receiver wants it; null: it is given up. */
export function pauseAfter(attempt: number, event: string, wantedMs = 0): number | null {
  const pauseMs = event === 'test' ? undefined : PAUSES_MS[attempt - 1]
  return pauseMs === undefined ? null : Math.max(pauseMs, wantedMs)
}

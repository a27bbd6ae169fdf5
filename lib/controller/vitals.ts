import { formatDuration } from '@/lib/units'

export interface Vitals {
  startedAt: Date
  /** The round over all hosts that ended last, and how often one is to begin; null: none has. */
  lastRound: { at: Date; intervalMs: number } | null
  /** When what is wrong was looked for last; null: not yet. */
  lastLook: Date | null
}

const ROUNDS_MISSED = 4
const LEAST_MS = 2 * 60_000
/** It looks every half minute; a look at a large fleet that falls silent takes seconds. */
const LOOK_LATE_MS = 5 * 60_000

/** What is wrong with a controller that leads, a sentence; null: it is well. One that has just started has some time. */
export function unwell({ startedAt, lastRound, lastLook }: Vitals, now: Date): string | null {
  const age = (at: Date | undefined) => now.getTime() - (at ?? startedAt).getTime()
  const roundAge = age(lastRound?.at)
  if (roundAge > Math.max(LEAST_MS, (lastRound?.intervalMs ?? 0) * ROUNDS_MISSED))
    return `Hosts have not been asked for ${formatDuration(roundAge)}.`
  const lookAge = age(lastLook ?? undefined)
  return lookAge > LOOK_LATE_MS ? `What is wrong has not been looked for in ${formatDuration(lookAge)}.` : null
}

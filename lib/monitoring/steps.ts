/** A stretch of time of which the history keeps one point. */
export interface Step {
  minutes: number
  /** Points that are older are deleted. */
  keptDays: number
}

export const FINE: Step = { minutes: 5, keptDays: 2 }
export const HOURLY: Step = { minutes: 60, keptDays: 90 }
export const DAILY: Step = { minutes: 24 * 60, keptDays: 5 * 365 }

/** Finest first. Each measurement goes into all of them, so nothing has to be rolled up later, and nothing is missed meanwhile. */
export const STEPS: readonly Step[] = [FINE, HOURLY, DAILY]

export const MINUTE_MS = 60_000
export const DAY_MS = 86_400_000

/** The beginning of the stretch that a moment lies in, in minutes since 1970. Days are those of UTC. */
export function slotOf(at: Date, { minutes }: Pick<Step, 'minutes'>): number {
  return Math.floor(at.getTime() / MINUTE_MS / minutes) * minutes
}

/** All slots from one moment to another, both included, oldest first. */
export function slotsBetween(from: Date, to: Date, step: Pick<Step, 'minutes'>): number[] {
  const first = slotOf(from, step)
  const count = Math.floor((slotOf(to, step) - first) / step.minutes) + 1
  return Array.from({ length: Math.max(0, count) }, (_, at) => first + at * step.minutes)
}

/** The oldest slot that is kept. */
export function oldestKept(now: Date, step: Step): number {
  return slotOf(new Date(now.getTime() - step.keptDays * DAY_MS), step)
}

/** How a storage is on a host that it is wanted on: as the column `health` has it. */
export const HEALTH = { unknown: 0, well: 1, failing: 2 } as const
export type Health = (typeof HEALTH)[keyof typeof HEALTH]

/** As the API and the metrics say it. */
export function healthWord(health: number): 'well' | 'failing' | 'unknown' {
  if (health === HEALTH.well) return 'well'
  return health === HEALTH.failing ? 'failing' : 'unknown'
}

const DAY_MS = 86_400_000
/** Availability is told over so many days, today included. */
export const WINDOW_DAYS = 30

/** Days since 1970, in UTC. */
export function dayOf(at: Date): number {
  return Math.floor(at.getTime() / DAY_MS)
}

/** The first day that counts now. */
export function firstDay(now: Date): number {
  return dayOf(now) - WINDOW_DAYS + 1
}

/** What a stretch of time adds to a day. */
export interface DayShare {
  day: number
  wellSeconds: number
  failingSeconds: number
}

/** A stretch by the days that it lies on; empty for one that is not known, and for a clock that went back. */
export function sharesOf(health: number, from: Date, until: Date): DayShare[] {
  if (health !== HEALTH.well && health !== HEALTH.failing) return []
  const shares: DayShare[] = []
  for (let at = from.getTime(); at < until.getTime(); ) {
    const day = Math.floor(at / DAY_MS)
    const end = Math.min(until.getTime(), (day + 1) * DAY_MS)
    const seconds = (end - at) / 1000
    const isWell = health === HEALTH.well
    shares.push({ day, wellSeconds: isWell ? seconds : 0, failingSeconds: isWell ? 0 : seconds })
    at = end
  }
  return shares
}

/** What is known of some days together. */
export interface Counted {
  wellSeconds: number
  failingSeconds: number
  outages: number
}

export const NOTHING: Counted = { wellSeconds: 0, failingSeconds: 0, outages: 0 }

export function sum(one: Counted, other: Counted): Counted {
  return {
    wellSeconds: one.wellSeconds + other.wellSeconds,
    failingSeconds: one.failingSeconds + other.failingSeconds,
    outages: one.outages + other.outages,
  }
}

/** Percent of the time that is known; null: none is. */
export function availabilityOf({ wellSeconds, failingSeconds }: Counted): number | null {
  const known = wellSeconds + failingSeconds
  return known === 0 ? null : (wellSeconds / known) * 100
}

/** For how many seconds of the window a storage may fail on `hosts` hosts together: the error budget of the objective. */
export function budgetSeconds(objective: number, hosts: number): number {
  return (1 - objective / 100) * WINDOW_DAYS * (DAY_MS / 1000) * hosts
}

/** Percent of the budget that is left; below 0 when more was used. Null: the objective leaves none, and none was used. */
export function budgetLeft(failingSeconds: number, budget: number): number | null {
  if (budget <= 0) return failingSeconds > 0 ? -100 : null
  return (1 - failingSeconds / budget) * 100
}

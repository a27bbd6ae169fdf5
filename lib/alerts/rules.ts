import type { CauseKind, Severity } from '@/lib/attention/schema'
import { FULL_PERCENT, NEARLY_FULL_PERCENT } from '@/lib/fullness'

/**
 * What is trouble, how bad it is, and how long it has to last before it is told. What needs attention and the alerts both follow from
 * this file; the facts are read, and put together by their cause, in `lib/attention`.
 */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 86_400 * SECOND

// ---- figures -------------------------------------------------------------------------------------------------------------

/** A figure that is trouble from somewhere on. What is told ends only when the figure is back by `margin`: one that hovers is one alert. */
export interface Limits {
  warning: number
  /** Left out: it is never more than a warning. */
  critical?: number
  margin: number
}

/** Percent in use, of a storage, of the data of a thin pool and of its metadata. */
export const FULLNESS: Limits = { warning: NEARLY_FULL_PERCENT, critical: FULL_PERCENT, margin: 2 }
/** Percent of the inodes of a file system: without a free one no file can be made. */
export const INODES: Limits = { warning: NEARLY_FULL_PERCENT, critical: FULL_PERCENT, margin: 2 }
/** Minutes for which files have waited on a host and none was uploaded. The shortest is longer than most outages of a server. */
export const UPLOADS: Limits = { warning: 15, critical: 240, margin: 0 }
/** Seconds that the clock of a host is off. */
export const CLOCK: Limits = { warning: 60, margin: 10 }
/** Percent of what a pool may promise its volumes. */
export const PROMISED: Limits = { warning: 101, margin: 1 }

/** Milliseconds until it is full, by the forecast. */
export const FULL_WITHIN_MS = 7 * DAY
/** A forecast that is told already ends only when the day is further away than this. */
export const FULL_WITHIN_STILL_MS = 9 * DAY

/** From here on it is worth a look whether the figure is trouble: below nothing is told, and nothing that is told lasts. */
export function lowest({ warning, margin }: Limits): number {
  return warning - margin
}

/** How bad a figure is; `before`: as it is told now, undefined when it is not. Null: it is no trouble. */
export function levelAt(
  figure: number,
  { warning, critical, margin }: Limits,
  before: Severity | undefined,
): 'critical' | 'warning' | null {
  const isFrom = (limit: number, isTold: boolean) => figure >= (isTold ? limit - margin : limit)
  if (critical !== undefined && isFrom(critical, before === 'critical')) return 'critical'
  return isFrom(warning, before !== undefined) ? 'warning' : null
}

/** Is the day on which it is full too near? */
export function isFullSoon(leftMs: number, isTold: boolean): boolean {
  return leftMs <= (isTold ? FULL_WITHIN_STILL_MS : FULL_WITHIN_MS)
}

// ---- time ----------------------------------------------------------------------------------------------------------------

/** Two looks of the controller, which looks every half minute: what is over before the second one was nothing. */
const TWO_LOOKS = 20 * SECOND
/** Agents measure every five minutes: this is a second measurement. */
const TWO_MEASUREMENTS = 5 * MINUTE

/** How long a cause has to be there before it is an alert, in milliseconds. */
const LASTS_MS: Record<CauseKind, number> = {
  host_away: TWO_LOOKS,
  agent_outdated: TWO_LOOKS,
  tools_missing: TWO_LOOKS,
  certificate_ending: TWO_LOOKS,
  clock: TWO_LOOKS,
  storage: TWO_LOOKS,
  capacity: TWO_MEASUREMENTS,
  inodes: TWO_MEASUREMENTS,
  uploads: TWO_LOOKS,
  forecast: TWO_LOOKS,
  overcommit: TWO_LOOKS,
  mount: TWO_LOOKS,
  nodes: TWO_LOOKS,
  drift: TWO_LOOKS,
  pool: TWO_LOOKS,
  volume: TWO_LOOKS,
}

export function lastsMs(kind: CauseKind): number {
  return LASTS_MS[kind]
}

/** So long a cause has to be gone before its alert is over, and less bad before the alert is. What comes back earlier is the same. */
export const CALM_MS = 5 * MINUTE

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
/** Percent of the life that the maker gives an SSD. At 100 it goes on as ever, but nobody vouches for it any more. */
export const DISK_WEAR: Limits = { warning: 90, margin: 0 }
/** Percent of what a pool may promise its volumes. */
export const PROMISED: Limits = { warning: 101, margin: 1 }

/** Days until it is full, by the forecast; one that is told ends when the day is further away by the margin. */
export const FULL_SOON: Limits = { warning: 7, margin: 2 }
/** Days until a certificate ends. Renewal happens at half of its life; so close to the end it has failed several times. */
export const CERTIFICATE: Limits = { warning: 3, margin: 0 }
/** Days until certificates of Holdfast itself end: the authority has to be replaced by people, the others are renewed at 3.5 days. */
export const OWN_ENDS = {
  authority: { warning: 180, critical: 30 },
  renewed: { warning: 2, critical: 0 },
} as const
/** Minutes for which a notifier could send nothing. After a day its messages are given up. */
export const NOT_TAKEN: Limits = { warning: 60, critical: 1_440, margin: 0 }
/** Minutes for which the dead-man's switch was not pinged. */
export const PINGS_MISSED: Limits = { warning: 10, margin: 0 }

/** Percent of the last 30 days in which a backend is to be usable on its hosts: its objective. Less is worse. */
export const AVAILABILITY: Limits = { warning: 99.9, margin: 0 }

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
export function isFullSoon(leftMs: number, isTold: boolean, { warning, margin }: Limits = FULL_SOON): boolean {
  return leftMs <= (isTold ? warning + margin : warning) * DAY
}

// ---- time ----------------------------------------------------------------------------------------------------------------

/** Two looks of the controller, which looks every half minute: what is over before the second one was nothing. */
const TWO_LOOKS = 20 * SECOND
/** What is nearly full is measured every minute: after two there is a second measurement. */
const TWO_MEASUREMENTS_MINUTES = 2

/** How many minutes a cause has to be there before it is an alert. 0: two looks. */
export const LASTS_MINUTES: Record<CauseKind, number> = {
  host_away: 0,
  agent_outdated: 0,
  tools_missing: 0,
  certificate_ending: 0,
  clock: 0,
  disk_failing: 0,
  disk_worn: 0,
  storage: 0,
  capacity: TWO_MEASUREMENTS_MINUTES,
  inodes: TWO_MEASUREMENTS_MINUTES,
  uploads: 0,
  forecast: 0,
  overcommit: 0,
  availability: 0,
  mount: 0,
  nodes: 0,
  drift: 0,
  pool: 0,
  volume: 0,
  notifier: 0,
  heartbeat: 0,
  own_certificate: 0,
}

/** As milliseconds; never less than two looks. */
export function lastsMs(minutes: number): number {
  return Math.max(TWO_LOOKS, minutes * MINUTE)
}

/** So long a cause has to be gone before its alert is over, and less bad before the alert is. What comes back earlier is the same. */
export const CALM_MS = 5 * MINUTE

import { Cron } from 'croner'
import type { SnapshotRule } from '@/lib/snapshots/schema'

/** When a schedule is due. */
export interface Timing {
  rule: SnapshotRule
  /** As the time zone database has it. */
  timeZone: string
  /** Minutes and hours are counted from here. */
  since: Date
}

const MINUTE_MS = 60_000
/** Of croner: Sunday is 0. */
const DAY_FIGURES = { sunday: 0, monday: 1, tuesday: 2, wednesday: 3, thursday: 4, friday: 5, saturday: 6 } as const

/**
 * The first time after `after` at which it is due; null: there is none, as with 30 February. What falls into the hour that a clock
 * skips in spring comes right after it; what falls into the one that it shows twice in autumn comes once.
 */
export function nextRun({ rule, timeZone, since }: Timing, after: Date): Date | null {
  if (rule.repeat === 'minutes' || rule.repeat === 'hours') {
    const stepMs = rule.every * MINUTE_MS * (rule.repeat === 'hours' ? 60 : 1)
    const steps = Math.max(1, Math.floor((after.getTime() - since.getTime()) / stepMs) + 1)
    return new Date(since.getTime() + steps * stepMs)
  }
  return cron(cronLine(rule), timeZone).nextRun(after)
}

/** The next few of them, soonest first. */
export function nextRuns(timing: Timing, after: Date, count: number): Date[] {
  const found: Date[] = []
  for (let run = nextRun(timing, after); run !== null && found.length < count; run = nextRun(timing, run))
    found.push(run)
  return found
}

function cronLine(rule: Exclude<SnapshotRule, { repeat: 'minutes' | 'hours' }>): string {
  if (rule.repeat === 'cron') return rule.line
  const [hour, minute] = rule.at.split(':').map(Number)
  const days = rule.repeat === 'daily' ? '*' : rule.on.map((day) => DAY_FIGURES[day]).join(',')
  return `${minute} ${hour} * * ${days}`
}

function cron(line: string, timezone: string): Cron {
  return new Cron(line, { paused: true, mode: '5-part', timezone })
}

/** So many runs are looked at: a day of the shortest time between them. */
const LOOKED_AT = 300
export const LEAST_MINUTES = 5

/** What is wrong with a cron line, a sentence with the cure; null: nothing. */
export function cronProblem(line: string): string | null {
  let runs: Date[]
  try {
    runs = cron(line, 'UTC').nextRuns(LOOKED_AT)
  } catch {
    return 'Write five fields: minute, hour, day of the month, month, day of the week, such as "30 2 * * 1-5".'
  }
  if (runs.length === 0) return 'There is no such day: it would never be due.'
  const isTooOften = runs.some((run, at) => {
    const before = runs[at - 1]
    return before !== undefined && run.getTime() - before.getTime() < LEAST_MINUTES * MINUTE_MS
  })
  return isTooOften ? `At most every ${LEAST_MINUTES} minutes.` : null
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** How a clock in that zone shows it: `{ day: '2026-11-30', time: '02:30' }`. */
export function localTime(at: Date, timeZone: string): { day: string; time: string } {
  const parts = new Map(
    formatterOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? ''
  return { day: `${part('year')}-${part('month')}-${part('day')}`, time: `${part('hour')}:${part('minute')}` }
}

const FORMATTERS = new Map<string, Intl.DateTimeFormat>()

/** They are dear to make. */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = FORMATTERS.get(timeZone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  FORMATTERS.set(timeZone, made)
  return made
}

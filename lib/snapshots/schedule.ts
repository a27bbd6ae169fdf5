import type { Keep, ScheduleView } from '@/lib/snapshots/schema'
import { SnapshotRule } from '@/lib/snapshots/schema'
import { nextRun, type Timing } from '@/lib/snapshots/timing'

/** As it is stored. */
export interface ScheduleRow {
  isOn: boolean
  rule: unknown
  timeZone: string
  prefix: string
  keepLast: number
  keepDaily: number
  keepWeekly: number
  keepMonthly: number
  since: Date
  updatedAt: Date
}

/** Of a volume with its pool: its own schedule goes before that of the pool. */
export interface Scheduled<Row extends ScheduleRow = ScheduleRow> {
  schedule: Row | null
  pool: { schedule: Row | null }
}

/** The one that holds for a volume, on or off. */
export function scheduleOf<Row extends ScheduleRow>({ schedule, pool }: Scheduled<Row>): Row | null {
  return schedule ?? pool.schedule
}

/** Null: a later version has written it. */
export function timingOf({ rule, timeZone, since }: ScheduleRow): Timing | null {
  const parsed = SnapshotRule.safeParse(rule).data
  return parsed === undefined ? null : { rule: parsed, timeZone, since }
}

/** When it is due the next time; null: it is off, or never. */
export function dueAfter(row: ScheduleRow | null, after: Date): Date | null {
  const timing = row?.isOn ? timingOf(row) : null
  return timing === null ? null : nextRun(timing, after)
}

export function keepOf({ keepLast, keepDaily, keepWeekly, keepMonthly }: ScheduleRow): Keep {
  return { last: keepLast, daily: keepDaily, weekly: keepWeekly, monthly: keepMonthly }
}

export function scheduleView(row: ScheduleRow): ScheduleView | null {
  const timing = timingOf(row)
  if (timing === null) return null
  return {
    enabled: row.isOn,
    rule: timing.rule,
    time_zone: row.timeZone,
    keep: keepOf(row),
    prefix: row.prefix,
    since: row.since.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

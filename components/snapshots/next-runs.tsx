'use client'

import { ruleBody, type ScheduleValues } from '@/components/snapshots/schedule-values'
import { useNow } from '@/components/ui/relative-time'
import { useTimes } from '@/components/ui/times'
import { SnapshotRule } from '@/lib/snapshots/schema'
import { isTimeZone, nextRuns } from '@/lib/snapshots/timing'

const SHOWN = 3

/** When it would be due, while somebody fills the form; nothing while it is not right yet. */
export function NextRuns({ values }: { values: ScheduleValues }) {
  const now = new Date(useNow())
  const { exact } = useTimes()
  const rule = SnapshotRule.safeParse(ruleBody(values)).data
  if (rule === undefined || !isTimeZone(values.timeZone)) return null
  const runs = nextRuns({ rule, timeZone: values.timeZone, since: now }, now, SHOWN)
  return (
    <p className="text-12 text-muted" aria-live="polite">
      Next: {runs.map((run) => exact(run.toISOString())).join(' · ')}, as the clock is here.
    </p>
  )
}

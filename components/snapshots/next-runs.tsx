'use client'

import { ruleBody, type ScheduleValues } from '@/components/snapshots/schedule-values'
import { hasTimeZone } from '@/components/snapshots/schedule-words'
import { partsOf } from '@/components/ui/exact-time'
import { useNow } from '@/components/ui/relative-time'
import { useTimes } from '@/components/ui/times'
import { SnapshotRule } from '@/lib/snapshots/schema'
import { isTimeZone, nextRuns } from '@/lib/snapshots/timing'

const SHOWN = 3

/** When it would be due, while somebody fills the form; nothing while it is not right yet. */
export function NextRuns({ values }: { values: ScheduleValues }) {
  const now = new Date(useNow())
  const times = useTimes()
  const rule = SnapshotRule.safeParse(ruleBody(values)).data
  if (rule === undefined || !isTimeZone(values.timeZone)) return null
  const runs = nextRuns({ rule, timeZone: values.timeZone, since: now }, now, SHOWN)
  // By the clock that the rule goes by; one that only counts has none.
  const zone = hasTimeZone(rule) ? values.timeZone : times.zone
  const words = runs.map((run) => {
    const { date, clock } = partsOf(run.toISOString(), zone)
    return `${date} ${clock.slice(0, 5)}`
  })
  return (
    <p className="text-12 text-muted" aria-live="polite">
      Next: {words.join(', ')} ({zone})
    </p>
  )
}

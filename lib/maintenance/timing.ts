import type { MaintenanceTiming } from '@/lib/maintenance/schema'
import { nextRun } from '@/lib/snapshots/timing'

const MINUTE_MS = 60_000

type Weekly = Extract<MaintenanceTiming, { repeat: 'weekly' }>

function nextWeekly({ on, at, time_zone: timeZone }: Weekly, after: Date): Date | null {
  return nextRun({ rule: { repeat: 'weekly', on, at }, timeZone, since: after }, after)
}

/** When the window that `now` lies in is over; null: it lies in none. Its first moment is inside, its last one is not. */
export function activeUntil(timing: MaintenanceTiming, now: Date): Date | null {
  if (timing.repeat === 'once') {
    const until = new Date(timing.until)
    return new Date(timing.from) <= now && now < until ? until : null
  }
  const lastsMs = timing.minutes * MINUTE_MS
  let last: Date | null = null
  // The latest that has begun: a window of a whole day goes over into the next one.
  for (
    let begun = nextWeekly(timing, new Date(now.getTime() - lastsMs));
    begun !== null && begun <= now;
    begun = nextWeekly(timing, begun)
  )
    last = begun
  return last && new Date(last.getTime() + lastsMs)
}

/** When it begins next after `now`; null: never again. */
export function nextStart(timing: MaintenanceTiming, now: Date): Date | null {
  if (timing.repeat === 'weekly') return nextWeekly(timing, now)
  const from = new Date(timing.from)
  return from > now ? from : null
}

/** When the last of it is over; null: it comes back every week. */
export function endOf(timing: MaintenanceTiming): Date | null {
  return timing.repeat === 'once' ? new Date(timing.until) : null
}

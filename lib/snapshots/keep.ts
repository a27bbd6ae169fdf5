import type { KEPT_FOR, Keep } from '@/lib/snapshots/schema'
import { localTime } from '@/lib/snapshots/timing'

type Reason = (typeof KEPT_FOR)[number]

export interface Taken {
  id: string
  createdAt: Date
  /** Something was cloned from it and still needs it. */
  hasClones: boolean
}

const DAY_MS = 86_400_000

/**
 * Which of the snapshots that a schedule has taken stay, and what for: the last ones, and the newest of each of the last days, weeks
 * (from Monday) and months that have any. What is not in the answer may go.
 */
export function keptOf(taken: readonly Taken[], keep: Keep, timeZone: string): Map<string, Reason[]> {
  const newest = taken.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1))
  const kept = new Map<string, Reason[]>()
  const add = ({ id }: Taken, reason: Reason) => kept.set(id, [...(kept.get(id) ?? []), reason])
  for (const one of newest.slice(0, keep.last)) add(one, 'last')
  for (const period of ['daily', 'weekly', 'monthly'] as const) {
    const first = Map.groupBy(newest, ({ createdAt }) => periodOf(period, createdAt, timeZone))
    for (const [one] of [...first.values()].slice(0, keep[period])) if (one !== undefined) add(one, period)
  }
  for (const one of newest) if (one.hasClones) add(one, 'clone')
  return kept
}

function periodOf(period: 'daily' | 'weekly' | 'monthly', at: Date, timeZone: string): string {
  const { day } = localTime(at, timeZone)
  if (period === 'daily') return day
  if (period === 'monthly') return day.slice(0, 7)
  const noon = new Date(`${day}T12:00:00Z`)
  const monday = new Date(noon.getTime() - ((noon.getUTCDay() + 6) % 7) * DAY_MS)
  return monday.toISOString().slice(0, 10)
}

import type { Db } from '@/lib/db/client'
import { freeSnapshotName } from '@/lib/snapshots/name'
import type { SetSchedule } from '@/lib/snapshots/schema'
import { nextRuns, type Timing } from '@/lib/snapshots/timing'

/** A snapshot that a schedule would have taken, and when. */
export interface PastSnapshot {
  name: string
  at: Date
}

/** More than lies between two times of any schedule of the demo. */
const LONGEST_MS = 8 * 86_400_000

/** The last `count` times that such a schedule was due, the oldest first, with the names that it would have given. */
export function timesBefore(
  { rule, time_zone: timeZone, prefix }: SetSchedule,
  now: Date,
  count: number,
): PastSnapshot[] {
  const stepMs = rule.repeat === 'minutes' ? rule.every * 60_000 : null
  const since = new Date(now.getTime() - (stepMs ?? LONGEST_MS) * (count + 1))
  const timing: Timing = { rule, timeZone, since }
  const past = nextRuns(timing, since, 10_000).filter((at) => at < now)
  const names = new Set<string>()
  return past.slice(-count).map((at) => {
    const name = freeSnapshotName({ prefix, timeZone }, at, names)
    names.add(name)
    return { name, at }
  })
}

/** Lets snapshots of a volume be what its schedule took then; `next`: when it takes the next one. */
export async function takenBySchedule(
  db: Db,
  volumeId: string,
  { past, next }: { past: readonly PastSnapshot[]; next: Date },
): Promise<void> {
  for (const { name, at } of past)
    await db.snapshot.updateMany({ where: { volumeId, name }, data: { isScheduled: true, createdAt: at } })
  const lastAt = past.at(-1)?.at ?? null
  await db.snapshotTurn.upsert({
    where: { volumeId },
    create: { volumeId, nextAt: next, lastAt },
    update: { lastAt },
  })
}

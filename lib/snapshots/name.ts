import { localTime } from '@/lib/snapshots/timing'

/** `auto-2026-11-30-0230`, by the clock of the schedule; with a figure where the clock shows the same time twice. */
export function freeSnapshotName(
  { prefix, timeZone }: { prefix: string; timeZone: string },
  at: Date,
  taken: ReadonlySet<string>,
): string {
  const { day, time } = localTime(at, timeZone)
  const name = `${prefix}-${day}-${time.replace(':', '')}`
  if (!taken.has(name)) return name
  for (let figure = 2; ; figure++) if (!taken.has(`${name}-${figure}`)) return `${name}-${figure}`
}

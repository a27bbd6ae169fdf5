import type { VolumeRow } from '@/lib/volumes/schema'

/** How far work is changes all the time, and is not worth an event each time. */
const WORKING_POLL_MS = 2_000

/** Milliseconds between reads while something is being worked on; else `otherwise`. */
export function pollWhileWorked(
  volumes: readonly Pick<VolumeRow, 'operation'>[] | undefined,
  otherwise: number | false,
): number | false {
  return volumes?.some(({ operation }) => operation !== null) ? WORKING_POLL_MS : otherwise
}

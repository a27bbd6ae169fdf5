/** What is known of the room of a storage, in bytes; null is unknown. */
export interface Space {
  used: number | null
  total: number | null
  /** What may still be written: less than total minus used where a file system keeps blocks for root. */
  available: number | null
}

/** From this percentage on, a storage is nearly full. */
export const NEARLY_FULL_PERCENT = 90
/** From this percentage on, a storage is full. */
export const FULL_PERCENT = 95

/** How much of it is used, from 0 to 1, as `df` counts: of what can be used. Null: not known. */
export function usedShare({ used, total, available }: Space): number | null {
  if (used === null || total === null || total <= 0) return null
  const room = Math.max(0, available ?? total - used)
  return Math.min(1, Math.max(0, used + room > 0 ? used / (used + room) : used / total))
}

/** The same in whole percent, rounded; of what holds something never 0, of what has room never 100. Every threshold is held to this. */
export function usedPercent(space: Space): number | null {
  const share = usedShare(space)
  if (share === null) return null
  return Math.min(share < 1 ? 99 : 100, Math.max(share > 0 ? 1 : 0, Math.round(share * 100)))
}

interface Inodes {
  totalInodes: number | bigint | null
  usedInodes: number | bigint | null
}

/** How many of the inodes are in use, in whole percent as above. Null: not known, or it has no fixed number of them. */
export function inodePercent({ totalInodes, usedInodes }: Inodes): number | null {
  const [total, used] = [totalInodes, usedInodes].map((it) => (it === null ? null : Number(it)))
  return usedPercent({ total: total ?? null, used: used ?? null, available: null })
}

/** For `toSorted`: fullest first, what is unknown last. */
export function compareFullness(a: Space, b: Space): number {
  return (usedShare(b) ?? -1) - (usedShare(a) ?? -1)
}

/** Is it nearly full, or full? */
export function isNearlyFull(space: Space): boolean {
  return (usedPercent(space) ?? 0) >= NEARLY_FULL_PERCENT
}

/** From this percentage on a storage is measured every minute: before anybody is warned, so that the warning comes while there is room. */
const FILLING_PERCENT = 85

/** Is one of these parts of a storage about to be full? Null is not known, and nothing that fills up. */
export function isFillingUp(percents: readonly (number | null)[]): boolean {
  return percents.some((percent) => percent !== null && percent >= FILLING_PERCENT)
}

interface Stats {
  used_bytes: number | null
  total_bytes: number | null
  available_bytes: number | null
}

/** The space that the API tells of a backend, or of one host of it. */
export function spaceOf({ used_bytes, total_bytes, available_bytes }: Stats): Space {
  return { used: used_bytes, total: total_bytes, available: available_bytes }
}

interface Usage {
  usedBytes: number | bigint | null
  totalBytes: number | bigint | null
  availableBytes?: number | bigint | null
}

/** The space that an agent or the database tells. */
export function spaceOfUsage({ usedBytes, totalBytes, availableBytes = null }: Usage): Space {
  const [used, total, available] = [usedBytes, totalBytes, availableBytes].map((it) =>
    it === null ? null : Number(it),
  )
  return { used: used ?? null, total: total ?? null, available: available ?? null }
}

import type { Room } from '@/components/volumes/room'
import type { PoolView } from '@/lib/pools/schema'
import type { VolumeRow } from '@/lib/volumes/schema'

const MIB = 2 ** 20
/** About so many places a slider has; more cannot be told apart by hand. */
const PLACES = 200
const ROUND = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].flatMap((figure) => [figure * MIB, figure * 2 ** 30])

/** Round sizes between the ends, such as every GiB. */
export function stepOf(from: number, to: number): number {
  const least = (to - from) / PLACES
  return ROUND.toSorted((a, b) => a - b).find((step) => step >= least) ?? 2 ** 40
}

/**
 * Where the slider ends: at the end of the room, or, where a thin volume has none, where all that is free now would be its own. Null:
 * nothing is known, or nothing is left.
 */
export function sliderEnd(
  { size_bytes }: Pick<VolumeRow, 'size_bytes'>,
  { available_bytes }: Pick<PoolView, 'available_bytes'>,
  { bytes }: Room,
): number | null {
  if (size_bytes === null) return null
  const end = bytes ?? (available_bytes === null ? null : size_bytes + available_bytes)
  if (end === null || end <= size_bytes) return null
  const step = stepOf(size_bytes, end)
  const places = Math.floor((end - size_bytes) / step)
  return places === 0 ? null : size_bytes + places * step
}

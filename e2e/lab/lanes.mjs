// @ts-check
import { totalmem } from 'node:os'

/** Guests, product and page cache of one lane, in bytes: 4.5 GB of guests when all three run. */
const LANE_BYTES = 6 * 1024 ** 3

/**
 * How many test files run at once, each lane with guests and a product of its own: half of a lane's time is waiting, so two
 * emulated pairs use two cores better than one. `HOLDFAST_LAB_LANES` sets another number.
 * @returns {number}
 */
export function laneCount() {
  return Number(process.env.HOLDFAST_LAB_LANES ?? (totalmem() >= 2 * LANE_BYTES ? 2 : 1))
}

import { stateDir } from '@/e2e/lab/paths.mjs'

// In the environment, so that a worker that has entered a lane before starts from the same place.
process.env.HOLDFAST_LAB_FIRST_DIR ??= stateDir()
const first = process.env.HOLDFAST_LAB_FIRST_DIR

/** The lab directory of a lane, from 1. The first one has that of the checkout, which `npm run lab` uses too. */
function laneDir(lane: number): string {
  return lane === 1 ? first : `${first}-${lane}`
}

/** From here on, everything in this process uses the guests and the product of that lane. */
export function enterLane(lane: number): void {
  process.env.HOLDFAST_LAB_DIR = laneDir(lane)
}

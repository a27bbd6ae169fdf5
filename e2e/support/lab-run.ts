import { stopGuests } from '@/e2e/lab/guests.mjs'
import { laneCount } from '@/e2e/lab/lanes.mjs'
import { missingNeeds } from '@/e2e/lab/machine.mjs'
import { ready } from '@/e2e/lab/snapshots.mjs'
import { enterLane } from '@/e2e/support/lab-lanes'
import { endLabProduct, packageAgent } from '@/e2e/support/lab-product'
import { ensureSystemPackages } from '@/scripts/system-packages.mjs'

/** Once per run of the lab's tests: makes image and snapshot before any test's clock starts. */
export async function setup(): Promise<void> {
  await ensureSystemPackages('lab')
  const needs = missingNeeds()
  if (needs.length > 0) throw new Error(needs.join('\n'))
  if (!keepsLab()) await inEachLane(endLabProduct)
  enterLane(1)
  await ready()
  // Once for all lanes, whose workers inherit this.
  process.env.HOLDFAST_LAB_AGENT = await packageAgent()
}

/** Ends the products and the guests. */
export async function teardown(): Promise<void> {
  if (keepsLab()) return
  await inEachLane(async () => {
    await endLabProduct()
    await stopGuests()
  })
}

async function inEachLane(work: () => Promise<void>): Promise<void> {
  for (let lane = 1; lane <= laneCount(); lane++) {
    enterLane(lane)
    await work()
  }
}

/** `HOLDFAST_LAB_KEEP=1` leaves product and guests up, to look at after a failure; the next run with it goes on with them. */
function keepsLab(): boolean {
  return process.env.HOLDFAST_LAB_KEEP === '1'
}

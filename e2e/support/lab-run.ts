import { stopGuests } from '@/e2e/lab/guests.mjs'
import { missingNeeds } from '@/e2e/lab/machine.mjs'
import { ready } from '@/e2e/lab/snapshots.mjs'
import { ensureSystemPackages } from '@/scripts/system-packages.mjs'

/** Once per run of the lab's tests: makes image and snapshot before any test's clock starts. */
export async function setup(): Promise<void> {
  await ensureSystemPackages('lab')
  const needs = missingNeeds()
  if (needs.length > 0) throw new Error(needs.join('\n'))
  await ready()
}

/** Ends the guests. `HOLDFAST_LAB_KEEP=1` leaves them up, to look at after a failure. */
export async function teardown(): Promise<void> {
  if (process.env.HOLDFAST_LAB_KEEP !== '1') await stopGuests()
}

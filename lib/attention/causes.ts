import { availabilityCauses } from '@/lib/attention/availability-causes'
import type { Cause } from '@/lib/attention/cause'
import { diskCauses } from '@/lib/attention/disk-causes'
import { type Facts, readFacts } from '@/lib/attention/facts'
import { forecastCauses } from '@/lib/attention/forecast-causes'
import { hostCauses } from '@/lib/attention/host-causes'
import { capacityCauses, driftCauses, inodeCauses, nodeCauses } from '@/lib/attention/other-causes'
import { ownCauses } from '@/lib/attention/own-causes'
import {
  overcommitCauses,
  poolCauses,
  unknownCauses,
  unreadableCauses,
  volumeCauses,
} from '@/lib/attention/pool-causes'
import { reachCauses } from '@/lib/attention/reach-causes'
import { scheduleCauses } from '@/lib/attention/schedule-causes'
import { storageCauses } from '@/lib/attention/storage-causes'
import { uploadCauses } from '@/lib/attention/upload-causes'
import type { Db } from '@/lib/db/client'

/** Everything that is wrong now, each cause once. */
export function causesIn(facts: Facts, now: Date): Cause[] {
  const ofHosts = [...hostCauses(facts, now), ...diskCauses(facts, now)]
  const ofStorages = [...ofHosts, ...storageCauses(facts, ofHosts)]
  const told = [...ofStorages, ...reachCauses(facts, ofStorages), ...capacityCauses(facts), ...inodeCauses(facts)]
  const ofPools = [
    ...poolCauses(facts, told),
    ...unreadableCauses(facts),
    ...unknownCauses(facts),
    ...volumeCauses(facts),
    ...scheduleCauses(facts),
    ...overcommitCauses(facts),
  ]
  const known = [...told, ...ofPools, ...uploadCauses(facts, told, now)]
  const all = [
    ...known,
    ...forecastCauses(facts, known, now),
    ...availabilityCauses(facts, known),
    ...nodeCauses(facts),
    ...driftCauses(facts),
    ...ownCauses(facts, now),
  ]
  // At the end: what is switched off may still be why something else is wrong.
  return all.filter(({ kind, subject }) => facts.rules.isOn(kind, subject.id))
}

export async function findCauses(now: Date, tx?: Db): Promise<Cause[]> {
  return causesIn(await readFacts(now, tx), now)
}

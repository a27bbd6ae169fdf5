import { isWithin } from '@/agent/host/mounting/mountinfo'
import type { BindSourceRule } from '@/agent/host/mounting/paths'
import { type PlaceRecords, RememberedPlaces } from '@/agent/host/mounting/place-records'
import { Places } from '@/agent/host/mounting/places'
import { HoldfastError } from '@/lib/errors'

/** For tests that bind from directories of their own. */
export const ANY_SOURCE: BindSourceRule = { check: () => undefined, checkData: () => undefined, closed: () => [] }

/** The policy of a host that allows everything. */
export const ALLOW_EVERYTHING = {
  checkMountPoint: () => undefined,
  closedToMounts: () => [],
  checkAddress: () => undefined,
  closedNetworks: [],
  allowsUnfilteredDaemons: true,
  sources: ANY_SOURCE,
}

/** A policy that allows mounts below one directory, and in none of the closed trees. */
export function allowBelow(root: string, closed: readonly string[] = []) {
  return {
    checkMountPoint(path: string): void {
      if (path !== root && isWithin(path, root)) return
      throw new HoldfastError('policy_denied', `${path} is not allowed.`)
    },
    closedToMounts: () => [...closed],
  }
}

/** Places of a test: allowed below `root`, with their proof in memory unless told otherwise. */
export function placesBelow(root: string, records: PlaceRecords = new RememberedPlaces()): Places {
  return new Places({ policy: () => allowBelow(root), records, scratch: '/nowhere' })
}

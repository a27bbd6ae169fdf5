import { failpoint } from '@/agent/host/failpoint'
import { checkMountPoint } from '@/agent/host/mounting/guard'
import { classify, type MountTruth, readMounts } from '@/agent/host/mounting/mountinfo'
import { abandonTarget, unmountTarget } from '@/agent/host/mounting/mounts'
import type { WireMount } from '@/lib/agent-protocol/messages'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { isInOwnSource } from '@/lib/drivers/mounting/own-source'
import { ProblemError } from '@/lib/drivers/problems/problem'
import type { Work } from './converge'
import { expectedOf, type ManagedMount, NOTHING } from './managed-mount'
import { isNotOurs, isOthers, refuseOthers, removeGuard } from './place-truth'

/** Where a mount was before, when that is another place than now. */
interface Before {
  document: WireMount
  target: MountTarget
  truth: MountTruth
}

function lookBefore({ id, path, previous, openedBefore }: ManagedMount): Before | null {
  if (previous === null || previous.mountPoint === path) return null
  const target = { mountId: id, path: previous.mountPoint, readOnly: previous.readOnly }
  const truth = classify(readMounts(), target.path, expectedOf(openedBefore, target) ?? NOTHING)
  return { document: previous, target, truth }
}

/** Is something of ours still at the place of before? */
function isStillThere(mount: ManagedMount, { target, truth }: Before): boolean {
  const { openedBefore, appliedHash, madeAs } = mount
  return truth.kind !== 'absent' && !isOthers(truth, openedBefore, { target, appliedHash, madeAs })
}

/**
 * Takes a mount away from where it was before. What may not come to its new place, cannot be there, or does not leave the old one
 * because a program uses it, stays as it was, and is what this host goes on with: it is watched, healed and removed at the old place.
 */
export async function moveAway(mount: ManagedMount, work: Work): Promise<void> {
  const isWanted = mount.document.desiredState === 'mounted'
  try {
    // What is there is not taken down for something that may not come.
    if (isWanted && mount.previous !== null) checkWanted(mount, work)
    const before = lookBefore(mount)
    if (before === null) return
    if (isWanted && isStillThere(mount, before)) {
      const place = work.host.places.allow(mount.path)
      checkMountPoint(place, work.host.places.owned(before.target.path) ?? before.target)
    }
    await takeDownPrevious(mount, work)
  } catch (error) {
    const before = lookBefore(mount)
    const isDecided = !work.door.runner.uncertain && !work.context.signal.aborted
    if (isDecided && before !== null && isStillThere(mount, before)) {
      work.context.log(`The mount stays at ${before.target.path}.`)
      work.staysWhereItWas(mount)
    }
    throw error
  }
}

/** What can be said of the place that is wanted without a look at it. Throws `policy_denied`, `invalid_input`. */
export function checkWanted({ document, path, target }: ManagedMount, work: Work): void {
  work.host.places.allow(path)
  const source = expectedOf(work.open(document.backend), target)?.bindOf
  if (source !== undefined && isInOwnSource(source, path))
    throw new ProblemError('local.inside_itself', { source, path })
}

/** Unmounts and gives back the place of before. Throws as an unmount does; what others have mounted there stays. */
export async function takeDownPrevious(mount: ManagedMount, work: Work): Promise<void> {
  const before = lookBefore(mount)
  if (before === null || isNotOurs(before.target.path, work)) return
  const { target, truth } = before
  if (isUntouched(mount, before, work)) return work.hasMovedAway(mount)
  if (isStillThere(mount, before)) {
    refuseOthers(truth, target.path)
    const { openedBefore } = mount
    work.context.log(`Unmounting ${target.path}, where it was before.`)
    failpoint('move.before')
    if (openedBefore?.driver.unmount) await openedBefore.driver.unmount(openedBefore.backend, target, work.context)
    else await unmountTarget(work.door.mountContext, work.host.places.touch(target.path))
    failpoint('move.unmounted')
  }
  if (lookBefore(mount)?.truth.kind === 'absent') await removeGuard(target.path, work)
  failpoint('move.given-back')
  work.hasMovedAway(mount)
  failpoint('move.noted')
}

/** It was to be taken over there and never was: what is mounted there is still somebody else's. */
function isUntouched({ appliedHash }: ManagedMount, { document, target }: Before, work: Work): boolean {
  return document.adopt === true && appliedHash === null && work.host.places.owned(target.path) === null
}

/** Takes the old place away from programs that use it. False: nothing there is surely ours. */
export async function abandonPrevious(mount: ManagedMount, work: Work): Promise<boolean> {
  const before = lookBefore(mount)
  if (before === null || before.truth.kind === 'foreign' || !isStillThere(mount, before)) return false
  work.context.log('Taking the name away from a mount that is in use. What was not written may be lost.')
  await abandonTarget(work.door.runner, work.host.places.touch(before.target.path))
  return true
}

import { bootId } from '@/agent/host/host'
import { removeMountPoint } from '@/agent/host/mounting/guard'
import { classify, type MountTruth, readMounts, toldEntry } from '@/agent/host/mounting/mountinfo'
import { errorCode } from '@/agent/host/mounting/paths'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Work } from './converge'
import { expectedOf, type OpenedBackend } from './managed-mount'

/** Neither the journal nor the policy speaks for this place: what is there is somebody else's, whatever it looks like. */
export function isNotOurs(path: string, work: Work): boolean {
  if (work.host.places.find(path) !== null) return false
  work.context.log(
    `${path} is left as it is: this agent has mounted nothing there, and its policy allows no mount there.`,
  )
  return true
}

/** Stays the same when what is mounted is renamed or its file system is unmounted elsewhere. A later mount may get it again. */
export function kernelNameOf({ mountId, device }: MountEntry): string {
  return `${bootId()} ${mountId} ${device}`
}

/**
 * Is there nothing of ours among what is mounted at this place? Where a backend cannot be read, only if it was never mounted. What
 * looks like another by now and may be the mount that we made is not unmounted, and not forgotten either.
 */
export function isOthers(
  truth: MountTruth,
  opened: OpenedBackend | null,
  { target, appliedHash, madeAs }: { target: MountTarget; appliedHash: string | null; madeAs: string | undefined },
): boolean {
  if (truth.kind !== 'foreign' && truth.kind !== 'stacked') return false
  const expected = expectedOf(opened, target)
  if (expected === undefined) return appliedHash === null
  const entries = truth.kind === 'foreign' ? [truth.entry] : truth.entries
  if (entries.some((entry) => kernelNameOf(entry) === madeAs)) return false
  if (truth.kind === 'foreign') return true
  const { path } = target
  const around = readMounts().filter((entry) => entry.target !== path)
  return truth.entries.every((entry) => classify([...around, entry], path, expected).kind !== 'ours')
}

/** Throws `conflict` for what others have mounted at this place. */
export function refuseOthers(truth: MountTruth, path: string): void {
  if (truth.kind === 'foreign') {
    const { source, fsType } = toldEntry(truth.entry)
    throw new ProblemError('mount.foreign', { path, found: truth.why }, { details: { source, fsType } })
  }
  if (truth.kind === 'stacked') throw new ProblemError('mount.stacked', { path, count: truth.entries.length })
}

/** Gives the directory back. What keeps it from going is said, and changes nothing. */
export async function removeGuard(path: string, work: Work): Promise<void> {
  const place = work.host.places.owned(path)
  if (place === null) return
  try {
    const outcome = await removeMountPoint(work.door.runner, place)
    if (outcome === 'given back') work.context.log(`The directory ${path} was there before and is as it was.`)
    if (outcome === 'left') work.context.log(`The directory ${path} stays: it is not the one that was mounted on.`)
  } catch (error) {
    if (!isOfPlace(error)) throw error
    work.context.log(`The directory ${path} stays: ${toHoldfastError(error).message}`)
  }
}

/** Is it about the directory alone? A command that does not come back is about more. */
export function isOfPlace(error: unknown): boolean {
  if (!(error instanceof HoldfastError)) return errorCode(error) !== 'unknown'
  return error.code !== 'timed_out'
}

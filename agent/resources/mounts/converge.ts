import { failpoint } from '@/agent/host/failpoint'
import type { Door, Host } from '@/agent/host/host'
import { checkGuard, guardMountPoint } from '@/agent/host/mounting/guard'
import { readMounts } from '@/agent/host/mounting/mountinfo'
import { abandonTarget, unmountTarget } from '@/agent/host/mounting/mounts'
import type { WireBackend, WireMount } from '@/lib/agent-protocol/messages'
import type { OperationContext } from '@/lib/drivers/contract/host'
import { daemonUnit } from '@/lib/drivers/mounting/commands'
import { optionReport } from '@/lib/drivers/options/option-drift'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { ManagedMount, OpenedBackend } from './managed-mount'
import { abandonPrevious, checkWanted, moveAway, takeDownPrevious } from './move'
import { isNotOurs, isOfPlace, isOthers, kernelNameOf, refuseOthers, removeGuard } from './place-truth'

export interface Work {
  door: Door
  context: OperationContext
  host: Host
  /** Parses a stored backend with its driver's schemas. Throws when this agent does not know the type or the policy forbids it. */
  open(backend: WireBackend): OpenedBackend
  /** Keyed hash of what a mount was made from. */
  hash(document: WireMount): string
  /** Nothing of it is left at the place where it was before. */
  hasMovedAway(mount: ManagedMount): void
  /** A move was refused before anything was changed: the mount is wanted where it was, until it is asked for again. */
  staysWhereItWas(mount: ManagedMount): void
}

/** Absent → mounted and proven; ours and as wanted → success; ours and other → taken down and made again. */
export async function ensureMounted(mount: ManagedMount, work: Work): Promise<void> {
  const opened = work.open(mount.document.backend)
  if (!opened.driver.mount || !opened.driver.expect) {
    throw new HoldfastError('unsupported', `The storage type ${mount.document.backend.driver} cannot be mounted.`)
  }
  const { places } = work.host
  const isTakenOver = isAdoption(mount)
  await moveAway(mount, work)
  mount.observe(readMounts(), opened)
  refuseOthers(mount.truth, mount.path)
  if (mount.truth.kind === 'ours') {
    if (isTakenOver) return adopt(mount, work)
    if (await isAsWanted(mount, work)) return
  }
  checkWanted(mount, work)
  const place = places.allow(mount.path)
  if (mount.truth.kind === 'ours') await takeDown(mount, opened, work)
  mount.activity = 'mounting'
  const point = await guardMountPoint(work.door.runner, place)
  point.close()
  mount.guard = point.guard
  failpoint('mount.before')
  const flags = mount.document.readOnly ? ', read only' : ''
  work.context.log(`Mounting ${mount.path}${flags}.`)
  await opened.driver.mount(opened.backend, mount.target, work.context)
  failpoint('mount.after')
  mount.observe(readMounts(), opened)
  refuseOthers(mount.truth, mount.path)
  if (mount.truth.kind === 'absent') {
    throw new HoldfastError('command_failed', `The mount of ${mount.path} was reported, but the kernel shows none.`)
  }
  const missing = missingFlags(mount)
  if (missing.length > 0) {
    await takeDown(mount, opened, work)
    throw new HoldfastError('command_failed', `The mount did not get ${missing.join(', ')} and was taken down again.`)
  }
  mount.provenByDriver()
  mount.acceptedOptions = mount.options
}

/** Absent → success. What is not ours stays where it is. */
export async function ensureUnmounted(mount: ManagedMount, work: Work): Promise<void> {
  await moveAway(mount, work)
  if (await takeAway(mount, work)) await guardAgain(mount, work)
}

/**
 * Unmounts, gives the mountpoint back and, when nothing waits in them, discards the caches. It asks for nothing that only a mount
 * needs: whatever is wrong with the place, what is not ours stays as it is, and the mount goes. `abandon` never fails on a busy mount.
 */
export async function removeTraces(mount: ManagedMount, work: Work, abandon: boolean): Promise<'gone' | 'abandoned'> {
  if ((await letGo(mount, work, abandon)) === 'abandoned') return 'abandoned'
  failpoint('remove.unmounted')
  await removeGuard(mount.path, work)
  for (const kept of work.host.fuse.discardCaches(mount.id)) {
    work.context.log(`The cache ${kept} is kept: uploads may still wait in it.`)
  }
  return 'gone'
}

async function letGo(mount: ManagedMount, work: Work, abandon: boolean): Promise<'gone' | 'abandoned'> {
  try {
    await takeDownPrevious(mount, work)
  } catch (error) {
    if (!abandon || !(await abandonPrevious(mount, work))) throw error
    return 'abandoned'
  }
  try {
    await takeAway(mount, work)
    return 'gone'
  } catch (error) {
    mount.observe(readMounts(), tryOpen(mount.document, work))
    const { truth } = mount
    if (isOthers(truth, mount.servedBy, mount) || (abandon && truth.kind === 'foreign')) {
      work.context.log(`What is mounted at ${mount.path} ${whoseItIs(mount)} and stays.`)
      await stopDaemon(mount, work)
      return 'gone'
    }
    if (!abandon) throw error
    if (truth.kind === 'absent') {
      work.context.log(`Nothing is mounted at ${mount.path}. Not cleared away: ${toHoldfastError(error).message}`)
      return 'gone'
    }
    work.context.log('Taking the name away from a mount that is in use. What was not written may be lost.')
    await abandonTarget(work.door.runner, work.host.places.touch(mount.path))
    return 'abandoned'
  }
}

/** By its name in the kernel it may be the mount that was made, with a source that was renamed: nobody else will unmount it. */
function whoseItIs({ truth, madeAs, path }: ManagedMount): string {
  const isMade = truth.kind === 'foreign' && kernelNameOf(truth.entry) === madeAs
  return isMade ? `may be ours, renamed by somebody (unmount it on the host: umount ${path}),` : 'is not ours'
}

/** Takes down what is ours at this place. False: nothing of ours can be there. Throws `conflict` for what others have mounted. */
async function takeAway(mount: ManagedMount, work: Work): Promise<boolean> {
  if (isNotOurs(mount.path, work)) return false
  const opened = tryOpen(mount.document, work)
  mount.observe(readMounts(), opened)
  if (mount.truth.kind === 'absent') {
    await clearAway(mount, opened, work)
    return true
  }
  refuseOthers(mount.truth, mount.path)
  await takeDown(mount, opened, work)
  return true
}

/** Its daemon's unit and secret files, of a mount that did not come about or was unmounted from outside. */
async function clearAway(mount: ManagedMount, opened: OpenedBackend | null, work: Work): Promise<void> {
  try {
    await opened?.driver.unmount?.(opened.backend, mount.target, work.context)
  } catch (error) {
    // What only a mount needs may well be missing when nothing is mounted.
    const { code, message } = toHoldfastError(error)
    if (!['tool_missing', 'policy_denied', 'not_found', 'unsupported'].includes(code)) throw error
    work.context.log(`Nothing is mounted at ${mount.path}. Not cleared away: ${message}`)
  }
}

/** Whatever a mount that did not come about has left of its daemon. Nothing is unmounted: what is there is not ours. */
async function stopDaemon(mount: ManagedMount, work: Work): Promise<void> {
  await work.host.fuse.stop(work.door.mountContext, daemonUnit(mount.id), null)
}

/** A mount of ours whose making was not confirmed, or of other settings, is made again. A hung one is left to answer. */
async function isAsWanted(mount: ManagedMount, work: Work): Promise<boolean> {
  if (!isMadeFrom(mount, work)) return false
  // What was taken over as it was has the flags of whoever mounted it.
  const missing = missingFlags(mount)
  if (mount.document.adopt ? missing.includes('ro') : missing.length > 0 || isChangedOutside(mount)) return false
  const answer = await work.host.prober.statfs(mount.path, { deadlineMs: 4_000 })
  mount.health = answer.state === 'failed' ? { kind: 'corrupted', errno: answer.errno } : { kind: answer.state }
  return answer.state !== 'failed'
}

/** One that was made writable and is read-only by now serves a document that wants it so. */
function isMadeFrom({ document, appliedHash }: ManagedMount, work: Work): boolean {
  if (appliedHash === work.hash(document)) return true
  return document.readOnly && appliedHash === work.hash({ ...document, readOnly: false })
}

/** Wanted for the first time, and somebody else has mounted it already. */
function isAdoption(mount: ManagedMount): boolean {
  return mount.document.adopt === true && mount.appliedHash === null && mount.previous === null
}

/** Takes a mount over as it is. The directory under it cannot be seen, so it is not guarded before the next unmount. */
async function adopt(mount: ManagedMount, work: Work): Promise<void> {
  work.host.places.allow(mount.path).noteAdopted()
  const answer = await work.host.prober.statfs(mount.path, { deadlineMs: 4_000 })
  mount.health = answer.state === 'failed' ? { kind: 'corrupted', errno: answer.errno } : { kind: answer.state }
  mount.guard = 'unguarded'
  mount.acceptedOptions = mount.options
  work.context.log(`${mount.path} is mounted already and is taken over as it is.`)
}

/** Somebody mounted it again with other options. */
function isChangedOutside(mount: ManagedMount): boolean {
  const { document, options } = mount
  if (options === null || options === mount.acceptedOptions) return false
  const { driver, config } = document.backend
  return optionReport(driver, config, document.mountPoint, document.readOnly, options).drift.length > 0
}

function missingFlags(mount: ManagedMount): string[] {
  if (mount.truth.kind !== 'ours') return []
  const { options, superOptions } = mount.truth.entry
  const readOnly = options.includes('ro') || superOptions.includes('ro')
  const missing = ['nosuid', 'nodev'].filter((flag) => !options.includes(flag))
  return mount.document.readOnly && !readOnly ? [...missing, 'ro'] : missing
}

async function takeDown(mount: ManagedMount, opened: OpenedBackend | null, work: Work): Promise<void> {
  mount.activity = 'unmounting'
  work.context.log(`Unmounting ${mount.path}.`)
  failpoint('unmount.before')
  const { driver, backend } = mount.servedBy ?? {}
  if (driver?.unmount && backend) await driver.unmount(backend, mount.target, work.context)
  else await unmountTarget(work.door.mountContext, work.host.places.touch(mount.path))
  failpoint('unmount.after')
  mount.observe(readMounts(), opened)
  if (mount.truth.kind !== 'absent') {
    throw new HoldfastError('command_failed', `${mount.path} is still mounted although its unmount was reported.`)
  }
}

/**
 * The directory under a mount that stays wanted must go on refusing writes. One that was never guarded is left as it is. What keeps it
 * from being guarded is said and changes nothing: the mount is gone, and the next one asks again.
 */
async function guardAgain(mount: ManagedMount, work: Work): Promise<void> {
  try {
    await guardPlace(mount, work)
  } catch (error) {
    if (!isOfPlace(error)) throw error
    mount.guard = 'unknown'
    work.context.log(`The directory ${mount.path} is not protected against writes: ${toHoldfastError(error).message}`)
  }
}

async function guardPlace(mount: ManagedMount, work: Work): Promise<void> {
  const { places } = work.host
  const owned = places.owned(mount.path)
  if (owned === null) return
  // What lay under a mount that was taken over is seen for the first time.
  const isNew = owned.record?.origin === 'adopted'
  const place = isNew ? places.ifAllowed(mount.path) : owned
  if (place === null || (!isNew && checkGuard(owned) === 'missing')) return
  const point = await guardMountPoint(work.door.runner, place)
  point.close()
  mount.guard = point.guard
}

function tryOpen(document: WireMount, work: Work): OpenedBackend | null {
  try {
    return work.open(document.backend)
  } catch {
    return null
  }
}

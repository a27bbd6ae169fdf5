import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Runner } from '@/agent/host/exec/run'
import { failpoint } from '@/agent/host/failpoint'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import { tellSource } from '@/lib/drivers/options/hide-secrets'
import { diskProblem, HoldfastError } from '@/lib/errors'
import { isWithin, readMounts } from './mountinfo'
import { errorCode, type HeldDirectory, holdExistingMountPoint, holdMountPoint } from './paths'
import type { PlaceRecord } from './place-records'
import type { AllowedPlace, OwnedPlace, Places, TouchablePlace } from './places'

/** `immutable`: not even root can write while nothing is mounted. `unguarded`: this file system has no such flag. */
export type GuardState = 'immutable' | 'unguarded'

const PROBE_NAME = '.holdfast-guard-probe'

export interface GuardedMountPoint extends HeldDirectory {
  guard: GuardState
}

function requireAbsent(path: string): MountEntry[] {
  const mounts = readMounts()
  const entry = mounts.find((mount) => mount.target === path)
  if (entry === undefined) return mounts
  throw new HoldfastError(
    'conflict',
    `${path} is a mountpoint already (${entry.fsType} from ${tellSource(entry.source, entry.fsType)}).`,
  )
}

/**
 * Makes the directory under a mount refuse every write, also root's, while the storage is away (mode alone does not stop
 * root; the immutable flag does). Proves it with a write that must fail. Where the policy allows a mount the directory is made
 * when it is missing; where only the journal speaks for us, that very directory is guarded again and no other. Throws `conflict`
 * when the directory is not empty or another one.
 */
export async function guardMountPoint(runner: Runner, place: TouchablePlace): Promise<GuardedMountPoint> {
  const { path } = place
  const directory = holdPlace(requireAbsent(path), place)
  try {
    const isProven = place.proves(directory.fd)
    if (!isProven && place.right === 'journal') {
      throw new HoldfastError('conflict', `${path} is another directory than the one that was mounted on.`)
    }
    if (writeIsRefused(directory)) {
      if (place.right === 'policy') note(place, directory, isProven, null)
      return { ...directory, guard: 'immutable' }
    }
    if (!isEmpty(directory)) throw notEmpty(path)
    const mode = fstatSync(directory.fd).mode & 0o7777
    if (place.right === 'policy') note(place, directory, isProven, mode)
    if (mode !== 0) chmodSync(`/proc/self/fd/${directory.fd}`, 0o000)
    await setImmutable(runner, path, true)
    return { ...directory, guard: writeIsRefused(directory) ? 'immutable' : 'unguarded' }
  } catch (error) {
    directory.close()
    throw error
  }
}

/**
 * Looks whether a mount could be made here, and changes nothing: throws what `guardMountPoint` would. `leaving`: the place that is
 * given up for this one; what is in it cannot be looked at before.
 */
export function checkMountPoint(place: AllowedPlace, leaving: { path: string; record?: PlaceRecord | null }): void {
  const { path } = place
  const mounts = requireAbsent(path)
  if (isWithin(path, leaving.path)) {
    // The directories between would be in the way when it goes back.
    if (path === leaving.path || dirname(path) === leaving.path) return
    const message = `${path} lies more than one directory below ${leaving.path}, where the mount is now; unmount it first or choose another mountpoint.`
    throw new HoldfastError('conflict', message)
  }
  const directory = holdExistingMountPoint(mounts, path)
  if (directory === null) {
    requireWritable(dirname(path))
    return
  }
  try {
    // Where the old place lies in the new one, it is gone by then if we have made it.
    const left = leaving.record?.origin === 'made' && dirname(leaving.path) === path ? basename(leaving.path) : null
    const isFree = readdirSync(`/proc/self/fd/${directory.fd}`).every((name) => name === left)
    if (!isFree && !writeIsRefused(directory)) throw notEmpty(path)
  } finally {
    directory.close()
  }
}

/** The nearest directory above that exists must take a new one. */
function requireWritable(directory: string): void {
  let path = directory
  while (path !== '/' && !existsSync(path)) path = dirname(path)
  try {
    accessSync(path, constants.W_OK)
  } catch (error) {
    const message = `${path} cannot be written (${errorCode(error)}).`
    throw diskProblem(error, path) ?? new HoldfastError('command_failed', message)
  }
}

function notEmpty(path: string): HoldfastError {
  return new HoldfastError('conflict', `${path} is not empty; move its content away or choose another mountpoint.`)
}

/** The directory of a place. One that is missing is made, after it has been written down, where the policy allows it. */
function holdPlace(mounts: readonly MountEntry[], place: TouchablePlace): HeldDirectory {
  const existing = holdExistingMountPoint(mounts, place.path)
  if (existing !== null) return existing
  if (place.right === 'journal') throw new HoldfastError('not_found', `${place.path} does not exist on this host.`)
  place.noteMaking()
  failpoint('guard.noted')
  try {
    return holdMountPoint(mounts, place.path)
  } catch (error) {
    place.noteNotMade()
    throw error
  } finally {
    failpoint('guard.made')
  }
}

/** What is known is left as it is: by now the directory may have our mode and not its own. */
function note(place: AllowedPlace, { fd }: HeldDirectory, isProven: boolean, mode: number | null): void {
  const { record } = place
  const wasLeftAlone = record?.origin === 'found' && record.mode === null
  if (!isProven || wasLeftAlone) place.noteFound(fd, mode)
  else if (record?.identity === null) place.noteMade(fd)
}

function isEmpty(directory: HeldDirectory): boolean {
  return readdirSync(`/proc/self/fd/${directory.fd}`).length === 0
}

/** Is the guard still there? To be asked only while nothing is mounted. `missing`: our directory is not there. */
export function checkGuard(place: OwnedPlace): GuardState | 'missing' {
  const directory = holdExistingMountPoint(requireAbsent(place.path), place.path)
  if (directory === null) return 'missing'
  try {
    if (!place.proves(directory.fd)) return 'missing'
    return writeIsRefused(directory) ? 'immutable' : 'unguarded'
  } finally {
    directory.close()
  }
}

/** `removed`: it was ours and is gone. `given back`: it was there before us and is as it was. `left`: it is none of ours. */
export type PlaceEnd = 'removed' | 'given back' | 'left'

/**
 * Takes the guard away. A directory that we made is removed when it is empty, never what lies in it; one that was there before gets
 * its mode back. Missing: success. Throws `conflict` when it is not empty.
 */
export async function removeMountPoint(runner: Runner, place: OwnedPlace): Promise<PlaceEnd> {
  const directory = holdExistingMountPoint(requireAbsent(place.path), place.path)
  if (directory === null) {
    place.noteGone()
    return 'removed'
  }
  try {
    const outcome = place.proves(directory.fd) ? await giveUp(runner, place, directory) : 'left'
    failpoint('guard.gone')
    place.noteGone()
    return outcome
  } finally {
    directory.close()
  }
}

async function giveUp(runner: Runner, place: OwnedPlace, directory: HeldDirectory): Promise<PlaceEnd> {
  const { path, record } = place
  if (record?.origin === 'found') {
    if (record.mode === null) return 'given back'
    await setImmutable(runner, path, false)
    chmodSync(`/proc/self/fd/${directory.fd}`, record.mode)
    return 'given back'
  }
  if (!isEmpty(directory)) {
    throw new HoldfastError('conflict', `${path} is not empty; look at what lies there and remove it by hand.`)
  }
  await setImmutable(runner, path, false)
  try {
    rmdirSync(path)
  } catch (error) {
    // In use by a mount in another namespace: then only the name stays.
    if (!['ENOENT', 'EBUSY'].includes(errorCode(error))) throw error
  }
  return 'removed'
}

/** Can this machine guard directories at that place? Tried with a directory of its own. */
export async function probeGuard(runner: Runner, places: Places, besides: string): Promise<GuardState> {
  const beginning = `${dirname(`${besides}/x`)}/.holdfast-guard-`
  // Of an agent that was killed right here: immutable, so nobody else would ever get rid of it.
  for (const left of places.ownedBelow(beginning)) await removeMountPoint(runner, left)
  const path = `${beginning}${process.pid}`
  const point = await guardMountPoint(runner, places.allow(path))
  point.close()
  const made = places.owned(path)
  if (made !== null) await removeMountPoint(runner, made)
  return point.guard
}

async function setImmutable(runner: Runner, path: string, on: boolean): Promise<void> {
  try {
    await runner.run('chattr', [on ? '+i' : '-i', path])
  } catch (error) {
    // No such flag here, or not ours to set (user namespace): the write probe tells. Anything else is worth stopping for.
    if (error instanceof HoldfastError && (error.code === 'command_failed' || error.code === 'tool_missing')) return
    throw error
  }
}

/** Root tries to write. Only EPERM and EROFS prove that nobody can. */
function writeIsRefused(directory: HeldDirectory): boolean {
  const name = `/proc/self/fd/${directory.fd}/${PROBE_NAME}`
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
    closeSync(openSync(name, flags, 0o600))
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EPERM' || code === 'EROFS') return true
    if (code === 'EEXIST') unlinkSync(name)
    return false
  }
  unlinkSync(name)
  return false
}

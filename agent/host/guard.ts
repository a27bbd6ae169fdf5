import { chmodSync, closeSync, constants, fstatSync, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import type { MountEntry } from '@/lib/drivers/driver-host'
import { HoldfastError } from '@/lib/errors'
import { readMounts } from './mountinfo'
import { errorCode, type HeldDirectory, holdExistingMountPoint, holdMountPoint } from './paths'
import type { Runner } from './run'

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
  throw new HoldfastError('conflict', `${path} is a mountpoint already (${entry.fsType} from ${entry.source}).`)
}

/**
 * Makes the directory under a mount refuse every write, also root's, while the storage is away (mode alone does not stop
 * root; the immutable flag does). Proves it with a write that must fail. Throws `conflict` when the directory is not empty.
 */
export async function guardMountPoint(runner: Runner, path: string): Promise<GuardedMountPoint> {
  const directory = holdMountPoint(requireAbsent(path), path)
  try {
    if (writeIsRefused(directory)) return { ...directory, guard: 'immutable' }
    if (readdirSync(`/proc/self/fd/${directory.fd}`).length > 0) {
      throw new HoldfastError('conflict', `${path} is not empty; move its content away or choose another mountpoint.`)
    }
    if ((fstatSync(directory.fd).mode & 0o7777) !== 0) chmodSync(`/proc/self/fd/${directory.fd}`, 0o000)
    await setImmutable(runner, path, true)
    return { ...directory, guard: writeIsRefused(directory) ? 'immutable' : 'unguarded' }
  } catch (error) {
    directory.close()
    throw error
  }
}

/** Is the guard still there? To be asked only while nothing is mounted. `missing`: there is no directory. */
export function checkGuard(path: string): GuardState | 'missing' {
  const directory = holdExistingMountPoint(requireAbsent(path), path)
  if (directory === null) return 'missing'
  try {
    return writeIsRefused(directory) ? 'immutable' : 'unguarded'
  } finally {
    directory.close()
  }
}

/** Takes the flag off and removes the empty directory; never what lies in it. Missing: success. */
export async function removeMountPoint(runner: Runner, path: string): Promise<void> {
  const directory = holdExistingMountPoint(requireAbsent(path), path)
  if (directory === null) return
  try {
    await setImmutable(runner, path, false)
    rmdirSync(path)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOTEMPTY') {
      throw new HoldfastError('conflict', `${path} is not empty; look at what lies there and remove it by hand.`)
    }
    if (code !== 'ENOENT' && code !== 'EBUSY') throw error
  } finally {
    directory.close()
  }
}

/** Can this machine guard directories at that place? Tried with a directory of its own. */
export async function probeGuard(runner: Runner, besides: string): Promise<GuardState> {
  const path = `${dirname(`${besides}/x`)}/.holdfast-guard-${process.pid}`
  const point = await guardMountPoint(runner, path)
  point.close()
  await removeMountPoint(runner, path)
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

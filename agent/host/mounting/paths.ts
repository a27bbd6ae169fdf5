import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import { diskProblem, HoldfastError } from '@/lib/errors'
import { coveringMount, isWithin, locate } from './mountinfo'

/** Opens for reference only: no permission on the file is needed and no server is asked. Node has no name for it. */
const O_PATH = 0o10000000

/** File systems that answer from this machine, so that Node itself may walk directories on them. */
const LOCAL_TYPES = new Set(
  'ext2 ext3 ext4 xfs btrfs zfs bcachefs f2fs jfs reiserfs tmpfs ramfs overlay vfat exfat erofs squashfs'.split(' '),
)

/** In a user namespace, what belongs to the host's root shows this owner (as does everybody else who is not mapped). */
const UNKNOWN_OWNER = 65_534

function inUserNamespace(): boolean {
  const [inside, outside] = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/)
  return inside !== '0' || outside !== '0'
}

export interface HeldDirectory {
  path: string
  fd: number
  close(): void
}

/** About a place on this host: what denies nothing by name is taken for an address. */
function deniedPlace(message: string): HoldfastError {
  return new HoldfastError('policy_denied', message, { details: { policy: 'places' } })
}

interface WalkRules {
  /** Every component must belong to root and be writable by root alone. */
  trusted: boolean
  /** Make missing components (0755), the last one with mode 0000. */
  create: boolean
}

/** `policy_denied` unless Node can walk there without asking a server or a FUSE daemon. */
export function assertLocal(mounts: readonly MountEntry[], path: string): void {
  const cover = coveringMount(mounts, path)
  if (cover === undefined || LOCAL_TYPES.has(cover.fsType)) return
  throw deniedPlace(
    `${path} lies on ${cover.target}, which is ${cover.fsType} storage; choose a place on a local disk.`,
  )
}

/** Refuses what a path may not be before it is looked at: relative, unnormalised, with control characters, too long. */
export function assertPlainPath(field: string, path: string): void {
  const segments = path.split('/').slice(1)
  const plain = path.startsWith('/') && segments.every((part) => part !== '' && part !== '.' && part !== '..')
  const short = path.length <= 1024 && segments.every((part) => Buffer.byteLength(part) <= 255)
  if (plain && short && !hasControlCharacter(path) && path.isWellFormed()) return
  const message = 'Write an absolute path without "..", empty parts or control characters, such as /mnt/backups.'
  throw new HoldfastError('invalid_input', `The path in ${field} cannot be used. ${message}`, {
    fields: [{ field, message }],
  })
}

function hasControlCharacter(text: string): boolean {
  for (const character of text) {
    const code = character.charCodeAt(0)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

/**
 * Opens a directory component by component, each relative to the one held before and none of them a symbolic link, so that
 * nobody can swap a component under us. The descriptor stays valid whatever happens to the names.
 */
function walk(path: string, rules: WalkRules): number {
  const parts = path.split('/').slice(1)
  let fd = openSync('/', O_PATH | constants.O_DIRECTORY)
  try {
    checkTrusted(fd, '/', rules)
    for (const [index, part] of parts.entries()) {
      const here = `/${parts.slice(0, index + 1).join('/')}`
      const next = step(fd, part, here, rules, index === parts.length - 1)
      closeSync(fd)
      fd = next
      checkTrusted(fd, here, rules)
    }
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function step(fd: number, part: string, here: string, rules: WalkRules, last: boolean): number {
  const name = `/proc/self/fd/${fd}/${part}`
  if (rules.create) {
    try {
      mkdirSync(name, { mode: last ? 0o000 : 0o755 })
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw walkError(error, here)
    }
  }
  try {
    return openSync(name, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  } catch (error) {
    throw walkError(error, here)
  }
}

function checkTrusted(fd: number, here: string, rules: WalkRules): void {
  if (!rules.trusted) return
  const { uid, mode } = fstatSync(fd)
  const owned = uid === 0 || (uid === UNKNOWN_OWNER && inUserNamespace())
  if (!owned) throw deniedPlace(`${here} does not belong to root; make root its owner.`)
  // In a sticky directory nobody can replace what belongs to root, and that is checked for the next component.
  if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) {
    throw deniedPlace(`${here} can be written by others than root; run chmod go-w ${here}.`)
  }
}

function walkError(error: unknown, here: string): HoldfastError {
  const code = errorCode(error)
  if (code === 'ENOTDIR' || code === 'ELOOP') {
    return deniedPlace(`${here} is not a plain directory; a symbolic link or a file is not accepted.`)
  }
  const problem = diskProblem(error, dirname(here))
  if (problem) return problem
  if (code === 'ENOENT') return new HoldfastError('not_found', `${here} does not exist on this host.`)
  return new HoldfastError('command_failed', `${here} could not be opened (${code}).`, { details: { errno: code } })
}

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

function held(path: string, fd: number): HeldDirectory {
  let open = true
  return {
    path,
    fd,
    close() {
      if (open) closeSync(fd)
      open = false
    },
  }
}

/** A mountpoint directory, made when missing, held by descriptor. All components belong to root alone. */
export function holdMountPoint(mounts: readonly MountEntry[], path: string): HeldDirectory {
  assertPlainPath('mountPoint', path)
  assertLocal(mounts, path)
  return held(path, walk(path, { trusted: true, create: true }))
}

/** The same without making anything; null when it does not exist. */
export function holdExistingMountPoint(mounts: readonly MountEntry[], path: string): HeldDirectory | null {
  assertPlainPath('mountPoint', path)
  assertLocal(mounts, path)
  try {
    return held(path, walk(path, { trusted: true, create: false }))
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'not_found') return null
    throw error
  }
}

/** Which directories of this host may be bound elsewhere. */
export interface BindSourceRule {
  /** Lexical. Throws `policy_denied` for what is outside the allowed roots or touches a closed tree. */
  check(path: string): void
  /** The same for a directory that a storage daemon keeps its own data in; `/var/lib` is open for that, too. */
  checkData(path: string): void
  /** Trees that nothing of may be handed out, by whatever path they can be reached. */
  closed(): readonly string[]
}

/** A directory that is to be bound elsewhere: local, allowed, no symbolic link on the way, and no closed tree by another name. */
export function holdBindSource(mounts: readonly MountEntry[], path: string, rule: BindSourceRule): HeldDirectory {
  assertPlainPath('path', path)
  rule.check(path)
  assertLocal(mounts, path)
  const alias = treeShownAt(mounts, path, rule.closed())
  if (alias !== undefined) {
    throw new HoldfastError('policy_denied', `${path} shows ${alias}, which is never handed out as storage.`, {
      details: { policy: 'sourceRoots' },
    })
  }
  return held(path, walk(path, { trusted: false, create: false }))
}

/** The one of these trees that a path leads into, or holds, by a name that a bind mount gives it. */
export function treeShownAt(mounts: readonly MountEntry[], path: string, trees: readonly string[]): string | undefined {
  return trees.find((tree) => isSameTree(mounts, path, tree))
}

/** Does one of the two contain the other on the disk? A bind mount gives a tree a second path. */
function isSameTree(mounts: readonly MountEntry[], path: string, tree: string): boolean {
  const [here, there] = [locate(mounts, path), locate(mounts, tree)]
  if (here === null || there === null || here.device !== there.device) return false
  return isWithin(here.root, there.root) || isWithin(there.root, here.root)
}

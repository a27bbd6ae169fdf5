import type { Runner } from '@/agent/host/exec/run'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import type { BindMountRequest } from '@/lib/drivers/contract/mount-request'
import { mountArguments, remountArguments, unmountArguments } from '@/lib/drivers/mounting/commands'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { ALL_TYPES } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'
import { guardMountPoint } from './guard'
import { describeHolder, findHolders, type Holder } from './holders'
import { checkMountRequest, type MountFileSystem } from './mount-options'
import { readMounts } from './mountinfo'
import { type BindSourceRule, holdBindSource } from './paths'
import type { AllowedPlace, TouchablePlace } from './places'
import type { Prober } from './probe'

export interface MountContext {
  runner: Runner
  prober: Prober
  /** Which directories may be bound elsewhere. */
  sources: BindSourceRule
  /** Throws `policy_denied` for an address that storage may not be at. */
  checkAddress(address: string): void
}

const UMOUNT_MS = 10_000
/** What `mount` inherits: the directories as they were looked at, whatever their paths lead to by now. */
const HELD_TARGET = '/proc/self/fd/3'
const HELD_SOURCE = '/proc/self/fd/4'
const FORCIBLE: ReadonlySet<string> = new Set(
  ALL_TYPES.flatMap(({ mounting }) => (mounting?.canBeForced ? mounting.fsTypes : [])),
)

export function mountsAt(target: string): MountEntry[] {
  return readMounts().filter((mount) => mount.target === target)
}

/**
 * `mount(8)` on the held descriptor of a guarded mountpoint, then the truth from mountinfo: exactly one mount, with
 * `nosuid`, `nodev` and, when asked for, `ro`. Throws `conflict` when something is mounted there.
 */
export async function mountFileSystem(
  context: MountContext,
  place: AllowedPlace,
  wanted: MountFileSystem,
): Promise<MountEntry> {
  const request: MountFileSystem = { ...wanted, target: place.path }
  checkMountRequest(request)
  const point = await guardMountPoint(context.runner, place)
  try {
    if (request.kind === 'bind') await bind(context, place, request, point.fd)
    else {
      const args = mountArguments({ ...request, target: HELD_TARGET })
      await context.runner.run('mount', args, { inherit: [point.fd], shown: mountArguments(request) })
    }
  } finally {
    point.close()
  }
  return verified(context, place, request)
}

/**
 * In two steps: the flags of a bind are set by a remount, which must go to the mounted root and not to the held directory
 * under it. `verified` undoes the mount when the second step did not take.
 */
async function bind(
  context: MountContext,
  place: AllowedPlace,
  request: BindMountRequest,
  targetFd: number,
): Promise<void> {
  const source = holdBindSource(readMounts(), request.source, context.sources)
  try {
    const args = mountArguments({ ...request, source: HELD_SOURCE, target: HELD_TARGET })
    await context.runner.run('mount', args, { inherit: [targetFd, source.fd], shown: mountArguments(request) })
  } finally {
    source.close()
  }
  try {
    const args = remountArguments(request)
    await context.runner.run('mount', args, { shown: args })
  } catch (error) {
    await unmountTarget(context, place)
    throw error
  }
}

async function verified(context: MountContext, place: AllowedPlace, request: MountFileSystem): Promise<MountEntry> {
  const [entry, ...more] = mountsAt(request.target)
  if (entry === undefined) {
    throw new HoldfastError('command_failed', `mount ended well, but nothing is mounted at ${request.target}.`)
  }
  if (more.length > 0) {
    throw new HoldfastError('conflict', `Something else was mounted at ${request.target} at the same time.`)
  }
  await requireAllowedServer(context, place, entry)
  const missing = ['nosuid', 'nodev', ...(request.readOnly ? ['ro'] : [])].filter(
    (option) => !entry.options.includes(option) && !(option === 'ro' && entry.superOptions.includes('ro')),
  )
  if (missing.length === 0) return entry
  await unmountTarget(context, place)
  throw new HoldfastError('command_failed', `The kernel did not take ${missing.join(', ')}; the mount was undone.`)
}

/** Addresses that the kernel says it is connected to. */
export function serverAddresses(entry: Pick<MountEntry, 'superOptions'>): string[] {
  return entry.superOptions.flatMap((option) => /^(?:addr|mountaddr)=(.+)$/.exec(option)?.[1] ?? [])
}

/** mount.nfs resolves the name once more, so what came of it is looked at. Unmounts and throws `policy_denied`. */
export async function requireAllowedServer(
  context: MountContext,
  place: AllowedPlace,
  entry: Pick<MountEntry, 'superOptions'>,
): Promise<void> {
  try {
    for (const address of serverAddresses(entry)) context.checkAddress(address)
  } catch (error) {
    await unmountTarget(context, place)
    throw error
  }
}

/**
 * The unmount ladder: plain, then forced when (and only when) the storage does not answer. Never lazy. Absent: success.
 * Throws `busy` with `details.holders`, `timed_out` with `details.stuck` when the kernel does not give the mount back.
 */
export async function unmountTarget(context: MountContext, place: TouchablePlace): Promise<void> {
  const target = place.path
  const [entry, ...more] = mountsAt(target)
  if (entry === undefined) return
  if (more.length > 0) {
    throw new HoldfastError(
      'conflict',
      `${more.length + 1} mounts are stacked at ${target}; unmount the upper ones by hand.`,
    )
  }
  if (await tryUmount(context.runner, place)) return
  const answers = await context.prober.statfs(target, { deadlineMs: 3_000 })
  const dead = answers.state === 'hung' || (answers.state === 'failed' && answers.errno !== 'EACCES')
  if (dead && (await forced(context, place, entry))) return
  // A look at it, ours or another's, keeps it busy for a moment.
  if (!dead && (await tryAgain(context.runner, place))) return
  const holders = await findHolders(context.runner, entry)
  if (answers.state === 'hung' && holders.every((holder) => holder.kind === 'namespace')) {
    throw new HoldfastError(
      'timed_out',
      `${target} is stuck: the storage does not answer and the kernel holds on to it.`,
      {
        details: { stuck: true },
      },
    )
  }
  throw busy(target, holders)
}

/** Blocked callers get an error and let go, which takes them a moment; so a few tries. */
async function forced(context: MountContext, place: TouchablePlace, entry: MountEntry): Promise<boolean> {
  if (!FORCIBLE.has(entry.fsType) && !entry.fsType.startsWith('fuse')) return false
  for (const pauseMs of [0, 100, 400, 1_500]) {
    await pauseFor(pauseMs)
    if (await tryUmount(context.runner, place, 'force')) return true
  }
  return false
}

async function tryAgain(runner: Runner, place: TouchablePlace): Promise<boolean> {
  for (const pauseMs of [20, 100]) {
    await pauseFor(pauseMs)
    if (await tryUmount(runner, place)) return true
  }
  return false
}

/** True when it is gone. */
export async function tryUmount(
  runner: Runner,
  { path }: TouchablePlace,
  how: 'plain' | 'force' = 'plain',
  timeoutMs = UMOUNT_MS,
): Promise<boolean> {
  try {
    const args = unmountArguments(path, how)
    await runner.run('umount', args, { timeoutMs, shown: args })
  } catch (error) {
    const late = error instanceof HoldfastError && error.code === 'timed_out'
    if (!late && !(error instanceof CommandError)) throw error
  }
  return mountsAt(path).length === 0
}

function busy(target: string, holders: Holder[]): HoldfastError {
  const blocking = holders.filter((holder) => holder.kind !== 'namespace')
  const who = blocking.length === 0 ? 'something in the kernel' : blocking.slice(0, 5).map(describeHolder).join(', ')
  return new ProblemError('mount.busy', { path: target, holders: who }, { details: { holders } })
}

/**
 * Lazy unmount: only as an administrator's explicit "abandon". The file system lives on until its last user has gone, so
 * the result is `detached_dirty` and never "unmounted".
 */
export async function abandonTarget(runner: Runner, { path }: TouchablePlace): Promise<void> {
  for (let depth = 0; depth < 16 && mountsAt(path).length > 0; depth++) {
    const args = unmountArguments(path, 'lazy')
    await runner.run('umount', args, { timeoutMs: UMOUNT_MS, shown: args })
  }
}

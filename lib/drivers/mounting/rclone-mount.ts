import type { FuseDaemon } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import { expectReadable } from '@/lib/drivers/contract/test-run'
import { type FusePlace, hardenArguments, lastWords, takeBackFuse } from '@/lib/drivers/mounting/fuse'
import { isRcloneMountOf } from '@/lib/drivers/mounting/rclone'
import { ProblemError, type ProblemValues, toProblem } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'

/** The daemon's name for people. */
export const RCLONE_DAEMON = 'rclone'

/** Everything a storage type says about one mount of its own by rclone; the counterpart of `KernelMount`. */
export interface RcloneMount extends FusePlace {
  readOnly: boolean
  noexec: boolean
  /** As mountinfo shows it. */
  remote: string
  values: ProblemValues
  /** Made when it is needed: it has secrets in it. */
  daemon(): Promise<FuseDaemon>
}

export function rcloneUnit(mountId: string): string {
  return `holdfast-${mountId}`
}

async function startDaemon(mount: RcloneMount, context: OperationContext): Promise<void> {
  const daemon = await mount.daemon()
  try {
    await context.host.fuse.start(daemon)
  } catch (error) {
    const known = toProblem(error, mount.values)
    if (!(known instanceof HoldfastError) || known instanceof ProblemError || known.code !== 'command_failed')
      throw known
    throw new ProblemError('rclone.ended', mount.values, { said: await lastWords(mount.unit, context), cause: error })
  }
}

/** The mount is there, has safe flags and answers. `rclone mount` alone proves nothing: it starts with a wrong key as well. */
async function expectServing(mount: RcloneMount, context: OperationContext): Promise<void> {
  const { host } = context
  const { target, values } = mount
  const entry = host.mounts.list().findLast((candidate) => candidate.target === target)
  if (entry === undefined)
    throw new ProblemError('rclone.ended', values, { said: await lastWords(mount.unit, context) })
  if (!isRcloneMountOf(entry, mount.remote)) throw new ProblemError('mount.foreign', values)
  if (mount.noexec && !entry.options.includes('noexec')) await host.run('mount', hardenArguments(mount))
  expectReadable(await host.probe.list(target), values)
}

/** At a place where nothing is mounted: starts the daemon, and takes it back when it does not serve. */
export async function mountByRclone(mount: RcloneMount, context: OperationContext): Promise<void> {
  await startDaemon(mount, context)
  try {
    await expectServing(mount, context)
  } catch (error) {
    await takeBackFuse(RCLONE_DAEMON, mount, context)
    throw error
  }
}

/** Mounts, or accepts what is there when it is ours and alive, or takes the place of a daemon that died. */
export async function ensureMountedByRclone(mount: RcloneMount, context: OperationContext): Promise<void> {
  const { target, values } = mount
  const [entry, ...stacked] = context.host.mounts.list().filter((candidate) => candidate.target === target)
  if (entry === undefined) return await mountByRclone(mount, context)
  if (stacked.length > 0 || !isRcloneMountOf(entry, mount.remote)) throw new ProblemError('mount.foreign', values)
  if (await context.host.fuse.isRunning(mount.unit)) {
    if (entry.options.includes('ro') !== mount.readOnly) throw new ProblemError('mount.other_options', values)
    return await expectServing(mount, context)
  }
  // The daemon died and left its end of the mount behind.
  await context.host.fuse.stop(mount.unit, target)
  await mountByRclone(mount, context)
}

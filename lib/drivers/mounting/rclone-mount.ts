import type { FuseDaemon, MountEntry } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { DaemonMountRequest } from '@/lib/drivers/contract/mount-request'
import { expectReadable } from '@/lib/drivers/contract/test-run'
import { foreignMount } from '@/lib/drivers/mounting/foreign'
import { type FusePlace, lastWords, setOptions, takeBackFuse } from '@/lib/drivers/mounting/fuse'
import { RCLONE_FS_TYPE } from '@/lib/drivers/mounting/rclone'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'

/** The daemon's name for people. */
export const RCLONE_DAEMON = 'rclone'

/** Everything a storage type says about one mount of its own by rclone; the counterpart of `KernelMount`. */
export interface RcloneMount {
  /** As people see it; the daemon gets the same with the paths of the host in it. */
  request: DaemonMountRequest
  values: ProblemValues & { path: string }
  /** Made when it is needed: it has secrets in it. */
  daemon(): Promise<FuseDaemon>
}

function placeOf({ request }: RcloneMount): FusePlace {
  return { unit: request.daemon.unit, target: request.target }
}

function isMountOf({ request }: RcloneMount, entry: MountEntry): boolean {
  return entry.fsType === RCLONE_FS_TYPE && entry.source === request.source
}

async function startDaemon(mount: RcloneMount, context: OperationContext): Promise<void> {
  const daemon = await mount.daemon()
  try {
    await context.host.fuse.start(daemon)
  } catch (error) {
    const known = toProblem(error, mount.values)
    if (!(known instanceof HoldfastError) || known instanceof ProblemError || known.code !== 'command_failed')
      throw known
    throw new ProblemError('rclone.ended', mount.values, {
      said: await lastWords(placeOf(mount).unit, context),
      cause: error,
    })
  }
}

/** The mount is there, has safe flags and answers. `rclone mount` alone proves nothing: it starts with a wrong key as well. */
async function expectServing(mount: RcloneMount, context: OperationContext): Promise<void> {
  const { host } = context
  const { request, values } = mount
  const { target } = request
  const entry = host.mounts.list().findLast((candidate) => candidate.target === target)
  if (entry === undefined)
    throw new ProblemError('rclone.ended', values, { said: await lastWords(placeOf(mount).unit, context) })
  if (!isMountOf(mount, entry)) throw foreignMount(entry)
  await setOptions(request, entry, context)
  expectReadable(await host.probe.list(target), values)
}

/** At a place where nothing is mounted: starts the daemon, and takes it back when it does not serve. */
export async function mountByRclone(mount: RcloneMount, context: OperationContext): Promise<void> {
  await startDaemon(mount, context)
  try {
    await expectServing(mount, context)
  } catch (error) {
    await takeBackFuse(RCLONE_DAEMON, placeOf(mount), context)
    throw error
  }
}

/** Mounts, or accepts what is there when it is ours and alive, or takes the place of a daemon that died. */
export async function ensureMountedByRclone(mount: RcloneMount, context: OperationContext): Promise<void> {
  const { request, values } = mount
  const { unit, target } = placeOf(mount)
  const [entry, ...stacked] = context.host.mounts.list().filter((candidate) => candidate.target === target)
  if (entry === undefined) return await mountByRclone(mount, context)
  if (stacked.length > 0 || !isMountOf(mount, entry)) throw foreignMount(entry)
  if (await context.host.fuse.isRunning(unit)) {
    if (entry.options.includes('ro') !== request.readOnly) throw new ProblemError('mount.other_options', values)
    return await expectServing(mount, context)
  }
  // The daemon died and left its end of the mount behind.
  await context.host.fuse.stop(unit, target)
  await mountByRclone(mount, context)
}

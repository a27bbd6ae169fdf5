import type { Runner } from '@/agent/host/exec/run'
import { CORRUPTED_ERRNOS } from '@/agent/host/files/errno'
import type { Host } from '@/agent/host/host'
import { abandonTarget, tryUmount } from '@/agent/host/mounting/mounts'
import type { OwnedPlace } from '@/agent/host/mounting/places'
import type { OpenedBackend } from '@/agent/resources/mounts/managed-mount'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { toHoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'

/** Long enough that a busy machine does not make a server look dead. */
const PROBE_MS = 3_000
const UMOUNT_MS = 3_000
const UPLOADS_EVERY_MS = 250
/**
 * Each attempt gives the callers that wait an error. One that then closes its file waits again, also while it is being killed, so
 * it takes several; and what was detached cannot be forced any more.
 */
const FORCE_EVERY_MS = 300
/** Kept for taking the name away when nothing else helped. */
const DETACH_MS = 2_500

export interface MountToRelease {
  target: MountTarget
  /** null: this agent cannot serve it any more; it is unmounted all the same. */
  opened: OpenedBackend | null
}

/**
 * `released`: unmounted in order. `forced`: the storage did not answer, so what waited for it got an error. `detached`: it could
 * not even be forced, and only its name is gone. `kept`: not made by us, in use, or at work; systemd unmounts it once every process has ended.
 */
export type Release = 'released' | 'forced' | 'detached' | 'kept'

export interface ReleaseOptions {
  /** Only what does not answer, and only by force: while its users are still being stopped, so that they do not wait for it. */
  hungOnly: boolean
  /** All of it, as `performance.now()` time. */
  deadlineAt: number
  /** Until then uploads may go on. What is not uploaded stays in the cache on disk and is uploaded after the next start. */
  uploadsUntil: number
  say: (line: string) => void
}

/**
 * Takes mounts away while the system goes down, all at once, each in disposable children. The only place besides an
 * administrator's "abandon" where a mount is detached: the machine is about to end, and the kernel would wait for a dead server.
 */
export async function releaseMounts(
  machine: Host,
  mounts: readonly MountToRelease[],
  options: ReleaseOptions,
): Promise<Map<string, Release>> {
  const outcomes = mounts.map(async (mount) => {
    const { path } = mount.target
    try {
      const outcome = await releaseOne(machine, mount, options)
      if (outcome !== 'kept') options.say(`${path}: ${outcome}`)
      return [path, outcome] as const
    } catch (error) {
      options.say(`${path}: ${toHoldfastError(error).message}`)
      return [path, 'kept'] as const
    }
  })
  return new Map(await Promise.all(outcomes))
}

async function releaseOne(machine: Host, mount: MountToRelease, options: ReleaseOptions): Promise<Release> {
  const { path } = mount.target
  const { deadlineAt } = options
  const signal = new AbortController().signal
  const { runner, host } = machine.open({ operationId: 'release', deadlineAt, signal })
  const place = machine.places.owned(path)
  if (place === null) return 'kept'
  if (await isDead(machine, path)) return force(runner, place, options)
  if (options.hungOnly) return 'kept'
  const context: OperationContext = {
    host,
    signal,
    deadlineAt,
    operationId: 'release',
    log: () => undefined,
    step: () => undefined,
  }
  await waitForUploads(mount, context, options)
  if (await tryUmount(runner, place, 'plain', UMOUNT_MS)) return 'released'
  // It may have died under our hands. Writing out what is in memory may also just take its time: that is never cut off.
  return (await isDead(machine, path)) ? force(runner, place, options) : 'kept'
}

/** Closes block storages that are open on this host, all at once, so that nobody waits for them when the network has gone. */
export async function releaseConnections(
  machine: Host,
  connections: readonly OpenedBackend[],
  { deadlineAt, say }: Pick<ReleaseOptions, 'deadlineAt' | 'say'>,
): Promise<void> {
  const signal = new AbortController().signal
  const closed = connections.map(async ({ driver, backend }) => {
    if (!driver.release) return
    const { host } = machine.open({ operationId: 'release', deadlineAt, signal })
    const log = (line: string) => say(`${backend.id}: ${line}`)
    try {
      await driver.release(backend, { host, signal, deadlineAt, operationId: 'release', log, step: () => undefined })
    } catch (error) {
      log(toHoldfastError(error).message)
    }
  })
  await Promise.all(closed)
}

async function isDead(machine: Host, path: string): Promise<boolean> {
  const answer = await machine.prober.statfs(path, { deadlineMs: PROBE_MS })
  return answer.state === 'hung' || (answer.state === 'failed' && CORRUPTED_ERRNOS.has(answer.errno))
}

async function force(runner: Runner, place: OwnedPlace, options: ReleaseOptions): Promise<Release> {
  const { path } = place
  options.say(`${path} does not answer: whoever waits for it gets an error`)
  for (;;) {
    const leftMs = options.deadlineAt - DETACH_MS - performance.now()
    if (leftMs <= 0) break
    if (await tryUmount(runner, place, 'force', Math.min(UMOUNT_MS, leftMs))) return 'forced'
    await pauseFor(FORCE_EVERY_MS)
  }
  if (options.hungOnly) {
    options.say(`${path} is still held; its name is taken away later`)
    return 'kept'
  }
  await abandonTarget(runner, place)
  return 'detached'
}

async function waitForUploads(
  mount: MountToRelease,
  context: OperationContext,
  options: ReleaseOptions,
): Promise<void> {
  const { driver, backend } = mount.opened ?? {}
  if (!driver?.pending || !backend) return
  let said = false
  while (performance.now() < options.uploadsUntil) {
    const files = await driver.pending(backend, mount.target, context).then(
      (pending) => pending.files,
      () => 0,
    )
    if (files === 0) return
    if (!said) options.say(`${mount.target.path}: waiting for ${files} files that are being uploaded`)
    said = true
    await pauseFor(UPLOADS_EVERY_MS)
  }
  options.say(`${mount.target.path}: the rest of the uploads goes on after the next start`)
}

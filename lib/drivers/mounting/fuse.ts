import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { DaemonMountRequest, MountTarget } from '@/lib/drivers/contract/mount-request'
import type { StepNote, TestRun } from '@/lib/drivers/contract/test-run'
import { askedOptions, daemonUnit, remountArguments } from '@/lib/drivers/mounting/commands'
import { optionWord } from '@/lib/drivers/options/mount-options'
import { HoldfastError } from '@/lib/errors'

/** A mount that a daemon in a unit of its own serves. */
export interface FusePlace {
  unit: string
  target: string
}

/** Where a wanted mount is, whatever is asked for there. */
export function placeOf({ mountId, path }: Pick<MountTarget, 'mountId' | 'path'>): FusePlace {
  return { unit: daemonUnit(mountId), target: path }
}

/** Sets the options that the daemon itself does not take, where mountinfo does not show them yet. */
export async function setOptions(
  request: DaemonMountRequest,
  entry: MountEntry,
  context: OperationContext,
): Promise<void> {
  const missing = askedOptions(request).some((option) => !entry.options.includes(optionWord(option)))
  if (request.setsOptions && missing) await context.host.run('mount', remountArguments(request))
}

/** The end of the daemon's log, for advice. Never throws. */
export async function lastWords(unit: string, context: OperationContext): Promise<string> {
  try {
    return (await context.host.fuse.log(unit)).trim().split('\n').slice(-5).join('\n')
  } catch {
    return ''
  }
}

/** Never throws: whatever stays, the agent sees in mountinfo and goes on with. `daemon` is its name for people. */
export async function takeBackFuse(
  daemon: string,
  { unit, target }: FusePlace,
  context: OperationContext,
  discardCache = false,
): Promise<void> {
  try {
    await context.host.fuse.stop(unit, target, { discardCache })
  } catch (error) {
    context.log(`${daemon} could not be stopped yet: ${error instanceof HoldfastError ? error.code : 'unknown'}.`)
  }
}

/** The layers of a test at a scratch place. */
export interface ScratchTest {
  daemon: string
  mount(): Promise<StepNote | undefined>
  /** What is proven while it is mounted. */
  prove(): Promise<void>
}

/** Runs a test at a scratch place that is handed to `prepare`; whatever happens, daemon and place are gone afterwards. */
export async function testFuseScratch(
  run: TestRun,
  context: OperationContext,
  prepare: (target: MountTarget) => Promise<ScratchTest>,
): Promise<void> {
  const { host } = context
  const scratch = await host.scratch()
  const target: MountTarget = { mountId: `test-${context.operationId}`, path: scratch.path, readOnly: false }
  const place = placeOf(target)
  const { daemon, mount, prove } = await prepare(target)
  let mounted = false
  try {
    await run.step('mount', 'Mount', async () => {
      const note = await mount()
      mounted = true
      return note
    })
    await prove()
  } finally {
    if (mounted) {
      await run.step('unmount', 'Unmount', async () => {
        await host.fuse.stop(place.unit, place.target, { discardCache: true })
        await scratch.done()
        return undefined
      })
    } else {
      await takeBackFuse(daemon, place, context, true)
      await scratch.done()
    }
  }
}

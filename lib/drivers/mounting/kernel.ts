import type { DriverHost, MountEntry } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { BindMountRequest, KernelMountRequest, MountTarget } from '@/lib/drivers/contract/mount-request'
import { capacityNote, expectReadable, expectWritten, type TestRun, usageOf } from '@/lib/drivers/contract/test-run'
import type { Usage } from '@/lib/drivers/contract/values'
import { foreignMount } from '@/lib/drivers/mounting/foreign'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import type { CodeTable } from '@/lib/drivers/problems/messages'
import { ProblemError, problemFor, toProblem } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'

interface SecondTry {
  request: KernelMountRequest
  /** Problems that can hide another one. */
  after: readonly ProblemId[]
  /** Of the second try: it tells less than the first. */
  vague: readonly ProblemId[]
}

/** Everything a type says about its own kernel mounts. */
export interface KernelMount {
  request: KernelMountRequest | BindMountRequest
  /** Is this mountinfo line the mount we asked for? */
  isOurs(entry: MountEntry, mounts: readonly MountEntry[]): boolean
  /** Which problem the words of mount(8) mean. */
  translate(said: string): ProblemId | null
  /** Problems that an errno of looking at it means for this type alone. */
  accessErrno?: CodeTable
  /** A second try where the words of the first do not say what is wrong; what the second says counts instead, unless it is vague too. */
  secondTry?: SecondTry
  /** What both sides agreed on, in words, such as the version of the protocol; for the step of a test. */
  outcome?(entry: MountEntry): string | null
  values: ProblemValues & { path: string }
}

/** The target of a mount at a scratch place; it is none of the wanted ones. */
export function scratchTarget(path: string, readOnly = false): MountTarget {
  return { mountId: 'scratch', path, readOnly }
}

function entriesAt(host: DriverHost, target: string): MountEntry[] {
  return host.mounts.list().filter((entry) => entry.target === target)
}

function isReadOnly(entry: MountEntry): boolean {
  return entry.options.includes('ro') || entry.superOptions.includes('ro')
}

async function mountOnce(host: DriverHost, mount: KernelMount): Promise<void> {
  const { secondTry } = mount
  try {
    await mountAs(mount.request, host, mount)
  } catch (first) {
    if (!(first instanceof ProblemError) || !secondTry?.after.includes(first.problem)) throw first
    try {
      await mountAs(secondTry.request, host, mount)
    } catch (second) {
      throw second instanceof ProblemError && !secondTry.vague.includes(second.problem) ? second : first
    }
  }
}

async function mountAs(request: KernelMount['request'], host: DriverHost, mount: KernelMount): Promise<void> {
  try {
    await host.mounts.mount(request)
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'timed_out') {
      throw new ProblemError('mount.timed_out', mount.values, { cause: error })
    }
    throw toProblem(error, mount.values, (said) => mount.translate(said) ?? 'mount.failed')
  }
}

/** Mounts, or accepts what is there when it is ours, and proves that the storage answers. */
export async function mountVerified(mount: KernelMount, context: OperationContext): Promise<void> {
  const { host } = context
  const { target, readOnly } = mount.request
  const present = entriesAt(host, target)
  const [entry] = present
  if (entry !== undefined) {
    if (present.length > 1 || !mount.isOurs(entry, host.mounts.list())) throw foreignMount(entry)
    if (isReadOnly(entry) !== readOnly) throw new ProblemError('mount.other_options', mount.values)
    expectReadable(await host.probe.list(target), mount.values, mount.accessErrno)
    return
  }
  await mountOnce(host, mount)
  try {
    expectOurs(mount, host)
    expectReadable(await host.probe.list(target), mount.values, mount.accessErrno)
  } catch (error) {
    await takeBack(target, context)
    throw error
  }
}

function expectOurs(mount: KernelMount, host: DriverHost): void {
  const entry = entriesAt(host, mount.request.target).at(-1)
  if (entry === undefined)
    throw new ProblemError('mount.failed', mount.values, { said: 'mount succeeded, but nothing is mounted there' })
  if (mount.isOurs(entry, host.mounts.list())) return
  if (mount.request.kind === 'bind') throw problemFor('local.link', mount.values)
  throw foreignMount(entry)
}

/** A mount that turned out bad must not stay; if it cannot go now, the agent sees it in mountinfo and goes on. */
async function takeBack(target: string, context: OperationContext): Promise<void> {
  try {
    await context.host.mounts.unmount(target)
  } catch (error) {
    context.log(
      `The failed mount could not be taken back yet: ${error instanceof HoldfastError ? error.code : 'unknown'}.`,
    )
  }
}

export async function usageAt(path: string, context: OperationContext): Promise<Usage> {
  return usageOf(await context.host.probe.statfs(path))
}

/** Runs `work` with the storage mounted at a scratch place; whatever happens, that is unmounted again. */
export async function withScratchMount<T>(
  context: OperationContext,
  prepare: (target: string) => KernelMount,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const scratch = await context.host.scratch()
  try {
    await mountVerified(prepare(scratch.path), context)
    return await work(scratch.path)
  } finally {
    await takeBack(scratch.path, context)
    await scratch.done()
  }
}

/** The layers mount, write, capacity and unmount, at a scratch place. */
export async function testScratchMount(
  run: TestRun,
  context: OperationContext,
  prepare: (target: string) => KernelMount,
): Promise<void> {
  const { host } = context
  const scratch = await host.scratch()
  const mount = prepare(scratch.path)
  let mounted = false
  try {
    await run.step('mount', 'Mount', async () => {
      await mountVerified(mount, context)
      mounted = true
      const entry = host.mounts.list().find(({ target }) => target === scratch.path)
      const outcome = entry === undefined ? null : mount.outcome?.(entry)
      return { detail: [outcome, entry?.options.join(',')].filter(Boolean).join(': ') }
    })
    await run.step('write', 'Write, read back, delete', async () => {
      if (mount.request.readOnly) return { status: 'skipped', detail: 'The backend is read only.' }
      expectWritten(await host.probe.writeReadDelete(scratch.path), mount.values)
      return undefined
    })
    await run.step('capacity', 'Capacity', async () => {
      const answer = await host.probe.statfs(scratch.path)
      expectReadable(answer, mount.values, mount.accessErrno)
      return capacityNote(usageOf(answer))
    })
  } finally {
    if (mounted) await leave(run, context, scratch)
    else {
      await takeBack(scratch.path, context)
      await scratch.done()
    }
  }
}

async function leave(
  run: TestRun,
  context: OperationContext,
  scratch: { path: string; done(): Promise<void> },
): Promise<void> {
  await run.step('unmount', 'Unmount', async () => {
    await context.host.mounts.unmount(scratch.path)
    await scratch.done()
    return undefined
  })
}

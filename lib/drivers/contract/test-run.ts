import type { ProbeAnswer, StatfsAnswer } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { StepId, TestStep } from '@/lib/drivers/contract/steps'
import { inodesOf, type Usage } from '@/lib/drivers/contract/values'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { ACCESS_ERRNO, type CodeTable, matchCode, WRITE_ERRNO } from '@/lib/drivers/problems/messages'
import { knownValues, ProblemError, problemFor, toProblem } from '@/lib/drivers/problems/problem'
import { reportOf } from '@/lib/drivers/problems/report'
import { HoldfastError } from '@/lib/errors'
import { formatBytes } from '@/lib/units'

/** What a step has to say when it did not fail. */
export interface StepNote {
  detail?: string
  status?: 'passed' | 'warning' | 'skipped'
  problem?: ProblemId
  usage?: Usage
}

const CLEAN_UP_MS = 8_000

/** Ends the test at this step. The step itself has been reported. */
class StepFailed extends Error {}

/**
 * Runs the layers of a test one after the other, times them, and turns every failure into a step that says what is wrong. The
 * first failure ends it; cleaning up is the caller's `finally`, through `cleanUp`.
 */
export class TestRun {
  readonly steps: TestStep[] = []
  readonly #context: OperationContext
  readonly #values: ProblemValues
  /** Every layer but the last ends by then, so that there is time to clean up. */
  readonly #layersEndAt: number

  constructor(context: OperationContext, values: ProblemValues) {
    this.#context = context
    this.#values = values
    const left = context.deadlineAt - performance.now()
    this.#layersEndAt = context.deadlineAt - Math.min(CLEAN_UP_MS, left / 4)
  }

  /** Runs one layer. Throws `StepFailed` (for `finish`) after reporting a failure. */
  async step(
    id: StepId,
    title: string,
    action: () => Promise<StepNote | undefined>,
    translate?: (said: string) => ProblemId | null,
  ): Promise<void> {
    if (id === 'write' && this.#context.readsOnly)
      return this.#report({ id, title, status: 'skipped', durationMs: 0, detail: 'This test writes nothing.' })
    const startedAt = performance.now()
    let note: StepNote | undefined
    try {
      const { deadlineAt, signal } = this.#context
      note = await withDeadline({ signal, deadlineAt: id === 'unmount' ? deadlineAt : this.#layersEndAt }, action())
    } catch (error) {
      this.#report({ id, title, status: 'failed', durationMs: since(startedAt), ...this.#describe(error, translate) })
      throw new StepFailed()
    }
    const { status = 'passed', detail, problem, usage } = note ?? {}
    this.#report({
      id,
      title,
      status,
      durationMs: since(startedAt),
      ...(detail === undefined ? {} : { detail }),
      ...(usage === undefined ? {} : { usage }),
      ...(problem === undefined ? {} : { problem, values: knownValues(this.#values) }),
    })
  }

  /** The layer `name`: the addresses of a server, of which the first is handed back. */
  async name(server: string): Promise<string> {
    let address = server
    await this.step('name', 'Server name', async () => {
      const [first, ...more] = await this.#context.host.net.resolve(server)
      if (first === undefined) throw new ProblemError('name.not_found', { ...this.#values, server })
      address = first
      return { detail: [first, ...more].join(', ') }
    })
    return address
  }

  /** The layer `tcp`: the port of a server takes a connection. */
  tcp(server: string, port: number): Promise<void> {
    return this.step('tcp', tcpTitle(port), async () => {
      const ms = await this.#context.host.net.connect(server, port)
      return { detail: `${ms.toFixed(1)} ms` }
    })
  }

  /** Runs the layers and returns the steps; only what is not a failed step is thrown on. */
  async finish(layers: () => Promise<void>): Promise<TestStep[]> {
    try {
      await layers()
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error
    }
    return this.steps
  }

  #report(step: TestStep): void {
    this.steps.push(step)
    this.#context.step(step)
  }

  #describe(error: unknown, translate?: (said: string) => ProblemId | null): Partial<TestStep> {
    const known = toProblem(error, this.#values, translate)
    if (known instanceof ProblemError) return { detail: known.message, ...reportOf(known) }
    if (known instanceof HoldfastError) return { detail: known.message, code: known.code }
    throw known
  }
}

/** One title for the layer `tcp`, whoever runs it. */
export function tcpTitle(port: number): string {
  return `Connection to port ${port}`
}

function since(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 10) / 10
}

/** Settles at the operation's deadline or cancellation whatever the host does. Throws `timed_out`. */
export async function withDeadline<T>(
  context: Pick<OperationContext, 'deadlineAt' | 'signal'>,
  work: Promise<T>,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => reject(new HoldfastError('timed_out', 'The time for this operation ran out.'))
  const timer = setTimeout(stop, Math.max(0, context.deadlineAt - performance.now()))
  context.signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
    context.signal.removeEventListener('abort', stop)
  }
}

/** What is known of a mount, for the words of a problem. */
type MountValues = ProblemValues & { path: string }

/** Throws the problem that a look at the storage found. */
export function expectReadable(answer: ProbeAnswer | StatfsAnswer, values: MountValues, own: CodeTable = {}): void {
  if (answer.state === 'hung') throw new ProblemError('access.hung', values)
  if (answer.state === 'ok') return
  const { errno } = answer
  const id = matchCode(own, errno) ?? matchCode(ACCESS_ERRNO, errno) ?? 'access.failed'
  throw problemFor(id, { ...values, errno }, { said: errno })
}

export function expectWritten(answer: ProbeAnswer, values: MountValues): void {
  if (answer.state === 'hung') throw new ProblemError('access.hung', values)
  if (answer.state === 'ok') return
  const { errno } = answer
  throw new ProblemError(matchCode(WRITE_ERRNO, errno) ?? 'write.failed', { ...values, errno }, { said: errno })
}

/**
 * Capacity from statfs, as `df` counts; null for a storage that did not answer, or says that it has no size at all (some shares do). Its
 * inodes are those of a whole file system, in which the storage may be one folder of many: how many files it has does not follow.
 */
export function usageOf(answer: StatfsAnswer): Usage {
  if (answer.state !== 'ok' || answer.totalBytes === 0)
    return { totalBytes: null, usedBytes: null, availableBytes: null, fileCount: null }
  return {
    totalBytes: answer.totalBytes,
    usedBytes: answer.totalBytes - answer.freeBytes,
    availableBytes: answer.availableBytes,
    fileCount: null,
    ...inodesOf(answer),
  }
}

export function capacityNote(usage: Usage): StepNote {
  if (usage.totalBytes === null || usage.availableBytes === null) return { detail: 'The capacity is not known.', usage }
  return { detail: `${formatBytes(usage.availableBytes)} free of ${formatBytes(usage.totalBytes)}`, usage }
}

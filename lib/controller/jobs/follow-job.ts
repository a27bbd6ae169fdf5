import { failureReason, isFromHost } from '@/lib/agent-client/client'
import type { JobLine, ObservedJob } from '@/lib/agent-protocol/messages'
import { fromWireError } from '@/lib/agent-protocol/wire-error'
import type { JobFeed } from '@/lib/controller/jobs/job-news'
import {
  cancelled,
  failed,
  type KindResult,
  type OperationContext,
  succeeded,
} from '@/lib/controller/operations/context'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'

export interface FollowSettings {
  /** Without news for this long the host is asked; its event stream may be another controller's, or cut. */
  askAfterMs: number
  /** How far it is is stored this often at most; lines are stored as they come. */
  saveEveryMs: number
  retryMs: number
  /** A host that is away for longer is given up; the operation then says that the work may go on there. */
  awayMs: number
}

const SETTINGS: FollowSettings = { askAfterMs: 3_000, saveEveryMs: 2_000, retryMs: 5_000, awayMs: 3_600_000 }

/**
 * An operation whose verb answers with a job: starts it on the host, or finds it again by the operation's id, and follows it to its end.
 * Its lines and how far it is are stored as they come. One that the end of this controller cuts off is followed by the next one.
 */
export async function followJob(
  context: OperationContext,
  hostId: string,
  start: () => Promise<ObservedJob>,
  settings: Partial<FollowSettings> = {},
): Promise<KindResult> {
  const stored = await context.storedJob(hostId)
  const feed = context.jobs.follow(hostId, context.operationId)
  const following = new Following(context, hostId, feed, stored?.line ?? 0, { ...SETTINGS, ...settings })
  try {
    let job = await following.start(start)
    context.takesLong()
    for (;;) {
      await following.store(job)
      if (job.endedAt !== null) return endOf(context, hostId, job)
      if (context.cancelled.aborted) job = (await following.cancel()) ?? job
      if (job.endedAt === null) job = await following.next()
    }
  } finally {
    feed.close()
  }
}

class Following {
  readonly #context: OperationContext
  readonly #hostId: string
  readonly #feed: JobFeed
  readonly #settings: FollowSettings
  /** Number of the last line that is stored. */
  #line: number
  #savedAt = Number.NEGATIVE_INFINITY
  #isCancelled = false

  constructor(context: OperationContext, hostId: string, feed: JobFeed, line: number, settings: FollowSettings) {
    this.#context = context
    this.#hostId = hostId
    this.#feed = feed
    this.#line = line
    this.#settings = settings
  }

  /** A host that is away fails the operation, unless the job may have been started there already. */
  async start(start: () => Promise<ObservedJob>): Promise<ObservedJob> {
    if (this.#context.isResumed) return this.#untilReached(start)
    try {
      return await start()
    } catch (error) {
      const reason = failureReason(error)
      if (reason !== 'lost' && reason !== 'timeout') throw error
      return this.#untilReached(start)
    }
  }

  /** Lines and how far it is go into one transaction, so that the next controller knows which lines there are. */
  async store(job: ObservedJob): Promise<void> {
    const lines = await this.#newLines(job)
    const isDue = performance.now() - this.#savedAt >= this.#settings.saveEveryMs
    if (lines.length === 0 && !isDue && job.endedAt === null) return
    this.#savedAt = performance.now()
    for (const { at, message } of lines) this.#context.hear(this.#hostId, { type: 'log', at, message })
    this.#line = lines.at(-1)?.line ?? this.#line
    const { state, progress } = job
    this.#context.tellJob(this.#hostId, { state, progress, line: this.#line })
  }

  /** What the host says next, by itself or because it is asked. */
  async next(): Promise<ObservedJob> {
    const { signal, cancelled } = this.#context
    const stop = this.#isCancelled ? signal : AbortSignal.any([signal, cancelled])
    const told = await this.#feed.next(this.#settings.askAfterMs, stop)
    return told ?? this.#untilReached(() => this.#read())
  }

  /** null: it is cancelled already, or the host could not be told yet. */
  async cancel(): Promise<ObservedJob | null> {
    if (this.#isCancelled) return null
    const { client, hostOf, fence, operationId, signal } = this.#context
    try {
      const request = { operationId, fence: await fence(this.#hostId) }
      const { job } = await client.call(hostOf(this.#hostId), 'cancelJob', request, { signal })
      this.#isCancelled = true
      return job
    } catch (error) {
      this.#context.log(this.#hostId, `It could not be cancelled yet: ${toHoldfastError(error).message}`)
      await this.#pause()
      return null
    }
  }

  /** Tries until the host has answered. Throws what the host itself says, and what keeps it away after an hour. */
  async #untilReached(ask: () => Promise<ObservedJob>): Promise<ObservedJob> {
    const { signal, log } = this.#context
    const until = performance.now() + this.#settings.awayMs
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await ask()
      } catch (error) {
        const failure = toHoldfastError(error)
        const isPassing = !isFromHost(failure) || failure.code === 'rate_limited'
        if (!isPassing || signal.aborted || performance.now() > until) throw failure
        if (isFirst) log(this.#hostId, `${failure.message} The work may go on there; the host is asked again.`)
        await this.#pause()
      }
    }
  }

  async #read(): Promise<ObservedJob> {
    const { job } = await this.#log(this.#line)
    if (job === null) throw new HoldfastError('not_found', 'The host knows nothing of this job any more.')
    return job
  }

  /** The host sends the last lines along; those before them are asked for. */
  async #newLines(job: ObservedJob): Promise<JobLine[]> {
    const lines: JobLine[] = []
    const last = () => lines.at(-1)?.line ?? this.#line
    const [first] = job.lines
    while (first !== undefined && first.line > last() + 1) {
      const page = await this.#log(last()).catch(() => null)
      if (page === null || page.lines.length === 0) break
      lines.push(...page.lines)
    }
    const known = last()
    return [...lines, ...job.lines.filter(({ line }) => line > known)]
  }

  #log(after: number) {
    const { client, hostOf, operationId, signal } = this.#context
    return client.call(hostOf(this.#hostId), 'jobLog', { operationId, after }, { signal })
  }

  async #pause(): Promise<void> {
    await pauseFor(this.#settings.retryMs, this.#context.signal)
  }
}

function endOf(context: OperationContext, hostId: string, job: ObservedJob): KindResult {
  if (job.state === 'succeeded') {
    context.done(succeeded(hostId))
    return { result: JSON.parse(JSON.stringify(job.result ?? null)) }
  }
  const error = fromWireError(job.error ?? { code: 'internal', message: 'The job failed.' })
  if (job.state === 'cancelled') {
    context.done(cancelled(hostId, error))
    return { ending: { status: 'cancelled', errorCode: error.code, error: error.message } }
  }
  context.done(failed(hostId, error))
  return { failure: error }
}

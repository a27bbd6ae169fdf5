import { Redactor } from '@/agent/host/exec/redact'
import type { ObservedJob } from '@/lib/agent-protocol/messages'
import { toWireError } from '@/lib/agent-protocol/wire-error'
import type { HoldfastError } from '@/lib/errors'
import type { JobLog, LineSource } from './job-log'
import { type Progress, Rate } from './rate'

/** How many of its last lines a job shows. */
const TAIL = 10

export interface JobFacts {
  operationId: string
  /** Name of the command. */
  kind: string
  acceptedAt: Date
}

export type JobOutcome = { result: unknown } | { error: HoldfastError }

/** One job as it is now. */
export class Job {
  readonly facts: JobFacts
  readonly log: JobLog
  readonly redactor = new Redactor()
  /** Aborted with the reason when somebody cancels it. */
  readonly cancelled = new AbortController()
  readonly #rate = new Rate()
  readonly #onChange: (isNews: boolean) => void
  #state: ObservedJob['state'] = 'accepted'
  #progress: ObservedJob['progress'] = null
  #outcome: JobOutcome | null = null
  #endedAt: Date | null = null

  /** `onChange` is told of each change; `isNews` where people should know at once. */
  constructor(facts: JobFacts, log: JobLog, onChange: (isNews: boolean) => void = () => undefined) {
    this.facts = facts
    this.log = log
    this.#onChange = onChange
  }

  get endedAt(): Date | null {
    return this.#endedAt
  }

  say(message: string, from?: LineSource): void {
    this.log.add(this.redactor.redact(message), from)
    this.#onChange(false)
  }

  advance(progress: Progress): void {
    const perSecond = this.#rate.add(progress, performance.now())
    const { done, total, unit, phase, files } = progress
    this.#progress = { done, total, unit, phase: phase ?? null, perSecond, ...(files === undefined ? {} : { files }) }
    this.#onChange(false)
  }

  begin(): void {
    if (this.#state === 'accepted') this.#become('running')
  }

  cancel(reason: HoldfastError): void {
    if (this.#outcome !== null) return
    this.#become('cancelling')
    this.cancelled.abort(reason)
  }

  end(outcome: JobOutcome, at: Date): void {
    this.#outcome = outcome
    this.#endedAt = at
    const isDone = 'result' in outcome
    this.#become(isDone ? 'succeeded' : outcome.error.code === 'cancelled' ? 'cancelled' : 'failed')
  }

  view(): ObservedJob {
    const { operationId, kind, acceptedAt } = this.facts
    const outcome = this.#outcome
    return {
      operationId,
      kind,
      state: this.#state,
      acceptedAt: acceptedAt.toISOString(),
      endedAt: this.#endedAt?.toISOString() ?? null,
      progress: this.#progress,
      lines: this.log.tail(TAIL),
      result: outcome !== null && 'result' in outcome ? (outcome.result ?? null) : null,
      error: outcome !== null && 'error' in outcome ? toWireError(outcome.error) : null,
    }
  }

  #become(state: ObservedJob['state']): void {
    this.#state = state
    this.#onChange(true)
  }
}

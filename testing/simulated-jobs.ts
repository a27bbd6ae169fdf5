import type { JobLine, ObservedJob, WireError } from '@/lib/agent-protocol/messages'
import { toHoldfastError } from '@/lib/errors'

const TICK_MS = 250
const TICKS = 8
const LISTED = 8

interface SimulatedJob {
  view: ObservedJob
  lines: JobLine[]
  sizeBytes: number
  timer: NodeJS.Timeout | undefined
  /** Gives the result when its time has come, or throws what it fails with. */
  finish(): unknown
}

/** Jobs of a simulated host. They run by themselves in a few seconds, or are driven by a test. */
export class SimulatedJobs {
  readonly #jobs = new Map<string, SimulatedJob>()
  readonly #listeners = new Set<(all: ObservedJob[]) => void>()
  /** Jobs that begin from now on wait for `advance`, `end` and `cancel`. */
  isDriven = false

  subscribe(listener: (all: ObservedJob[]) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  list(): ObservedJob[] {
    return [...this.#jobs.values()].slice(-LISTED).map(({ view }) => view)
  }

  find(operationId: string): ObservedJob | null {
    return this.#jobs.get(operationId)?.view ?? null
  }

  log(operationId: string, after: number): { job: ObservedJob | null; lines: JobLine[] } {
    const lines = this.#jobs.get(operationId)?.lines.filter(({ line }) => line > after) ?? []
    return { job: this.find(operationId), lines: lines.slice(0, 500) }
  }

  /** Asked for again: as it is. */
  startCheck(operationId: string, sizeBytes: number): ObservedJob {
    const speeds = { writeBytesPerSecond: 118_000_000, readBytesPerSecond: 204_000_000 }
    const finish = () => ({ sizeBytes, ...speeds, readMode: 'direct' })
    return this.start(operationId, { kind: 'checkMount', sizeBytes, ticks: TICKS, finish })
  }

  /** Any job; one without ticks is done in a moment. Asked for again: as it is. */
  start(
    operationId: string,
    { kind, sizeBytes, ticks, finish }: { kind: string; sizeBytes: number; ticks: number; finish: () => unknown },
  ): ObservedJob {
    const known = this.find(operationId)
    if (known) return known
    const acceptedAt = new Date().toISOString()
    const view: ObservedJob = {
      operationId,
      kind,
      state: 'running',
      acceptedAt,
      endedAt: null,
      progress: null,
      lines: [],
      result: null,
      error: null,
    }
    const job: SimulatedJob = { view, lines: [], sizeBytes, timer: undefined, finish }
    this.#jobs.set(operationId, job)
    if (!this.isDriven) this.#tick(job, 0, ticks)
    this.#tell()
    return view
  }

  /** So much of the whole is done, between 0 and 1. */
  advance(operationId: string, part: number, message?: string): void {
    const job = this.#running(operationId)
    if (!job) return
    const total = 2 * job.sizeBytes
    const phase = part < 0.5 ? 'writing' : 'reading'
    const progress = { done: Math.round(part * total), total, unit: 'bytes' as const, perSecond: 120_000_000, phase }
    if (message !== undefined) {
      job.lines.push({ line: job.lines.length + 1, at: new Date().toISOString(), message })
    }
    this.#change(job, { progress, lines: job.lines.slice(-10) })
  }

  end(operationId: string, how: { result: unknown } | { error: WireError }): void {
    const job = this.#running(operationId)
    if (!job) return
    clearTimeout(job.timer)
    const endedAt = new Date().toISOString()
    if ('result' in how) this.#change(job, { state: 'succeeded', endedAt, result: how.result })
    else
      this.#change(job, { state: how.error.code === 'cancelled' ? 'cancelled' : 'failed', endedAt, error: how.error })
  }

  cancel(operationId: string): ObservedJob | null {
    this.end(operationId, { error: { code: 'cancelled', message: 'It was cancelled.' } })
    return this.find(operationId)
  }

  stop(): void {
    for (const { timer } of this.#jobs.values()) clearTimeout(timer)
  }

  #running(operationId: string): SimulatedJob | null {
    const job = this.#jobs.get(operationId)
    return job && job.view.endedAt === null ? job : null
  }

  /** A driven job comes to its end by itself. */
  complete(operationId: string): void {
    const job = this.#running(operationId)
    if (!job) return
    try {
      this.end(operationId, { result: job.finish() })
    } catch (error) {
      const { code, message } = toHoldfastError(error)
      this.end(operationId, { error: { code, message } })
    }
  }

  #tick(job: SimulatedJob, count: number, ticks: number): void {
    const { operationId } = job.view
    job.timer = setTimeout(
      () => {
        if (count >= ticks) return this.complete(operationId)
        this.advance(operationId, count / ticks)
        this.#tick(job, count + 1, ticks)
      },
      ticks === 0 ? 0 : TICK_MS,
    ).unref()
  }

  #change(job: SimulatedJob, change: Partial<ObservedJob>): void {
    job.view = { ...job.view, ...change }
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.list())
  }
}

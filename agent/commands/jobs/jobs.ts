import type { CommandRunner, ResourceKind } from '@/agent/commands/runner'
import type { CommandTurn, Undo } from '@/agent/commands/turn'
import type { Programs } from '@/agent/host/programs/programs'
import type { WantedDocuments } from '@/agent/journal/documents'
import type { Command, Journal, KnownOperation } from '@/agent/journal/journal'
import type { CommandEnvelope, JobLine, ObservedJob } from '@/lib/agent-protocol/messages'
import { HoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { Job } from './job'
import { JOB_DOCUMENTS } from './job-documents'
import type { JobKind, JobProgram, JobTurn, ProgramEnd } from './job-kind'
import { JobLog } from './job-log'
import { runProgram } from './run-program'

/** News of progress and log lines is told this often at most. */
const TELL_MS = 500
/** How long a job that has ended is listed among the others. */
const LISTED_MS = 120_000
/** How many jobs that have ended keep their log. */
const KEPT = 8
/** Line numbers are reserved in such steps, so that an agent whose tmpfs is gone does not give one twice. */
const RESERVE = 500
const LOG_LINES = 500

export interface JobsParts {
  journal: Journal
  runner: CommandRunner
  programs: Programs
  log: Log
  /** Changes with every boot of the machine. */
  boot: string
  // biome-ignore lint/suspicious/noExplicitAny: each kind has a request of its own
  kinds: readonly JobKind<any>[]
}

export interface LogPage {
  job: ObservedJob | null
  lines: JobLine[]
}

/**
 * Long work: accepted at once, carried out under the lock of its resource like any command, with programs that run beside the agent.
 * The journal keeps what was asked, so that the next agent goes on with it; people and controllers find it by its operation.
 */
export class Jobs implements ResourceKind {
  readonly recoversFirst = true
  readonly commands: readonly string[]
  readonly #parts: JobsParts
  readonly #documents: WantedDocuments<
    { operationId: string; command: string; request?: unknown },
    { linesBelow: number }
  >
  readonly #jobs = new Map<string, Job>()
  /** Those that wait for their turn, by operation id. */
  readonly #waiting = new Map<string, Promise<void>>()
  readonly #listeners = new Set<(all: readonly ObservedJob[]) => void>()
  #timer: NodeJS.Timeout | undefined

  private constructor(parts: JobsParts) {
    this.#parts = parts
    this.commands = parts.kinds.map(({ command }) => command)
    this.#documents = parts.journal.documents(JOB_DOCUMENTS)
  }

  /** Answers questions as soon as it returns; what was interrupted goes on when the runner resumes. */
  static start(parts: JobsParts): Jobs {
    const jobs = new Jobs(parts)
    for (const { document, note } of jobs.#documents.all()) {
      const known = parts.journal.find(document.operationId)
      if (known === null || known.end !== null) jobs.#documents.forget(document.operationId)
      else jobs.#adopt(known, note.linesBelow)
    }
    for (const operationId of parts.programs.known()) {
      if (jobs.#jobs.has(operationId)) continue
      const known = parts.journal.find(operationId)
      if (known?.end) jobs.#adopt(known, 0).end(known.end.outcome, known.end.at)
    }
    parts.runner.onEnd((operationId, outcome) => {
      const job = jobs.#jobs.get(operationId)
      if (job === undefined) return
      job.end(outcome, new Date())
      // One whose pool did not come back has left its program running.
      parts.programs
        .stopJob(operationId)
        .catch((error: unknown) => parts.log.warn('the programs of a job could not be ended', { error }))
      jobs.#documents.forget(operationId)
      jobs.#dropOld()
    })
    return jobs
  }

  /** Programs go on. */
  stop(): void {
    clearTimeout(this.#timer)
  }

  /** What nobody knows any more is taken away. */
  begin(): void {
    this.#dropOld()
    const { programs, log } = this.#parts
    for (const operationId of programs.known()) {
      if (this.#jobs.has(operationId)) continue
      programs.forgetJob(operationId).catch((error: unknown) => log.warn('a job could not be cleared away', { error }))
    }
  }

  recover(_resourceId: string, turn: CommandTurn): Promise<unknown> {
    const { operationId } = turn
    const job = this.#jobs.get(operationId)
    const wanted = this.#documents.find(operationId)
    const kind = wanted === null ? undefined : this.#kindOf(wanted.document.command)
    if (job === undefined || wanted === null || kind === undefined) {
      return Promise.reject(new HoldfastError('internal', 'The interrupted job is not in the journal.'))
    }
    const failure = this.#parts.journal.steps.undoing(operationId)
    if (failure?.code === 'cancelled') job.cancel(failure)
    return this.#work(kind, kind.request.parse(wanted.document.request), job, turn)
  }

  /**
   * Accepts the job when its turn on what it holds has come and it is written down; the work goes on. Asked for again: how it is now.
   * Throws what refuses a command. `name`: of the command.
   */
  async start(name: string, envelope: CommandEnvelope, receivedAt: number, asked: unknown): Promise<ObservedJob> {
    const kind = this.#kindOf(name)
    if (kind === undefined) throw new HoldfastError('internal', `There is no job that is called ${name}.`)
    const request = kind.request.parse(asked)
    const resourceId = kind.holds?.(request) ?? envelope.resourceId
    const command: Command = { kind: name, envelope: { ...envelope, resourceId }, args: request }
    const { operationId } = envelope
    if (this.#parts.journal.recall(command) === null) {
      const accepted = this.#waiting.get(operationId) ?? this.#accept(kind, command, receivedAt, request)
      this.#waiting.set(operationId, accepted)
      await accepted.finally(() => this.#waiting.delete(operationId))
    }
    const job = this.find(operationId)
    if (job === null) throw new HoldfastError('internal', 'The accepted job is not known.')
    return job
  }

  /** Those that run and those that have ended a moment ago. */
  list(): ObservedJob[] {
    const since = Date.now() - LISTED_MS
    const listed = [...this.#jobs.values()].filter(({ endedAt }) => endedAt === null || endedAt.getTime() > since)
    return listed.map((job) => job.view())
  }

  /** Calls `onChange` with all that are listed, whenever one has changed, until the returned function is called. */
  subscribe(onChange: (all: readonly ObservedJob[]) => void): () => void {
    this.#listeners.add(onChange)
    return () => this.#listeners.delete(onChange)
  }

  /** Also one that has ended long ago, as far as the journal knows it; then without its log. */
  find(operationId: string): ObservedJob | null {
    const job = this.#jobs.get(operationId)
    if (job !== undefined) return job.view()
    const known = this.#parts.journal.find(operationId)
    if (known === null || !this.commands.includes(known.kind) || known.end === null) return null
    const past = new Job(factsOf(known), JobLog.empty())
    past.end(known.end.outcome, known.end.at)
    return past.view()
  }

  /** The job, and its lines after the one with this number; at most 500. */
  logAfter(operationId: string, line: number): LogPage {
    const job = this.#jobs.get(operationId)
    return { job: this.find(operationId), lines: job?.log.after(line, LOG_LINES) ?? [] }
  }

  /**
   * Stops the job and takes back what it did; it ends as `cancelled`. One that has ended stays as it is. Throws `stale` when another
   * controller has taken over this host.
   */
  cancel(operationId: string, fence: number): ObservedJob | null {
    const { journal } = this.#parts
    journal.requireCurrentFence(fence)
    const job = this.#jobs.get(operationId)
    if (job !== undefined && job.endedAt === null) {
      const reason = new HoldfastError('cancelled', 'It was cancelled.')
      // Also where the agent ends before the job has.
      journal.steps.undo(operationId, reason)
      job.say('It is being cancelled.')
      job.cancel(reason)
    }
    return this.find(operationId)
  }

  #kindOf(name: string) {
    return this.#parts.kinds.find(({ command }) => command === name)
  }

  /** Resolves when it is written down, or rejects with what refused it. */
  async #accept<Request>(
    kind: JobKind<Request>,
    command: Command,
    receivedAt: number,
    request: Request,
  ): Promise<void> {
    const { operationId, generation } = command.envelope
    const accepted = Promise.withResolvers<void>()
    const outcome = this.#parts.runner.run(command, receivedAt, () => undefined, {
      check: () => kind.check?.(request),
      want: () => this.#documents.want({ operationId, command: kind.command, request }, generation),
      carryOut: (turn) => {
        const job = this.#open({ operationId, kind: kind.command, acceptedAt: new Date() }, 0)
        accepted.resolve()
        return this.#work(kind, request, job, turn)
      },
    })
    // How it ends is told by the job itself.
    await Promise.race([accepted.promise, outcome])
  }

  async #work<Request>(kind: JobKind<Request>, request: Request, job: Job, turn: CommandTurn): Promise<unknown> {
    job.begin()
    const cancelled = job.cancelled.signal
    const step: JobTurn['step'] = (name, work, undo) =>
      turn.step(
        name,
        async () => {
          cancelled.throwIfAborted()
          return work()
        },
        undo,
      )
    const basic: CommandTurn = {
      ...turn,
      step,
      signal: AbortSignal.any([turn.signal, cancelled]),
      log: (message) => job.say(message),
    }
    try {
      return await kind.work(request, {
        ...basic,
        advance: (progress) => job.advance(progress),
        directory: (name) => this.#parts.programs.directory({ operationId: turn.operationId, step: name }),
        run: (name, program, undo) => this.#run(job, basic, name, program, undo),
      })
    } catch (error) {
      if (!turn.signal.aborted) job.say(cancelled.aborted ? 'What it did is taken back.' : wordsOf(error))
      throw cancelled.aborted && !turn.signal.aborted ? cancelled.reason : error
    }
  }

  /** A program as a step. Its files go when its end is noted, or when it is taken back. */
  async #run(
    job: Job,
    turn: CommandTurn,
    step: string,
    program: JobProgram,
    undo: Undo<ProgramEnd> | undefined,
  ): Promise<ProgramEnd> {
    const { programs, journal, boot } = this.#parts
    const id = { operationId: turn.operationId, step }
    const run = () => runProgram({ job, programs, steps: journal.steps, boot }, turn, step, program)
    const end = await turn.step(step, run, async (note, undoTurn) => {
      try {
        await programs.remove(id)
      } catch (error) {
        undoTurn.hang(programs.gone(id))
        throw error
      }
      await undo?.(note, undoTurn)
    })
    await programs.remove(id)
    return end
  }

  #adopt(known: KnownOperation, linesBelow: number): Job {
    return this.#open(factsOf(known), linesBelow)
  }

  #open(facts: Job['facts'], linesBelow: number): Job {
    const { operationId } = facts
    const log = new JobLog(this.#parts.programs.jobDirectory(operationId), linesBelow)
    let reserved = linesBelow
    const job = new Job(facts, log, (isNews) => {
      if (log.last > reserved) {
        reserved = log.last + RESERVE
        this.#documents.remember(operationId, { linesBelow: reserved })
      }
      this.#tell(isNews)
    })
    this.#jobs.set(operationId, job)
    return job
  }

  /** Of those that have ended the last few stay known here, with their log. */
  #dropOld(): void {
    const { programs, log } = this.#parts
    const ended = [...this.#jobs.values()].filter((job) => job.endedAt !== null)
    ended.sort((a, b) => Number(b.endedAt) - Number(a.endedAt))
    for (const { facts } of ended.slice(KEPT)) {
      this.#jobs.delete(facts.operationId)
      programs
        .forgetJob(facts.operationId)
        .catch((error: unknown) => log.warn('a job could not be cleared away', { error }))
    }
  }

  #tell(isNews: boolean): void {
    const tell = () => {
      this.#timer = undefined
      const all = this.list()
      for (const listener of this.#listeners) listener(all)
    }
    if (isNews) {
      clearTimeout(this.#timer)
      tell()
    } else this.#timer ??= setTimeout(tell, TELL_MS).unref()
  }
}

function factsOf({ operationId, kind, startedAt }: KnownOperation): Job['facts'] {
  return { operationId, kind, acceptedAt: startedAt }
}

function wordsOf(error: unknown): string {
  return error instanceof HoldfastError ? error.message : 'It failed inside the agent; see its log.'
}

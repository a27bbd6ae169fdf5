import { failpoint } from '@/agent/host/failpoint'
import {
  answerOf,
  type Command,
  type Journal,
  type Outcome,
  type UnfinishedOperation,
  usedForSomethingElse,
} from '@/agent/journal/journal'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { atMost } from '@/lib/pause'
import { type Held, ResourceLocks } from './resource-locks'
import { Steps } from './steps'
import type { CommandTurn, Turn } from './turn'

const STOP_MS = 2_000

/** What the runner must know of a kind of resource. */
export interface ResourceKind {
  /** Names of its commands, as in the journal. */
  readonly commands: readonly string[]
  /**
   * Where an interrupted command must be brought to an end before a later one may act. Otherwise a later one takes its place: it then
   * has to cope with what the first one left.
   */
  readonly recoversFirst?: true
  /**
   * After a start: brings to an end what a killed agent had begun on this resource, and answers as the command would have. What is
   * wanted stands in the journal, in words of the kind. With steps it goes on after the last one that was done, or throws, and then
   * those are taken back; so the steps, with their `undo`, are named here as when the command was carried out.
   */
  recover(resourceId: string, turn: CommandTurn): Promise<unknown>
  /** Once after a start, when nothing of this kind is interrupted any more: looks after everything that is to be there. */
  begin(): void
}

/** One command as a kind sees it. */
export interface CommandHandler<Result> {
  /** Checks that need nothing but memory. Throws what refuses the command before anything is written down. */
  check?(): void
  /** Writes down what is wanted from now on, in one transaction with the intent. */
  want?(): void
  carryOut(turn: CommandTurn): Promise<Result>
}

export interface CommandRunnerParts {
  journal: Journal
  log: Log
}

/**
 * The one way in which a command is carried out, whatever it is about: an operation that is known gives its stored answer, one that
 * runs is joined; otherwise it waits its turn on the resource within its time to live, is written down, carried out and finished.
 * After a killed agent, `resume` brings the rest to an end.
 */
export class CommandRunner {
  readonly #journal: Journal
  readonly #log: Log
  readonly #locks = new ResourceLocks()
  readonly #stop = new AbortController()
  readonly #listeners = new Set<(operationId: string, outcome: Outcome) => void>()
  /** By operation id. */
  readonly #joinable = new Map<string, { args: string; outcome: Promise<unknown> }>()
  readonly #running = new Set<Promise<unknown>>()
  readonly #hanging = new WeakMap<Held, Promise<void>>()

  constructor({ journal, log }: CommandRunnerParts) {
    this.#journal = journal
    this.#log = log
  }

  /** Aborted when the agent stops. */
  get stopping(): AbortSignal {
    return this.#stop.signal
  }

  /** Is something at work on it, or does something hang there? */
  isHeld(resourceId: string): boolean {
    return this.#locks.isHeld(resourceId)
  }

  /** Calls back with each operation that has come to its end. */
  onEnd(listener: (operationId: string, outcome: Outcome) => void): void {
    this.#listeners.add(listener)
  }

  /** Cuts off what runs; the next agent brings it to an end. Waits a moment for what ends by itself. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await atMost(STOP_MS, Promise.allSettled(this.#running))
  }

  /**
   * Throws `stale` when its time to live since `receivedAt` (`performance.now()`) is over or something newer was carried out,
   * `operation_in_progress` when its turn did not come, `conflict` for an operation id that stood for something else.
   */
  async run<Result>(
    command: Command,
    receivedAt: number,
    log: (message: string) => void,
    handler: CommandHandler<Result>,
  ): Promise<Result> {
    const { operationId } = command.envelope
    const known = this.#journal.recall(command)
    if (known !== null && known.status !== 'unfinished') return answerOf<Result>(known)
    const args = this.#journal.hashOf(command)
    const same = this.#joinable.get(operationId)
    if (same !== undefined) {
      if (same.args !== args) throw usedForSomethingElse()
      return same.outcome as Promise<Result>
    }
    const outcome = this.#track(this.#inTurn(command, receivedAt, log, handler))
    this.#joinable.set(operationId, { args, outcome })
    try {
      return await outcome
    } finally {
      this.#joinable.delete(operationId)
    }
  }

  /** Work that nobody asked for. It gives way to commands. null: something else is at work on the resource. */
  background<Result>(
    resourceId: string,
    operationId: string,
    log: (message: string) => void,
    work: (turn: Turn) => Promise<Result>,
  ): Promise<Result> | null {
    const held = this.#locks.tryBackground(resourceId, operationId)
    if (held === null) return null
    return this.#track(work(this.#turnOf(held, operationId, log)).finally(() => this.#release(held)))
  }

  /**
   * After a start: takes hold of every resource with an unfinished command before a new command can, and brings it to an end when
   * `cleared` resolves, which is when what a killed agent left running is out of the way. Then the kinds begin, each by itself.
   */
  resume(kinds: readonly ResourceKind[], cleared: Promise<void>): void {
    const unfinished = this.#journal.unfinished()
    const kindOf = ({ kind }: { kind: string }) => kinds.find(({ commands }) => commands.includes(kind))
    for (const kind of [...kinds, undefined]) {
      const own = unfinished.filter((operation) => kindOf(operation) === kind)
      const ends = own.map((operation) => this.#track(this.#resumeOne(operation, kind, cleared)))
      void Promise.all([cleared, ...ends]).then(() => kind?.begin())
    }
  }

  /** Takes hold at once. A resource has one unfinished operation at most: the journal ends those before it. */
  async #resumeOne(
    { operationId, resourceId }: UnfinishedOperation,
    kind: ResourceKind | undefined,
    cleared: Promise<void>,
  ): Promise<void> {
    const log = this.#log.with({ resourceId })
    const held = kind?.recoversFirst
      ? this.#locks.tryCommand(resourceId, operationId)
      : this.#locks.tryBackground(resourceId, operationId)
    if (held === null) return
    const say = (step: string) => log.info('finishing an interrupted operation', { step })
    try {
      await cleared
      await this.#perform(held, operationId, say, (turn) => {
        if (kind !== undefined) return kind.recover(resourceId, turn)
        throw new HoldfastError('unsupported', 'This agent does not know this kind of command.')
      })
    } catch (error) {
      const { code } = toHoldfastError(error)
      if (code === 'internal') log.error('an interrupted operation could not be finished', { operationId, error })
      else log.warn('an interrupted operation could not be finished', { operationId, code })
      await this.#hanging.get(held)
    } finally {
      this.#release(held)
    }
  }

  async #inTurn<Result>(
    command: Command,
    receivedAt: number,
    log: (message: string) => void,
    handler: CommandHandler<Result>,
  ): Promise<Result> {
    const { operationId, resourceId, ttlMs } = command.envelope
    const leftMs = ttlMs - (performance.now() - receivedAt)
    if (leftMs < 0) {
      throw new HoldfastError('stale', 'This command waited longer than it may.', { details: { reason: 'ttl' } })
    }
    const held = await this.#locks.acquire(resourceId, operationId, leftMs)
    try {
      return await this.#carryOut(command, held, log, handler)
    } finally {
      this.#release(held)
    }
  }

  /** Runs a new intent, or one whose run was cut off; a finished one gives its stored answer. */
  async #carryOut<Result>(
    command: Command,
    held: Held,
    log: (message: string) => void,
    handler: CommandHandler<Result>,
  ): Promise<Result> {
    const { operationId } = command.envelope
    handler.check?.()
    const begun = this.#journal.begin(command, () => handler.want?.())
    if (begun.status === 'done' || begun.status === 'failed') return answerOf<Result>(begun)
    failpoint('intent.after-commit')
    try {
      return await this.#perform(held, operationId, log, (turn) => handler.carryOut(turn))
    } catch (error) {
      const { code } = toHoldfastError(error)
      if (code === 'internal') this.#log.error('a command failed', { kind: command.kind, operationId, error })
      throw error
    }
  }

  /**
   * Brings an operation that is written down to its end, and notes that. One that is cut off, by the end of the agent or by a command
   * that wants the resource, has no end: the next one goes on from here. Neither has one whose child hangs, before that is gone.
   */
  async #perform<Result>(
    held: Held,
    operationId: string,
    log: (message: string) => void,
    work: (turn: CommandTurn) => Promise<Result>,
  ): Promise<Result> {
    const steps = new Steps(this.#journal.steps, operationId)
    const basic = this.#turnOf(held, operationId, log)
    try {
      const result = await work({ ...basic, done: steps.done, step: (...step) => steps.step(...step) })
      steps.requireAhead()
      failpoint('result.before')
      this.#end(operationId, { result })
      failpoint('result.after')
      return result
    } catch (error) {
      const failure = toHoldfastError(error)
      const gone = this.#hanging.get(held)
      if (gone === undefined) throw basic.signal.aborted ? failure : await this.#fail(steps, failure, basic)
      this.#hanging.set(
        held,
        gone.then(async () => {
          if (!this.#stop.signal.aborted) await this.#fail(steps, failure, basic)
        }),
      )
      throw failure
    }
  }

  /** The end of an operation that failed, after what it had done was taken back. Never rejects; gives the failure to be told. */
  async #fail(steps: Steps, failure: HoldfastError, turn: Turn): Promise<HoldfastError> {
    try {
      const error = await steps.undo(failure, { ...turn, signal: this.#stop.signal })
      this.#end(turn.operationId, { error })
      return error
    } catch {
      return failure
    }
  }

  #end(operationId: string, outcome: Outcome): void {
    this.#journal.finish(operationId, outcome)
    for (const listener of this.#listeners) listener(operationId, outcome)
  }

  #turnOf(held: Held, operationId: string, log: (message: string) => void): Turn {
    return {
      operationId,
      signal: AbortSignal.any([held.signal, this.#stop.signal]),
      log,
      hang: (gone) => {
        this.#hanging.set(held, gone)
        held.hang()
      },
    }
  }

  #release(held: Held): void {
    const gone = this.#hanging.get(held)
    if (gone === undefined) {
      held.release()
      return
    }
    void gone.then(() => {
      // Taking back what was done may have left another child that hangs.
      if (this.#hanging.get(held) === gone) this.#hanging.delete(held)
      this.#release(held)
    })
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work)
    const done = () => this.#running.delete(work)
    work.then(done, done)
    return work
  }
}

import { failpoint } from '@/agent/host/failpoint'
import { answerOf, type Command, type Journal, usedForSomethingElse } from '@/agent/journal/journal'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { type Held, ResourceLocks } from './resource-locks'

const STOP_MS = 2_000

/** Whoever has its turn on a resource is given this. */
export interface Turn {
  readonly operationId: string
  /** Aborted when the agent stops, and in background work when a command wants the resource. */
  readonly signal: AbortSignal
  /** For people: what is being done. */
  log(message: string): void
  /**
   * A child that was given up on still runs, until `gone`. Till then nobody else may act on the resource, and the command is not
   * finished: what it did is not known yet.
   */
  hang(gone: Promise<void>): void
}

/** What the runner must know of a kind of resource. */
export interface ResourceKind {
  /** Names of its commands, as in the journal. */
  readonly commands: readonly string[]
  /**
   * After a start: brings to an end what a killed agent had begun on this resource, and answers as the command would have. What is
   * wanted stands in the journal, in words of the kind.
   */
  recover(resourceId: string, turn: Turn): Promise<unknown>
  /** Once after a start, when nothing of this kind is interrupted any more: looks after everything that is to be there. */
  begin(): void
}

/** One command as a kind sees it. */
export interface CommandHandler<Result> {
  /** Checks that need nothing but memory. Throws what refuses the command before anything is written down. */
  check?(): void
  /** Writes down what is wanted from now on, in one transaction with the intent. */
  want?(): void
  carryOut(turn: Turn): Promise<Result>
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

  /** Cuts off what runs; the next agent brings it to an end. Waits a moment for what ends by itself. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.race([
      Promise.allSettled(this.#running),
      new Promise((resolve) => setTimeout(resolve, STOP_MS).unref()),
    ])
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
      const byResource = Map.groupBy(own, ({ resourceId }) => resourceId)
      const ends = [...byResource].map(([resourceId, operations]) => {
        const ids = operations.map(({ operationId }) => operationId)
        return this.#resumeOne(resourceId, ids, kind, cleared)
      })
      void Promise.all([cleared, ...ends]).then(() => kind?.begin())
    }
  }

  async #resumeOne(
    resourceId: string,
    operationIds: readonly string[],
    kind: ResourceKind | undefined,
    cleared: Promise<void>,
  ): Promise<void> {
    const log = this.#log.with({ resourceId })
    const say = (step: string) => log.info('finishing an interrupted operation', { step })
    try {
      await this.background(resourceId, `recover-${resourceId}`, say, async (turn) => {
        await cleared
        await this.#finishInterrupted(resourceId, operationIds, kind, turn)
      })
    } catch (error) {
      log.error('what an earlier agent left could not be finished', { error })
    }
  }

  /** The interrupted operations of one resource are documents: the last one says it all. */
  async #finishInterrupted(
    resourceId: string,
    operationIds: readonly string[],
    kind: ResourceKind | undefined,
    turn: Turn,
  ): Promise<void> {
    const finish = (outcome: { result: unknown } | { error: HoldfastError }) => {
      for (const operationId of operationIds) this.#journal.finish(operationId, outcome)
    }
    let gone: Promise<void> | undefined
    const hang = (until: Promise<void>) => {
      gone = until
      turn.hang(until)
    }
    try {
      if (kind === undefined) throw new HoldfastError('unsupported', 'This agent does not know this kind of command.')
      finish({ result: await kind.recover(resourceId, { ...turn, hang }) })
    } catch (error) {
      const failure = toHoldfastError(error)
      this.#log.warn('an interrupted operation could not be finished', { resourceId, code: failure.code })
      await gone
      // The command that it gave way to, the same one repeated or a later one, goes on from here; so does the next agent.
      const goesOn = gone === undefined ? turn.signal.aborted : this.#stop.signal.aborted
      if (!goesOn) finish({ error: failure })
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
      const result = await handler.carryOut(this.#turnOf(held, operationId, log))
      failpoint('result.before')
      this.#journal.finish(operationId, { result })
      failpoint('result.after')
      return result
    } catch (error) {
      const failure = toHoldfastError(error)
      if (failure.code === 'internal') this.#log.error('a command failed', { kind: command.kind, operationId, error })
      const finish = () => {
        if (!this.#stop.signal.aborted) this.#journal.finish(operationId, { error: failure })
      }
      const gone = this.#hanging.get(held)
      if (gone === undefined) finish()
      else void gone.then(finish)
      throw failure
    }
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
    if (gone === undefined) held.release()
    else void gone.then(held.release)
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work)
    const done = () => this.#running.delete(work)
    work.then(done, done)
    return work
  }
}

import type { CommandRunner } from '@/agent/commands/runner'
import type { Turn } from '@/agent/commands/turn'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import type { Ground } from './ground'
import type { ManagedPool } from './managed-pool'

export interface PoolTiming {
  /** Between two looks at a pool that is well, give or take a fifth. */
  standingMs: number
  /** After a change: several that follow each other are seen by one look. */
  changedMs: number
  /** Between two looks at one that is not well: after the first one that failed, after the second, … */
  retryMs: readonly number[]
  /** A look is cheap; a storage that takes longer for it is as good as away. Engines may need longer, see `VolumeEngine`. */
  lookMs: number
  /** A mount or connection that is on its way is waited for as long as this, as after a restart of the host. */
  groundMs: number
}

export const POOL_TIMING: PoolTiming = {
  standingMs: 30_000,
  changedMs: 1_000,
  retryMs: [5_000, 10_000, 30_000],
  lookMs: 20_000,
  groundMs: 15_000,
}

export interface WatchParts {
  runner: CommandRunner
  log: Log
  ground: Ground
  timing: PoolTiming
  /** Those that were open here once; others are left to the person who asked. */
  pools(): readonly ManagedPool[]
  /** Asks the storage, within its own deadline, and takes in what it says. Throws what is wrong. */
  look(pool: ManagedPool, turn: Turn): Promise<void>
  changed(): void
}

interface Schedule {
  timer: NodeJS.Timeout
  /** `performance.now()` time. */
  at: number
}

/**
 * When each pool is looked at. Never twice at once, and never while something of an earlier look still hangs; one pool whose server is
 * dead delays no other, and no command.
 */
export class PoolWatch {
  readonly #parts: WatchParts
  readonly #due = new Map<string, Schedule>()
  readonly #looking = new Set<string>()
  /** Something changed while it was looked at. */
  readonly #again = new Set<string>()
  #forget: () => void = () => undefined

  constructor(parts: WatchParts) {
    this.#parts = parts
  }

  start(): void {
    for (const pool of this.#parts.pools()) this.lookIn(pool, 0)
    this.#forget = this.#parts.ground.subscribe(() => this.#groundChanged())
  }

  stop(): void {
    this.#forget()
    for (const { timer } of this.#due.values()) clearTimeout(timer)
    this.#due.clear()
  }

  /** The next look; of several the earliest holds. */
  lookIn(pool: ManagedPool, ms: number): void {
    if (this.#parts.runner.stopping.aborted) return
    if (this.#looking.has(pool.id)) {
      this.#again.add(pool.id)
      return
    }
    const at = performance.now() + ms
    const before = this.#due.get(pool.id)
    if (before !== undefined && before.at <= at) return
    clearTimeout(before?.timer)
    const timer = setTimeout(() => {
      this.#due.delete(pool.id)
      void this.#turn(pool)
    }, ms)
    this.#due.set(pool.id, { timer, at })
  }

  /** What a pool stands on is another now: it says so at once. */
  #groundChanged(): void {
    for (const pool of this.#parts.pools()) {
      const ground = this.#parts.ground.fault(pool.wire)?.message ?? ''
      if (ground === pool.ground) continue
      pool.ground = ground
      this.lookIn(pool, 0)
    }
  }

  async #turn(pool: ManagedPool): Promise<void> {
    const { runner, log, timing } = this.#parts
    const isThere = () => this.#parts.pools().includes(pool)
    if (!isThere()) return
    this.#looking.add(pool.id)
    const say = (step: string) => log.debug('looking at a pool', { poolId: pool.id, step })
    const looked = runner.background(pool.id, `look-${pool.id}`, say, (turn) => this.#look(pool, turn))
    await looked
    this.#looking.delete(pool.id)
    const isSoon = this.#again.delete(pool.id) || looked === null
    if (isThere()) this.lookIn(pool, isSoon ? timing.changedMs : this.#pauseAfter(pool))
  }

  #pauseAfter(pool: ManagedPool): number {
    const { standingMs, retryMs } = this.#parts.timing
    if (pool.failures > 0) return retryMs[Math.min(pool.failures, retryMs.length) - 1] ?? standingMs
    return standingMs * (0.8 + 0.4 * Math.random())
  }

  /** Never rejects. */
  async #look(pool: ManagedPool, turn: Turn): Promise<void> {
    const { log, ground } = this.#parts
    const wasWell = pool.error === null
    const fault = ground.fault(pool.wire)
    pool.ground = fault?.message ?? ''
    try {
      if (fault !== null) throw fault
      if (pool.stuck !== null) throw stillHangs()
      await this.#parts.look(pool, turn)
      if (!wasWell) log.info('a pool is back', { poolId: pool.id })
    } catch (error) {
      // What was cut off by a command or by the end of the agent is no news about the storage.
      if (turn.signal.aborted) return
      const failure = toHoldfastError(error)
      pool.failures++
      pool.fail(failure)
      if (wasWell) this.#warn(pool, failure, error)
    }
    this.#parts.changed()
  }

  #warn(pool: ManagedPool, { code, message }: HoldfastError, error: unknown): void {
    const { log } = this.#parts
    if (code === 'internal') log.error('a pool could not be looked at', { poolId: pool.id, error })
    else log.warn('a pool is not well', { poolId: pool.id, code, message })
  }
}

function stillHangs(): HoldfastError {
  return new HoldfastError(
    'backend_unreachable',
    'The storage does not answer: what asked it before still waits there.',
  )
}

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { KEEPER_LEASE_MS, KEEPER_SETTLES_MS } from '@/lib/agent-protocol/pools'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'
import type { KeeperRight } from '@/lib/volume-engines/contract/engine'

const LOOK_MS = 250
const WAITS =
  'It waits until the controller lends it the pool, which other hosts have open too: the host before it may still write, or the controller is away.'

interface Kept {
  /** Of the wish that made this host the keeper. */
  fence: number
  /** Until when something may be begun, by `now`. */
  until: number
}

/**
 * Of which pools this host may change what describes a storage that several hosts write to. Its controller lends that for a minute at
 * a time. A loan counts from a moment that this agent has named itself and that the controller has heard of before it wrote the loan
 * down, so a loan that was long on its way is no longer than the controller knows.
 */
export class KeeperLeases {
  readonly #kept = new Map<string, Kept>()
  /** Changes that are under way, by pool. */
  readonly #begun = new Map<string, Set<Promise<void>>>()
  /** An agent that was started anew has borrowed nothing. */
  readonly #life = randomBytes(8).toString('hex')
  readonly #now: () => number

  constructor(now: () => number = sinceBoot) {
    this.#now = now
  }

  /** This moment, for the controller to hand back. */
  stamp(): string {
    return `${this.#life}.${Math.floor(this.#now())}`
  }

  /** This host is the keeper by a wish of this generation. What it has borrowed stays. */
  keep(poolId: string, fence: number): void {
    this.#kept.set(poolId, { fence, until: this.#kept.get(poolId)?.until ?? Number.NEGATIVE_INFINITY })
  }

  /** Another host is, or the pool is closed here. */
  forget(poolId: string): void {
    this.#kept.delete(poolId)
  }

  kept(): string[] {
    return [...this.#kept.keys()]
  }

  /** Of another life or another pool: nothing. */
  lend(poolId: string, stamp: string): void {
    const kept = this.#kept.get(poolId)
    const [life, at] = stamp.split('.')
    if (kept === undefined || life !== this.#life || !/^\d+$/.test(at ?? '')) return
    kept.until = Math.max(kept.until, Number(at) + KEEPER_LEASE_MS)
  }

  /** What an engine is given of it. */
  right(poolId: string): KeeperRight {
    return {
      ready: (signal, log) => this.#ready(poolId, signal, log),
      begin: (fence, change) => this.#begin(poolId, fence, change),
    }
  }

  /** Resolves when nothing that was begun for this pool is under way any more. */
  async settled(poolId: string): Promise<void> {
    await Promise.all(this.#begun.get(poolId) ?? [])
  }

  #begin<T>(poolId: string, fence: number, change: () => Promise<T>): Promise<T> | null {
    const kept = this.#kept.get(poolId)
    if (kept?.fence !== fence || this.#now() >= kept.until) return null
    const begun = change()
    const end = untilSettled(begun).then(() => void this.#begun.get(poolId)?.delete(end))
    this.#begun.set(poolId, (this.#begun.get(poolId) ?? new Set()).add(end))
    return begun
  }

  async #ready(poolId: string, signal: AbortSignal, log: (message: string) => void): Promise<number> {
    for (let hasSaid = false; ; ) {
      signal.throwIfAborted()
      const kept = this.#kept.get(poolId)
      if (kept === undefined) throw notKeeper(poolId)
      if (this.#now() < kept.until) return kept.fence
      if (!hasSaid) log(WAITS)
      hasSaid = true
      await pauseFor(LOOK_MS, signal)
    }
  }
}

/** What was given up may still write: its child waits for the storage. */
async function untilSettled(begun: Promise<unknown>): Promise<void> {
  try {
    await begun
  } catch (error) {
    if (toHoldfastError(error).code === 'timed_out') await pauseFor(KEEPER_SETTLES_MS)
  }
}

function notKeeper(poolId: string): HoldfastError {
  return new HoldfastError('conflict', 'Another host looks after this pool now, so this one changes nothing in it.', {
    details: { poolId },
  })
}

/** Milliseconds; time in which the machine slept counts, as it does for everybody else. */
function sinceBoot(): number {
  const [seconds = ''] = readFileSync('/proc/uptime', 'utf8').split(' ')
  return Number(seconds) * 1_000
}

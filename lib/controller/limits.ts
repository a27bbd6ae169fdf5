import pLimit, { type LimitFunction } from 'p-limit'

/** One at a time per key, in order. */
export class KeyedLocks {
  readonly #turns = new Map<string, LimitFunction>()

  isHeld(key: string): boolean {
    return this.#turns.has(key)
  }

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = this.#turns.get(key) ?? pLimit(1)
    this.#turns.set(key, turn)
    try {
      return await turn(work)
    } finally {
      if (turn.activeCount + turn.pendingCount === 0) this.#turns.delete(key)
    }
  }
}

const FIRST_BACKOFF_MS = 5_000
const LAST_BACKOFF_MS = 5 * 60_000

/** What a row remembers of a command that has failed after `attempts` others. */
export function nextAttempt(attempts: number): { attempts: number; nextAttemptAt: Date } {
  const waitMs = backoffMs(attempts, FIRST_BACKOFF_MS, LAST_BACKOFF_MS)
  return { attempts: attempts + 1, nextAttemptAt: new Date(Date.now() + waitMs) }
}

/** Milliseconds to wait before the next attempt: doubling from `firstMs` to `lastMs`, less up to a quarter by chance. */
export function backoffMs(attempts: number, firstMs: number, lastMs: number): number {
  const full = Math.min(lastMs, firstMs * 2 ** Math.min(attempts, 20))
  return Math.round(full * (0.75 + Math.random() * 0.25))
}

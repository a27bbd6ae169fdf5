/** At most so many at once; the rest waits in order. */
export class Limiter {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(limit: number) {
    this.#free = limit
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
  }
}

/** One at a time per key, in order. */
export class KeyedLocks {
  readonly #last = new Map<string, Promise<unknown>>()

  isHeld(key: string): boolean {
    return this.#last.has(key)
  }

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key)
    const mine = before ? before.then(work, work) : work()
    this.#last.set(key, mine)
    const forget = () => {
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
    mine.then(forget, forget)
    return mine
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

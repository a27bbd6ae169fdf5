import { HoldfastError } from '@/lib/errors'

/** How long a command waits for background work on the same resource to let go. */
const PREEMPT_MS = 15_000

interface Holder {
  operationId: string
  background: AbortController | null
  /** What the operation will answer; a repeated call with the same id joins it. */
  outcome: Promise<unknown>
  released: Promise<void>
  release(): void
}

export interface Held {
  /** Aborted when a command wants the resource that background work holds. */
  signal: AbortSignal
  /** For a caller that repeats the operation while it runs. */
  answer(outcome: Promise<unknown>): void
  release(): void
}

/**
 * One piece of work per resource. Nothing queues: a second command is told `operation_in_progress` at once, background work
 * (healing, restoring) gives way to a command.
 */
export class ResourceLocks {
  readonly #holders = new Map<string, Holder>()

  /** The running operation with this id on this resource, to join it. */
  running(resourceId: string, operationId: string): Promise<unknown> | null {
    const holder = this.#holders.get(resourceId)
    return holder?.operationId === operationId ? holder.outcome : null
  }

  isHeld(resourceId: string): boolean {
    return this.#holders.has(resourceId)
  }

  async acquire(resourceId: string, operationId: string): Promise<Held> {
    const holder = this.#holders.get(resourceId)
    if (holder?.background) {
      holder.background.abort()
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, PREEMPT_MS)
      })
      await Promise.race([holder.released, late])
      clearTimeout(timer)
    }
    return this.#take(resourceId, operationId, null)
  }

  /** null when something else is at work. */
  tryBackground(resourceId: string, operationId: string): Held | null {
    if (this.#holders.has(resourceId)) return null
    return this.#take(resourceId, operationId, new AbortController())
  }

  #take(resourceId: string, operationId: string, background: AbortController | null): Held {
    const holder = this.#holders.get(resourceId)
    if (holder !== undefined) {
      throw new HoldfastError('operation_in_progress', 'Another operation is at work on it.', {
        details: { operationId: holder.operationId },
      })
    }
    const { promise: released, resolve } = Promise.withResolvers<void>()
    const outcome = Promise.withResolvers<unknown>()
    outcome.promise.catch(() => undefined)
    const taken: Holder = {
      operationId,
      background,
      outcome: outcome.promise,
      released,
      release: () => {
        if (this.#holders.get(resourceId) === taken) this.#holders.delete(resourceId)
        resolve()
      },
    }
    this.#holders.set(resourceId, taken)
    return {
      signal: background?.signal ?? new AbortController().signal,
      answer: (promise) => outcome.resolve(promise),
      release: taken.release,
    }
  }
}

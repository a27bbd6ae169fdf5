import { HoldfastError } from '@/lib/errors'
import { atMost } from '@/lib/pause'

interface Holder {
  operationId: string
  background: AbortController | null
  /** Its work has ended, but for a child that the kernel does not let go of. */
  hangs: boolean
  /** Resolves when the resource is free, or when it is known to be held by something that hangs. */
  changed: PromiseWithResolvers<void>
}

/** One piece of work's hold on a resource. */
export interface Held {
  /** Aborted when a command wants what background work holds. */
  readonly signal: AbortSignal
  /** From now on nobody waits for this holder: it cannot be said when it ends. */
  hang(): void
  release(): void
}

const NEVER = new AbortController().signal

/**
 * One piece of work per resource. Commands follow each other in the order in which they came; background work (healing, restoring)
 * gives way to them. Nobody waits behind work that hangs.
 */
export class ResourceLocks {
  readonly #holders = new Map<string, Holder>()

  isHeld(resourceId: string): boolean {
    return this.#holders.has(resourceId)
  }

  /** Waits its turn for at most `waitMs`; throws `operation_in_progress` then, and at once where work hangs. */
  async acquire(resourceId: string, operationId: string, waitMs: number): Promise<Held> {
    const end = performance.now() + waitMs
    for (let holder = this.#holders.get(resourceId); holder; holder = this.#holders.get(resourceId)) {
      const leftMs = end - performance.now()
      if (holder.hangs || leftMs <= 0) {
        throw new HoldfastError('operation_in_progress', 'Another operation is at work on it.', {
          details: { operationId: holder.operationId },
        })
      }
      holder.background?.abort()
      await atMost(leftMs, holder.changed.promise)
    }
    return this.#take(resourceId, operationId, null)
  }

  /** Without waiting. null when something else is at work. */
  tryCommand(resourceId: string, operationId: string): Held | null {
    return this.#holders.has(resourceId) ? null : this.#take(resourceId, operationId, null)
  }

  /** null when something else is at work. */
  tryBackground(resourceId: string, operationId: string): Held | null {
    if (this.#holders.has(resourceId)) return null
    return this.#take(resourceId, operationId, new AbortController())
  }

  #take(resourceId: string, operationId: string, background: AbortController | null): Held {
    const holder: Holder = { operationId, background, hangs: false, changed: Promise.withResolvers() }
    this.#holders.set(resourceId, holder)
    return {
      signal: background?.signal ?? NEVER,
      hang() {
        holder.hangs = true
        holder.changed.resolve()
      },
      release: () => {
        if (this.#holders.get(resourceId) === holder) this.#holders.delete(resourceId)
        holder.changed.resolve()
      },
    }
  }
}

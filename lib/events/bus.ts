import { ChangeEvent } from '@/lib/events/schema'

/**
 * Carries "this changed" and "this is wanted" between the web and controller processes. Events may be lost (a peer restarts, a
 * buffer is full): the database is the truth, and whoever must not miss anything also looks there now and then.
 */
export interface Bus {
  /** Never throws, never waits. Listeners of this process hear it too. */
  publish(event: ChangeEvent): void
  /** Returns the way to stop listening. */
  subscribe(listener: (event: ChangeEvent) => void): () => void
  /** Does the other side hear us at this moment? */
  isConnected(): boolean
  close(): Promise<void>
}

/** The listeners of one process. A listener that throws does not keep the others from hearing. */
export class Listeners {
  readonly #listeners = new Set<(event: ChangeEvent) => void>()

  add(listener: (event: ChangeEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  tell(event: ChangeEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  clear(): void {
    this.#listeners.clear()
  }
}

/** One event from text that came from outside this process; `undefined` when it is none. */
export function parseChangeEvent(text: string): ChangeEvent | undefined {
  try {
    return ChangeEvent.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** A bus within one process, for tests and for tools that have no other side. */
export function createLocalBus(): Bus {
  const listeners = new Listeners()
  return {
    publish: (event) => listeners.tell(event),
    subscribe: (listener) => listeners.add(listener),
    isConnected: () => true,
    close: async () => listeners.clear(),
  }
}

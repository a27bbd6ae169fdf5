import type { ChangeEvent } from '@/lib/events/schema'

const KEEP_MS = 60_000
const KEEP_EVENTS = 5_000

/** What has changed lately: for a reader whose page was made a moment before he began to listen. The latest news of each thing. */
export class RecentEvents {
  /** By topic and id, oldest first. */
  readonly #latest = new Map<string, { at: number; event: ChangeEvent }>()
  /** Nothing after this moment has been dropped. */
  #completeSince = Date.now()

  note(event: ChangeEvent, now = Date.now()): void {
    const key = `${event.topic} ${event.id}`
    this.#latest.delete(key)
    this.#latest.set(key, { at: now, event })
    for (const [oldest, { at }] of this.#latest) {
      if (at > now - KEEP_MS && this.#latest.size <= KEEP_EVENTS) break
      this.#latest.delete(oldest)
      this.#completeSince = at
    }
  }

  /** Those after a moment, in milliseconds since 1970; `null` when they are not all known any more. */
  since(moment: number): ChangeEvent[] | null {
    if (moment < this.#completeSince) return null
    return [...this.#latest.values()].filter(({ at }) => at >= moment).map(({ event }) => event)
  }
}

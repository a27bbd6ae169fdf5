import type { ChangeEvent } from '@/lib/events/schema'

const KEEP_MS = 60_000
const KEEP_EVENTS = 5_000

/** What has changed lately: for a reader whose page was made a moment before he began to listen. */
export class RecentEvents {
  #events: { at: number; event: ChangeEvent }[] = []
  /** Nothing after this moment has been dropped. */
  #completeSince = Date.now()

  note(event: ChangeEvent, now = Date.now()): void {
    this.#events.push({ at: now, event })
    const keep = this.#events.findIndex(({ at }) => at > now - KEEP_MS)
    const drop = Math.max(keep, this.#events.length - KEEP_EVENTS, 0)
    if (drop === 0) return
    this.#completeSince = this.#events[drop - 1]?.at ?? now
    this.#events = this.#events.slice(drop)
  }

  /** Those after a moment, in milliseconds since 1970; `null` when they are not all known any more. */
  since(moment: number): ChangeEvent[] | null {
    if (moment < this.#completeSince) return null
    return this.#events.filter(({ at }) => at >= moment).map(({ event }) => event)
  }
}

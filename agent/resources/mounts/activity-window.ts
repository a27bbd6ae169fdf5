import type { z } from 'zod'
import type { IoCounters } from '@/agent/host/mounting/io-counters'
import type { ActivityMessage } from '@/lib/agent-protocol/messages'

export type Activity = z.infer<typeof ActivityMessage>

interface Mark {
  /** Of mountinfo: what is mounted anew begins to count anew. */
  mountId: number
  atMs: number
  counters: IoCounters | null
}

/** Added up: where nothing is ever measured, a window has no end. */
interface Looks {
  count: number
  sum: number
  most: number
}

const NONE: Looks = { count: 0, sum: 0, most: 0 }

/** What happened on a mount from one measurement of its storage to the next. */
export class ActivityWindow {
  #looks = NONE
  #mark: Mark | null = null

  /** A look at the storage was answered after so many milliseconds, the start of the program that looks included. */
  answered(ms: number): void {
    const { count, sum, most } = this.#looks
    this.#looks = { count: count + 1, sum: sum + ms, most: Math.max(most, ms) }
  }

  /** Ends the window and begins the next one. Null for the first of a mount: nothing is known of the time before. */
  turn(next: Mark): Activity | null {
    const [looks, mark] = [this.#looks, this.#mark]
    this.#looks = NONE
    this.#mark = next
    if (mark === null || mark.mountId !== next.mountId || next.atMs <= mark.atMs) return null
    const seconds = (next.atMs - mark.atMs) / 1_000
    return { seconds, latencyMs: latencyOf(looks), io: ratesOf(mark.counters, next.counters, seconds) }
  }
}

function latencyOf({ count, sum, most }: Looks): Activity['latencyMs'] {
  return count === 0 ? null : { mean: sum / count, most }
}

function ratesOf(before: IoCounters | null, now: IoCounters | null, seconds: number): Activity['io'] {
  if (before === null || now === null || before.of !== now.of) return null
  const [read, written, operations, waited] = (['readBytes', 'writtenBytes', 'operations', 'waitedMs'] as const).map(
    (key) => now[key] - before[key],
  ) as [number, number, number, number]
  // Counters that went back began anew.
  if (Math.min(read, written, operations, waited) < 0) return null
  return {
    of: now.of,
    readBytesPerSecond: read / seconds,
    writtenBytesPerSecond: written / seconds,
    operationsPerSecond: operations / seconds,
    responseMs: operations === 0 ? null : waited / operations,
  }
}

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

/** What happened on a mount from one measurement of its storage to the next. */
export class ActivityWindow {
  #looks: number[] = []
  #mark: Mark | null = null

  /** A look at the storage was answered after so many milliseconds, the start of the program that looks included. */
  answered(ms: number): void {
    this.#looks.push(ms)
  }

  /** Ends the window and begins the next one. Null for the first of a mount: nothing is known of the time before. */
  turn(next: Mark): Activity | null {
    const [looks, mark] = [this.#looks, this.#mark]
    this.#looks = []
    this.#mark = next
    if (mark === null || mark.mountId !== next.mountId || next.atMs <= mark.atMs) return null
    const seconds = (next.atMs - mark.atMs) / 1_000
    return { seconds, latencyMs: latencyOf(looks), io: ratesOf(mark.counters, next.counters, seconds) }
  }
}

function latencyOf(looks: readonly number[]): Activity['latencyMs'] {
  if (looks.length === 0) return null
  return { mean: looks.reduce((sum, ms) => sum + ms, 0) / looks.length, most: Math.max(...looks) }
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

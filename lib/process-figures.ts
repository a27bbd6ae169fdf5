import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { z } from 'zod'

/** How a process of ours does. Milliseconds and bytes. */
export const ProcessFigures = z.object({
  pid: z.int(),
  version: z.string(),
  started_at: z.iso.datetime(),
  rss_bytes: z.int(),
  heap_used_bytes: z.int(),
  heap_limit_bytes: z.int(),
  /** User and system; absent: of an older process. */
  cpu_seconds: z.number().optional(),
  /** How late the event loop came to what was due, since the reading before that found something due; null when nothing was yet. */
  event_loop: z.object({ mean_ms: z.number(), p99_ms: z.number(), max_ms: z.number() }).nullable(),
})
export type ProcessFigures = z.infer<typeof ProcessFigures>

const RESOLUTION_MS = 20

/** Begins to watch this process. Each reading is about the time since the one before. */
export function watchProcess(version: string): {
  read(): ProcessFigures
  /** Resolves when the event loop has been seen, some milliseconds after the beginning. */
  seen: Promise<void>
  stop(): void
} {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  // What is measured is the time between two ticks, and so much of it is wanted.
  const late = (nanoseconds: number) => Math.max(0, Math.round((nanoseconds / 1e6 - RESOLUTION_MS) * 10) / 10)
  // Two readings at once are about the same time.
  let event_loop: ProcessFigures['event_loop'] = null
  return {
    read() {
      const { rss, heapUsed } = process.memoryUsage()
      const { user, system } = process.cpuUsage()
      if (delay.count > 0) {
        event_loop = { mean_ms: late(delay.mean), p99_ms: late(delay.percentile(99)), max_ms: late(delay.max) }
        delay.reset()
      }
      return {
        pid: process.pid,
        version,
        started_at: new Date(Date.now() - process.uptime() * 1000).toISOString(),
        rss_bytes: rss,
        heap_used_bytes: heapUsed,
        heap_limit_bytes: getHeapStatistics().heap_size_limit,
        cpu_seconds: (user + system) / 1e6,
        event_loop,
      }
    },
    seen: sleep(3 * RESOLUTION_MS, undefined, { ref: false }),
    stop: () => void delay.disable(),
  }
}

import { setTimeout as pause } from 'node:timers/promises'

/** Resolves after so many milliseconds, or early, and without an error, when the signal aborts. */
export async function pauseFor(ms: number, signal?: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined)
}

/** Resolves with the work, or after so many milliseconds. Rejects as the work does. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  try {
    await Promise.race([work, pauseFor(ms, over.signal)])
  } finally {
    over.abort()
  }
}

import { setTimeout as pause } from 'node:timers/promises'

export interface RoundTimes {
  everyMs: number
  /** The first one comes so long after the start, when hosts have been heard of. */
  firstMs: number
  /** Each comes up to so much later, so that it does not always meet the same work of others. */
  jitterMs?: number
}

/** Works again and again, with a pause before each time, until `signal` says so. `work` looks after its errors itself. */
export async function inRounds(
  { everyMs, firstMs, jitterMs = 0 }: RoundTimes,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  for (let waitMs = firstMs; ; waitMs = everyMs) {
    const isOver = await pause(waitMs + Math.random() * jitterMs, false, { signal, ref: false }).catch(() => true)
    if (isOver) return
    await work()
  }
}

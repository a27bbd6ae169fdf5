import type { OperationContext } from '@/lib/drivers/contract/host'
import { withDeadline } from '@/lib/drivers/contract/test-run'
import { pauseFor } from '@/lib/pause'

const last = new Map<string, Promise<unknown>>()

/**
 * One operation at a time for one target on this host: a test that logs out must not do so under a connection that is just being
 * made. Waits no longer than the operation's deadline (`timed_out`).
 */
export async function inTurn<T>(key: string, context: OperationContext, work: () => Promise<T>): Promise<T> {
  const before = last.get(key)
  const { promise: mine, resolve: done } = Promise.withResolvers<void>()
  const queue = (before ?? Promise.resolve()).then(() => mine)
  last.set(key, queue)
  try {
    if (before) await withDeadline(context, before)
    return await work()
  } finally {
    done()
    void queue.then(() => {
      if (last.get(key) === queue) last.delete(key)
    })
  }
}

/** Looks every 100 ms until there is something, at most `limitMs` and not past the operation's deadline; then `null`. */
export async function until<T>(
  context: OperationContext,
  limitMs: number,
  look: () => Promise<T | null>,
): Promise<T | null> {
  const end = Math.min(performance.now() + limitMs, context.deadlineAt)
  for (;;) {
    const found = await look()
    if (found !== null || context.signal.aborted || performance.now() >= end) return found
    await pauseFor(100, context.signal)
  }
}

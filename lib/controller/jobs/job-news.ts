import type { ObservedJob } from '@/lib/agent-protocol/messages'

/** The news of one job, for the operation that follows it. */
export interface JobFeed {
  /** The newest word that was not given yet; null when there was none within `ms`, or `signal` was aborted. */
  next(ms: number, signal: AbortSignal): Promise<ObservedJob | null>
  close(): void
}

interface Follower {
  unread: ObservedJob | null
  wake: () => void
}

/**
 * What hosts say of their jobs, by themselves and in the sweep, handed to the operations that follow them. News of hosts that another
 * controller watches does not come here, so whoever waits also asks by themselves now and then.
 */
export class JobNews {
  readonly #followers = new Map<string, Follower>()

  heard(hostId: string, jobs: readonly ObservedJob[] | undefined): void {
    for (const job of jobs ?? []) {
      const follower = this.#followers.get(keyOf(hostId, job.operationId))
      if (follower === undefined) continue
      follower.unread = job
      follower.wake()
    }
  }

  follow(hostId: string, operationId: string): JobFeed {
    const key = keyOf(hostId, operationId)
    const follower: Follower = { unread: null, wake: () => undefined }
    this.#followers.set(key, follower)
    return {
      async next(ms, signal) {
        if (follower.unread === null && !signal.aborted) await wakeOf(follower, ms, signal)
        const job = follower.unread
        follower.unread = null
        return job
      },
      close: () => {
        if (this.#followers.get(key) === follower) this.#followers.delete(key)
      },
    }
  }
}

async function wakeOf(follower: Follower, ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  const stop = () => resolve()
  // Taken off again: a job is followed for hours by one signal.
  signal.addEventListener('abort', stop, { once: true })
  follower.wake = resolve
  await promise
  signal.removeEventListener('abort', stop)
  clearTimeout(timer)
}

function keyOf(hostId: string, operationId: string): string {
  return `${hostId} ${operationId}`
}

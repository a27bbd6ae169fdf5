import { type AgentClient, failureReason } from '@/lib/agent-client/client'
import type { DirectoryHost } from '@/lib/controller/fleet/host-directory'
import type { JobNews } from '@/lib/controller/jobs/job-news'
import { backoffMs } from '@/lib/controller/limits'
import type { Observations } from '@/lib/controller/resources/observations'
import type { Log } from '@/lib/log'
import { pauseFor } from '@/lib/pause'

/** Agents send a heartbeat every 5 s. */
const IDLE_MS = 20_000
const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 30_000

export interface WatchParts {
  client: AgentClient
  observations: Observations
  jobs: Pick<JobNews, 'heard'>
  log: Log
  /** A stream was cut: find out at once whether the host is still there. */
  onLost(host: DirectoryHost): void
  /** A host has news that may need work. */
  onNews(hostId: string): void
}

/** Follows the event stream of every host that is online, so that an outside `umount` is known at once. */
export class Watch {
  readonly #parts: WatchParts
  readonly #following = new Map<string, AbortController>()

  constructor(parts: WatchParts) {
    this.#parts = parts
  }

  follow(host: DirectoryHost): void {
    if (this.#following.has(host.hostId)) return
    const stop = new AbortController()
    this.#following.set(host.hostId, stop)
    void this.#run(host, stop.signal)
  }

  unfollow(hostId: string): void {
    this.#following.get(hostId)?.abort()
    this.#following.delete(hostId)
  }

  stop(): void {
    for (const hostId of [...this.#following.keys()]) this.unfollow(hostId)
  }

  async #run(host: DirectoryHost, signal: AbortSignal): Promise<void> {
    const { client, observations, jobs, log } = this.#parts
    for (let attempts = 0; !signal.aborted; attempts++) {
      let isWhole = true
      let isOpen = false
      try {
        await client.follow(host, {
          signal,
          idleMs: IDLE_MS,
          onOpen: () => {
            attempts = 0
            isOpen = true
          },
          onMessage: (message) => {
            if (message.type !== 'resources' || signal.aborted) return
            jobs.heard(host.hostId, message.jobs)
            // How far a job is changes all the time, and nothing follows from it for what is wanted.
            const isAboutJobs = message.jobs !== undefined && isEmpty(message.resources) && message.gone === undefined
            if (isAboutJobs && !isWhole) return
            // The first message lists everything, later ones what has changed.
            observations.resourcesSeen(host.hostId, message.resources, isWhole)
            observations.resourcesGone(host.hostId, message.gone ?? {})
            isWhole = false
            // What the sweep heard last no longer says what is stored.
            client.readStatusAnew(host.hostId)
            client.tookIn(host.hostId, message.versions)
            this.#parts.onNews(host.hostId)
          },
        })
      } catch (error) {
        if (signal.aborted) return
        log.debug('an event stream ended', { hostId: host.hostId, reason: failureReason(error) })
        if (isOpen) this.#parts.onLost(host)
      }
      await pauseFor(backoffMs(attempts, FIRST_RETRY_MS, LAST_RETRY_MS), signal)
    }
  }
}

function isEmpty(resources: object): boolean {
  return Object.keys(resources).length === 0
}

import { failureReason } from '@/lib/agent-client/client'
import type { DirectoryHost, HostDirectory } from '@/lib/controller/fleet/host-directory'
import type { Observations } from '@/lib/controller/resources/observations'

/** Sweeps in a row that a host may miss before it counts as offline. */
const MISSES_UNTIL_OFFLINE = 2
/** Readers are told when the clock of a host has moved by this much, in milliseconds. */
const SKEW_STEP_MS = 1_000

export interface HealthEvents {
  /** Has just come online, or its agent has been started again. */
  onUp(host: DirectoryHost, news: { restarted: boolean }): void
  onDown(host: DirectoryHost): void
}

interface Health {
  /** As far as this process has seen for itself. */
  state: 'unknown' | 'up' | 'down'
  misses: number
  startedAt: string | undefined
  skewMs: number
  error: string | null
}

/** Decides from answers and failures whether hosts are online, and says so once. */
export class HostHealth {
  readonly #directory: HostDirectory
  readonly #observations: Observations
  readonly #health = new Map<string, Health>()
  #events: HealthEvents = { onUp() {}, onDown() {} }

  constructor(directory: HostDirectory, observations: Observations) {
    this.#directory = directory
    this.#observations = observations
  }

  observe(events: HealthEvents): void {
    this.#events = events
  }

  /** The host answered. `startedAt` is its agent's, when the answer tells. */
  answered(hostId: string, clock: { now: Date; askedAt: number }, startedAt?: string): void {
    const host = this.#directory.get(hostId)
    if (!host) return
    const health = this.#healthOf(hostId)
    health.misses = 0
    const middle = (clock.askedAt + Date.now()) / 2
    const skewMs = Math.round(clock.now.getTime() - middle)
    const hasSkewMoved = Math.abs(skewMs - health.skewMs) >= SKEW_STEP_MS
    if (hasSkewMoved) health.skewMs = skewMs
    const restarted = startedAt !== undefined && health.startedAt !== undefined && health.startedAt !== startedAt
    if (startedAt !== undefined) health.startedAt = startedAt
    this.#observations.hostSeen(hostId)
    const wasUp = health.state === 'up'
    health.state = 'up'
    health.error = null
    if (host.status !== 'online' || !wasUp || hasSkewMoved) {
      host.status = 'online'
      this.#observations.hostChanged(hostId, {
        status: 'online',
        error: null,
        at: new Date(),
        clockSkewMs: health.skewMs,
      })
    }
    if (!wasUp || restarted) this.#events.onUp(host, { restarted })
  }

  /** A question got no answer. `isConfirmed`: asked again at once, with the same result. */
  missed(hostId: string, error: unknown, isConfirmed = false): void {
    const host = this.#directory.get(hostId)
    if (!host) return
    const health = this.#healthOf(hostId)
    health.misses++
    const reason = failureReason(error)
    const isCertain = isConfirmed && reason === 'refused'
    if (health.misses < MISSES_UNTIL_OFFLINE && !isCertain) return
    // Somebody answers, and it is not this host with a certificate of ours that holds now: waiting does not help, a person has to look.
    const status = reason === 'identity' || reason === 'tls' || reason === 'clock' ? 'error' : 'offline'
    const message = error instanceof Error ? error.message : 'The host does not answer.'
    if (host.status === status && health.error === message) return
    const wasDown = health.state === 'down'
    health.state = 'down'
    host.status = status
    health.error = message
    this.#observations.hostChanged(hostId, { status, error: message, at: new Date() })
    if (!wasDown) this.#events.onDown(host)
  }

  /** Does the host miss questions at the moment? */
  isSuspect(hostId: string): boolean {
    return (this.#health.get(hostId)?.misses ?? 0) > 0
  }

  forget(hostId: string): void {
    this.#health.delete(hostId)
  }

  #healthOf(hostId: string): Health {
    const found = this.#health.get(hostId)
    if (found) return found
    const made: Health = { state: 'unknown', misses: 0, startedAt: undefined, skewMs: 0, error: null }
    this.#health.set(hostId, made)
    return made
  }
}

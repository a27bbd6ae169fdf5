import { setTimeout as pause } from 'node:timers/promises'
import pLimit, { type LimitFunction } from 'p-limit'
import { type AgentClient, failureReason } from '@/lib/agent-client/client'
import type { DirectoryHost, HostDirectory } from '@/lib/controller/fleet/host-directory'
import type { HostHealth } from '@/lib/controller/fleet/host-health'
import type { JobNews } from '@/lib/controller/jobs/job-news'
import type { Observations } from '@/lib/controller/resources/observations'
import type { Log } from '@/lib/log'
import { pauseFor } from '@/lib/pause'

export interface SweepSettings {
  intervalMs: number
  /** For one host. */
  timeoutMs: number
  /** Hosts asked at once, of those that answer. */
  inFlight: number
}

export const SWEEP_DEFAULTS: SweepSettings = { intervalMs: 15_000, timeoutMs: 5_000, inFlight: 128 }

/** Hosts that did not answer last time wait among themselves, so that any number of them delays nobody else. */
const SUSPECTS_IN_FLIGHT = 128

const CHASE_DELAYS_MS = [0, 300, 700, 1_000, 2_000, 4_000, 6_000]

export interface SweepReport {
  asked: number
  answered: number
  failed: string[]
  durationMs: number
}

/** The round that ended last. */
export interface LastRound extends Pick<SweepReport, 'asked' | 'answered' | 'durationMs'> {
  at: Date
}

export interface SweepParts {
  client: AgentClient
  directory: HostDirectory
  health: HostHealth
  observations: Observations
  jobs: Pick<JobNews, 'heard'>
  log: Log
  /** Is this host ours to sweep? */
  owns(hostId: string): boolean
}

/** Asks every host how it is, every 15 s. */
export class Sweep {
  readonly #parts: SweepParts
  readonly #settings: SweepSettings
  readonly #healthy: LimitFunction
  readonly #suspects = pLimit(SUSPECTS_IN_FLIGHT)
  /** A host that is still being asked, or waits for its turn, is not asked again. */
  readonly #asking = new Set<string>()
  readonly #chasing = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #lastRound: LastRound | null = null

  constructor(parts: SweepParts, settings: Partial<SweepSettings> = {}) {
    this.#parts = parts
    this.#settings = { ...SWEEP_DEFAULTS, ...settings }
    this.#healthy = pLimit(this.#settings.inFlight)
  }

  /** How the last round was, and how often one is to begin, in milliseconds; null: none has ended yet. */
  get lastRound(): (LastRound & { intervalMs: number }) | null {
    return this.#lastRound && { ...this.#lastRound, intervalMs: this.#settings.intervalMs }
  }

  start(): void {
    // A round with hosts that hang lasts longer; the next one begins on time all the same, without them.
    const run = () => void this.round()
    this.#timer = setInterval(run, this.#settings.intervalMs)
    void this.#first()
  }

  /** A host that was online and does not answer the first question may be starting just now, such as the one of this machine. */
  async #first(): Promise<void> {
    const online = this.#parts.directory.all().filter((host) => host.status === 'online')
    const failed = new Set((await this.round()).failed)
    for (const host of online) if (failed.has(host.hostId)) void this.chase(host)
  }

  stop(): void {
    this.#stopped = true
    clearInterval(this.#timer)
  }

  /** One round over all hosts; resolves when each has answered or failed. */
  async round(): Promise<SweepReport> {
    const startedAt = performance.now()
    const { directory, health, observations, owns } = this.#parts
    const hosts = directory.all().filter((host) => owns(host.hostId) && !this.#asking.has(host.hostId))
    const failed: string[] = []
    await Promise.all(
      hosts.map((host) => {
        this.#asking.add(host.hostId)
        const lane = health.isSuspect(host.hostId) ? this.#suspects : this.#healthy
        return lane(async () => {
          if (!this.#stopped && !(await this.ask(host))) failed.push(host.hostId)
        })
      }),
    )
    await observations
      .touch()
      .catch((error) => this.#parts.log.error('the age of observations was not stored', { error }))
    const report = {
      asked: hosts.length,
      answered: hosts.length - failed.length,
      failed,
      durationMs: performance.now() - startedAt,
    }
    this.#lastRound = { ...report, at: new Date() }
    return report
  }

  /** Asks a host at once and then more and more rarely until it answers: it was lost, or is new and about to start. */
  async chase(host: DirectoryHost): Promise<void> {
    if (this.#chasing.has(host.hostId)) return
    this.#chasing.add(host.hostId)
    try {
      for (const delayMs of CHASE_DELAYS_MS) {
        await pause(delayMs, undefined, { ref: false })
        if (this.#stopped || this.#parts.directory.get(host.hostId) !== host) return
        if (!this.#asking.has(host.hostId) && (await this.ask(host))) return
      }
    } finally {
      this.#chasing.delete(host.hostId)
    }
  }

  /** One question to one host, its answer stored; false without an answer. */
  async ask(host: DirectoryHost): Promise<boolean> {
    const { client, health, observations, jobs } = this.#parts
    this.#asking.add(host.hostId)
    let isConfirmed = false
    try {
      for (;;) {
        const askedAt = Date.now()
        try {
          const { status, now } = await client.status(host, this.#settings.timeoutMs)
          if (this.#parts.directory.get(host.hostId) !== host) return false
          if (status) {
            observations.resourcesSeen(host.hostId, status.resources, true)
            client.tookIn(host.hostId, status.versions)
            jobs.heard(host.hostId, status.jobs)
          }
          health.answered(host.hostId, { now, askedAt }, status?.startedAt)
          return true
        } catch (error) {
          const isRefusal = failureReason(error) === 'refused'
          if (!isRefusal || isConfirmed || this.#stopped) {
            health.missed(host.hostId, error, isConfirmed)
            return false
          }
          isConfirmed = true
          await pauseFor(250)
        }
      }
    } finally {
      this.#asking.delete(host.hostId)
    }
  }
}

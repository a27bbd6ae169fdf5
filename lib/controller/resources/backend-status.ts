import { isDeepStrictEqual } from 'node:util'
import {
  type BackendObservation,
  findBackendFacts,
  findBackendsOf,
  findBackendsOn,
  saveBackend,
} from '@/lib/controller/resources/backend-repository'
import { rollUp } from '@/lib/controller/resources/backend-rollup'
import { NO_PROBLEM } from '@/lib/controller/resources/problem-columns'
import type { Db, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import type { Bus } from '@/lib/events/bus'
import type { Log } from '@/lib/log'

const GATHER_MS = 250
/** A change that goes out to a thousand hosts is news all the time, and each look reads what all of them show. */
const PAUSE_MS = 1_000

/** What was stored because of a host that says nothing any more. */
const FORGOTTEN: BackendObservation = { observedStatus: 'unknown', observedOn: null, ...NO_PROBLEM }

/** What is to be stored of a backend, by what hosts show of it; null: all of it is stored already. */
async function newsOf(db: Db, backendId: string): Promise<BackendObservation | null> {
  const found = await findBackendFacts(db, backendId)
  if (found === null) return null
  const { stored, facts } = found
  const observed = rollUp(facts)
  const isForgotten = observed.observedStatus === undefined && stored.observedOn !== null
  const next = isForgotten ? { ...observed, ...FORGOTTEN } : observed
  const before: Record<string, unknown> = stored
  const isSame = Object.entries(next).every(([column, value]) => isDeepStrictEqual(before[column], value))
  if (isSame) return null
  const isChecked = next.observedStatus !== undefined && next.observedStatus !== 'unknown'
  return { ...next, ...(isChecked ? { observedAt: new Date() } : {}) }
}

/** Brings the status of a backend in step with what hosts show of it. Returns whether that was news. */
export async function saveStatus(tx: Db, backendId: string): Promise<boolean> {
  const news = await newsOf(tx, backendId)
  if (news !== null) await saveBackend(tx, backendId, news)
  return news !== null
}

/** Keeps the status of backends in step with what hosts show of them; news of a moment is worked off together. */
export class BackendStatus {
  readonly #prisma: PrismaClient
  readonly #bus: Bus
  readonly #log: Log
  readonly #mounts = new Set<string>()
  readonly #hosts = new Set<string>()
  /** By mount, also of mounts that are gone meanwhile. */
  readonly #backendOf = new Map<string, string>()
  #timer: NodeJS.Timeout | undefined
  /** `performance.now()` time of the last look. */
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(prisma: PrismaClient, bus: Bus, log: Log) {
    this.#prisma = prisma
    this.#bus = bus
    this.#log = log
  }

  /** Also commands change what is stored, and hosts that come back with what they showed before. Returns the way to stop. */
  follow(): () => void {
    return this.#bus.subscribe(({ topic, kind, id }) => {
      if (kind !== 'changed') return
      if (topic === 'mount') this.mountsChanged([id])
      if (topic === 'host') this.#hostChanged(id)
    })
  }

  /** What is stored of these mounts has changed. */
  mountsChanged(mountIds: Iterable<string>): void {
    for (const id of mountIds) this.#mounts.add(id)
    if (this.#mounts.size > 0) this.#schedule()
  }

  #hostChanged(hostId: string): void {
    this.#hosts.add(hostId)
    this.#schedule()
  }

  #schedule(): void {
    const ms = Math.max(GATHER_MS, this.#lookedAt + PAUSE_MS - performance.now())
    this.#timer ??= setTimeout(() => void this.flush(), ms)
  }

  async flush(): Promise<void> {
    this.stop()
    for (const id of await this.#backendsOfNews()) {
      try {
        // Nearly always it is none, and a transaction would keep others from writing.
        if ((await newsOf(this.#prisma, id)) === null) continue
        const isNews = await retryContention(() => this.#prisma.$transaction((tx) => saveStatus(tx, id)))
        if (isNews) this.#bus.publish({ topic: 'backend', id, kind: 'changed' })
      } catch (error) {
        this.#log.error('the status of a backend was not stored', { backendId: id, error })
      }
    }
    this.#lookedAt = performance.now()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  async #backendsOfNews(): Promise<Set<string>> {
    const mountIds = [...this.#mounts]
    const hostIds = [...this.#hosts]
    this.#mounts.clear()
    this.#hosts.clear()
    const found = new Set<string>()
    try {
      for (const [id, backendId] of mountIds.length === 0 ? [] : await findBackendsOf(this.#prisma, mountIds))
        this.#backendOf.set(id, backendId)
      if (hostIds.length > 0) for (const id of await findBackendsOn(this.#prisma, hostIds)) found.add(id)
    } catch (error) {
      this.#log.error('the backends of mounts could not be read', { error })
    }
    for (const id of mountIds) {
      const backendId = this.#backendOf.get(id)
      if (backendId !== undefined) found.add(backendId)
    }
    return found
  }
}

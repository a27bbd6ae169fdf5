import type { z } from 'zod'
import type { UsageMessage } from '@/lib/agent-protocol/messages'
import {
  type BackendMountState,
  type BackendObservation,
  findBackendsOf,
  findMountStates,
  saveBackend,
} from '@/lib/controller/resources/backend-repository'
import { NO_PROBLEM } from '@/lib/controller/resources/problem-columns'
import type { PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import type { Bus } from '@/lib/events/bus'
import type { Log } from '@/lib/log'
import { traitsOf } from '@/lib/mounts/state'

type Usage = z.infer<typeof UsageMessage>

const GATHER_MS = 250

function bytes(value: number | null): bigint | null {
  return value === null || !Number.isFinite(value) ? null : BigInt(Math.round(value))
}

/** Capacity as the backend keeps it; what is unknown stays unknown. */
export function usageColumns(usage: Usage, at: Date): BackendObservation {
  return {
    totalBytes: bytes(usage.totalBytes),
    usedBytes: bytes(usage.usedBytes),
    availableBytes: bytes(usage.availableBytes),
    fileCount: bytes(usage.fileCount),
    usageAt: at,
  }
}

/**
 * What the mounts of a backend say about it; `undefined` when none of them says anything, and then the last test stands.
 * Only hosts that are online count: one that is away knows nothing about the storage.
 */
export function rollUp(states: readonly BackendMountState[]): BackendObservation | undefined {
  const wanted = states.filter((state) => state.wanted)
  const mounted = wanted.filter(({ state }) => traitsOf(state).storage === 'works')
  const silent = wanted.filter(({ state }) => traitsOf(state).storage === 'silent')
  const broken = wanted.filter(({ state }) => traitsOf(state).storage === 'broken')
  if (mounted.length + silent.length + broken.length === 0) return undefined
  const newest = mounted
    .filter((state) => isUsage(state.usage))
    .sort((a, b) => timeOf(b.usage) - timeOf(a.usage))
    .at(0)
  const usage = newest && isUsage(newest.usage) ? usageColumns(newest.usage, new Date(timeOf(newest.usage))) : {}
  const at = { observedAt: new Date() }
  const [first] = [...silent, ...broken]
  if (!first) return { ...at, ...usage, observedStatus: 'online', observedOn: null, ...NO_PROBLEM }
  const others = silent.length + broken.length - 1
  const { observedError, observedProblem, observedValues, observedSaid } = first
  const words = silent.length > 0 ? 'The storage does not answer.' : `The mount is ${first.state}.`
  return {
    ...at,
    ...usage,
    observedStatus: broken.length === 0 && mounted.length === 0 ? 'offline' : 'error',
    observedOn: `${first.hostName}${others > 0 ? ` and ${others} more` : ''}`,
    observedError: observedError ?? words,
    observedProblem,
    observedValues,
    observedSaid,
  }
}

function isUsage(value: unknown): value is Usage & { asOf?: string | null } {
  return typeof value === 'object' && value !== null && 'totalBytes' in value && 'usedBytes' in value
}

function timeOf(value: unknown): number {
  const asOf = (value as { asOf?: unknown } | null)?.asOf
  return typeof asOf === 'string' ? Date.parse(asOf) : 0
}

/** Keeps the status of backends in step with what their mounts show; news of a moment is worked off together. */
export class BackendStatus {
  readonly #prisma: PrismaClient
  readonly #bus: Bus
  readonly #log: Log
  /** Ids of mounts. */
  readonly #waiting = new Set<string>()
  #timer: NodeJS.Timeout | undefined

  constructor(prisma: PrismaClient, bus: Bus, log: Log) {
    this.#prisma = prisma
    this.#bus = bus
    this.#log = log
  }

  /** What is stored of these mounts has changed. */
  mountsChanged(mountIds: Iterable<string>): void {
    for (const id of mountIds) this.#waiting.add(id)
    if (this.#waiting.size > 0) this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS)
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const mountIds = [...this.#waiting]
    this.#waiting.clear()
    for (const id of await this.#backendsOf(mountIds)) {
      try {
        const observed = rollUp(await findMountStates(this.#prisma, id))
        if (!observed) continue
        await retryContention(() => this.#prisma.$transaction((tx) => saveBackend(tx, id, observed)))
        this.#bus.publish({ topic: 'backend', id, kind: 'changed' })
      } catch (error) {
        this.#log.error('the status of a backend was not stored', { backendId: id, error })
      }
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  async #backendsOf(mountIds: readonly string[]): Promise<string[]> {
    if (mountIds.length === 0) return []
    try {
      return await findBackendsOf(this.#prisma, mountIds)
    } catch (error) {
      this.#log.error('the backends of mounts could not be read', { error })
      return []
    }
  }
}

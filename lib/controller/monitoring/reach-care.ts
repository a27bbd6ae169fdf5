import { type AgentClient, isFromHost } from '@/lib/agent-client/client'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { ResponseOf } from '@/lib/agent-protocol/verbs'
import type { HostDirectory } from '@/lib/controller/fleet/host-directory'
import type { SealedInput } from '@/lib/controller/keys/sealing-keys'
import { CheckTurns } from '@/lib/controller/monitoring/check-turns'
import {
  type DueCheck,
  findChecked,
  findCheckedBackends,
  findDueChecks,
  lastAsked,
  noteAsked,
  type Outcome,
  putOff,
  saveOutcome,
} from '@/lib/controller/monitoring/reach-repository'
import { inRounds } from '@/lib/controller/monitoring/rounds'
import { saveLook, wantLooks } from '@/lib/controller/monitoring/unused-backends'
import type { PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { reportOf } from '@/lib/drivers/problems/report'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import { serversOf } from '@/lib/drivers/servers'
import { type ErrorCode, HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Bus } from '@/lib/events/bus'
import { newId } from '@/lib/ids'
import type { Log } from '@/lib/log'
import { failedIn, layersOf } from '@/lib/reachability/layers'
import { findSettings } from '@/lib/reachability/repository'
import type { ReachSettings } from '@/lib/reachability/schema'
import { wantChecks } from '@/lib/reachability/wanted'
import { nextRun } from '@/lib/snapshots/timing'

export interface ReachCareSettings {
  everyMs: number
  /** A host that could not be asked, and a storage that has just failed, are looked at again after this. */
  retryMs: number
  /** Between two looks for storages that nobody uses, and how they are. */
  unusedEveryMs: number
}

const DEFAULTS: ReachCareSettings = { everyMs: 5_000, retryMs: 5 * 60_000, unusedEveryMs: 30_000 }

const PER_HOST = 2
const AT_ONCE = 32
/** A controller that was off in the night does not make up for it in the middle of the day. */
const LATE_MS = 4 * 60 * 60_000

export interface ReachCareParts {
  prisma: PrismaClient
  bus: Bus
  client: Pick<AgentClient, 'call'>
  directory: Pick<HostDirectory, 'get'>
  log: Log
  open(backend: SealedInput): Promise<WireBackend>
  isLeader(): boolean
  /** The database is of an earlier time: nothing is done on any host before somebody has said how to go on. */
  isHeld(): Promise<boolean>
}

/** What a host has told of it. */
type Told = Omit<Outcome, 'generation' | 'isUsed'> & Pick<ResponseOf<'testBackend'>, 'usage'>

/**
 * Finds out how hosts reach storages: every night, whenever somebody asks, and all day from one host what nobody uses. What is to be
 * checked is in the database, so the next controller goes on with it. Nothing is written to any storage, and no server is looked at by
 * many hosts at the same time.
 */
export class ReachCare {
  readonly #parts: ReachCareParts
  readonly #settings: ReachCareSettings
  readonly #stop = new AbortController()
  readonly #turns = new CheckTurns()
  readonly #checks = new Set<Promise<void>>()
  #hostsAtOnce = 1
  #unsubscribe: () => void = () => undefined
  #running: Promise<void> | undefined
  /** The last look that was asked for. */
  #looking = Promise.resolve()
  #isPoked = false
  /** The last look for storages that nobody uses. */
  #unusedAt = new Date()

  constructor(parts: ReachCareParts, settings: Partial<ReachCareSettings> = {}) {
    this.#parts = parts
    this.#settings = { ...DEFAULTS, ...settings }
  }

  start(): void {
    const { everyMs } = this.#settings
    this.#running ??= inRounds({ everyMs, firstMs: everyMs }, this.#stop.signal, () => this.look())
    this.#unsubscribe = this.#parts.bus.subscribe(({ topic, kind }) => {
      if (topic === 'reach' && kind === 'wanted') this.#poke()
    })
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    this.#stop.abort()
    await this.#running
    await this.#looking
    await Promise.all(this.#checks)
  }

  /** Looks at what is due, and begins as much of it as may be; one look after the other. Never rejects. */
  look(now = new Date()): Promise<void> {
    this.#looking = this.#looking
      .then(() => this.#look(now))
      .catch((error: unknown) => this.#parts.log.error('how hosts reach storages could not be looked at', { error }))
    return this.#looking
  }

  /** Something is wanted now; what comes during a look is for one more. */
  #poke(): void {
    if (this.#isPoked) return
    this.#isPoked = true
    void this.#looking.then(() => {
      this.#isPoked = false
      return this.look()
    })
  }

  async #look(now: Date): Promise<void> {
    const { prisma, isLeader, isHeld } = this.#parts
    if (!isLeader() || this.#stop.signal.aborted || (await isHeld())) {
      this.#turns.replace([], () => [])
      return
    }
    const settings = await findSettings(prisma)
    this.#hostsAtOnce = settings.hosts_at_once
    await this.#askIfNight(settings, now)
    await this.#askOfUnused(now)
    const due = await findDueChecks(prisma, now)
    const backends = await findCheckedBackends(prisma, [...new Set(due.map(({ backendId }) => backendId))])
    this.#turns.replace(due, ({ backendId }) => turnsOf(backends.get(backendId)))
    this.#fill()
  }

  async #askIfNight({ nightly, at, time_zone: timeZone }: ReachSettings, now: Date): Promise<void> {
    const { prisma, log } = this.#parts
    const last = await lastAsked(prisma)
    // The first night is the one that comes.
    if (last === null) return noteAsked(prisma, now)
    const due = nextRun({ rule: { repeat: 'daily', at }, timeZone, since: last }, last)
    if (due === null || due > now) return
    await noteAsked(prisma, now)
    if (nightly === 'off' || now.getTime() - due.getTime() > LATE_MS) return
    const asked = { backendIds: null, hostIds: null, usedOnly: nightly === 'used' }
    log.info('how hosts reach storages is checked', { checks: await wantChecks(prisma, asked, now) })
  }

  async #askOfUnused(now: Date): Promise<void> {
    if (Math.abs(now.getTime() - this.#unusedAt.getTime()) < this.#settings.unusedEveryMs) return
    this.#unusedAt = now
    await wantLooks(this.#parts.prisma, now)
  }

  #fill(): void {
    const limits = { perServer: this.#hostsAtOnce, perHost: PER_HOST, all: AT_ONCE }
    while (!this.#stop.signal.aborted && this.#parts.isLeader()) {
      const turn = this.#turns.next(limits)
      if (turn === null) return
      const work = this.#check(turn.check)
        .catch((error: unknown) =>
          this.#parts.log.error('how a host reaches a storage was not stored', { ...about(turn.check), error }),
        )
        .finally(() => {
          turn.done()
          this.#checks.delete(work)
          this.#fill()
        })
      this.#checks.add(work)
    }
  }

  async #check(due: DueCheck): Promise<void> {
    const { prisma, bus } = this.#parts
    const found = await findChecked(prisma, due)
    if (found === null) return
    const outcome = await this.#outcomeOf(due, found.sealed)
    if (this.#stop.signal.aborted) return
    const now = new Date()
    const { retryMs } = this.#settings
    const isStatus = await retryContention(() =>
      prisma.$transaction(async (tx) => {
        if (outcome === null) {
          await putOff(tx, due, new Date(now.getTime() + retryMs))
          return false
        }
        const { generation, isUsed } = found
        await saveOutcome(tx, due, { ...outcome, generation, isUsed }, { now, retryMs })
        return saveLook(tx, due, { ...outcome, generation }, now)
      }),
    )
    if (isStatus) bus.publish({ topic: 'backend', id: due.backendId, kind: 'changed' })
    bus.publish({ topic: 'reach', id: due.backendId, kind: 'changed' })
  }

  /** Null: the host could not be asked, which says nothing about the storage. */
  async #outcomeOf({ hostId }: DueCheck, sealed: SealedInput): Promise<Told | null> {
    const { client, directory, open } = this.#parts
    const host = directory.get(hostId)
    if (host === undefined) return null
    const begun = performance.now()
    const durationMs = () => Math.round(performance.now() - begun)
    let backend: WireBackend
    try {
      backend = await open(sealed)
    } catch (error) {
      return refusal(error, 'authentication', durationMs())
    }
    try {
      const request = { operationId: newId('operation'), backend, readsOnly: true } as const
      const { steps, usage } = await client.call(host, 'testBackend', request, { signal: this.#stop.signal })
      const layers = layersOf(steps)
      const failed = steps.find(({ status }) => status === 'failed')
      const problem = failed && { ...failed, message: `${failed.title}: ${failed.detail ?? 'failed'}` }
      return { failedLayer: failedIn(layers), layers, durationMs: durationMs(), problem: problem ?? null, usage }
    } catch (error) {
      return isRefusal(error) ? refusal(error, 'host', durationMs()) : null
    }
  }
}

function about({ backendId, hostId }: DueCheck) {
  return { backendId, hostId }
}

/** The machines behind a storage, as a key by which turns are taken. */
function turnsOf(backend: { driver: string; config: unknown } | undefined): string[] {
  if (backend === undefined || !isDriverId(backend.driver)) return []
  const parsed = driverById(backend.driver).config.safeParse(backend.config)
  return parsed.success ? serversOf(backend.driver, parsed.data) : []
}

/** What another attempt will not mend: the policy of the host, or an agent that does not know what it is asked. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['policy_denied', 'invalid_input', 'unsupported', 'not_found'])

function isRefusal(error: unknown): boolean {
  return error instanceof HoldfastError && isFromHost(error) && REFUSALS.has(error.code)
}

/** It did not come to a test: the layer before it says why. */
function refusal(error: unknown, layer: 'host' | 'authentication', durationMs: number): Told {
  const known = toHoldfastError(error)
  return {
    failedLayer: layer,
    layers: [{ id: layer, status: 'failed', duration_ms: null }],
    durationMs,
    problem: { message: known.message, ...reportOf(known) },
    usage: null,
  }
}

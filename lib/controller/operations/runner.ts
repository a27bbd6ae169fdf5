import type { AgentClient } from '@/lib/agent-client/client'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { AgentPackage } from '@/lib/controller/fleet/agent-package'
import type { HostDirectory } from '@/lib/controller/fleet/host-directory'
import type { JobNews } from '@/lib/controller/jobs/job-news'
import type { SealedInput, SealingKeys } from '@/lib/controller/keys/sealing-keys'
import { failed, type KindResult, type OperationContext } from '@/lib/controller/operations/context'
import { hostsOf, runKind } from '@/lib/controller/operations/kinds'
import { Recorder } from '@/lib/controller/operations/recorder'
import {
  type ClaimedOperation,
  claim,
  type Ending,
  findCancelled,
  findClaimable,
  findClaimableById,
  findJob,
  finish,
  freeAllBut,
  handBack,
  prolong,
  saveRollout,
} from '@/lib/controller/operations/repository'
import type { ResourceCommands } from '@/lib/controller/resources/commands'
import type { ResourceKinds } from '@/lib/controller/resources/kinds'
import type { PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { reportOf } from '@/lib/drivers/problems/report'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Bus } from '@/lib/events/bus'
import type { Log } from '@/lib/log'
import { atMost } from '@/lib/pause'
import { releaseForgotten } from '@/lib/rollouts/repository'
import { RolloutState } from '@/lib/rollouts/schema'

export interface RunnerSettings {
  /** A claimed operation that is not prolonged for this long is up for another controller. */
  lockMs: number
  /** How often the database is looked at without being told to. */
  pollMs: number
  /** Operations under way at once. */
  limit: number
  /** Of them, those that concern one single host. */
  perHost: number
}

export const RUNNER_DEFAULTS: RunnerSettings = { lockMs: 30_000, pollMs: 1_000, limit: 128, perHost: 8 }

export interface RunnerParts {
  prisma: PrismaClient
  bus: Bus
  client: AgentClient
  directory: HostDirectory
  kinds: ResourceKinds
  commands: ResourceCommands
  jobs: Pick<JobNews, 'follow'>
  log: Log
  controllerId: string
  open(backend: SealedInput): Promise<WireBackend>
  openFor: SealingKeys['openFor']
  /** As in `OperationContext`. */
  fence(hostId: string): Promise<number>
  isLeader(): boolean
  refreshHost(hostId: string): Promise<void>
  agentPackage(): AgentPackage | null
  /** An operation that changed mounts on these hosts has ended. */
  onEnded(hostIds: string[]): void
}

interface Running {
  operation: ClaimedOperation
  hostIds: string[]
  stop: AbortController
  cancel: AbortController
  /** The host does what remains to be done. */
  takesLong: boolean
  ended: Promise<void>
}

interface EndedCount {
  kind: string
  outcome: Ending['status']
  count: number
}

/** Claims waiting operations and runs them, each on its own, so that one that hangs holds up nobody else. */
export class OperationRunner {
  readonly #parts: RunnerParts
  readonly #settings: RunnerSettings
  readonly #running = new Map<string, Running>()
  readonly #claiming = new Set<string>()
  /** By kind and outcome. */
  readonly #ended = new Map<string, EndedCount>()
  readonly #timers: NodeJS.Timeout[] = []
  #unsubscribe: () => void = () => undefined
  #stopped = false
  #looking = false

  constructor(parts: RunnerParts, settings: Partial<RunnerSettings> = {}) {
    this.#parts = parts
    this.#settings = { ...RUNNER_DEFAULTS, ...settings }
  }

  /** What this process has brought to an end, since it runs. */
  get ended(): EndedCount[] {
    return [...this.#ended.values()].map((entry) => ({ ...entry }))
  }

  start(): void {
    this.#unsubscribe = this.#parts.bus.subscribe((event) => {
      if (event.topic !== 'operation' || event.kind !== 'wanted') return
      if (this.#running.has(event.id)) void this.#lookForCancelled()
      else void this.#wanted(event.id)
    })
    this.#timers.push(
      setInterval(() => void Promise.all([this.look(), this.#lookForCancelled()]), this.#settings.pollMs),
      setInterval(() => void this.#prolong(), this.#settings.lockMs / 3),
    )
    void this.look()
  }

  /** Stops claiming, lets what runs end for so long, then hands it back for the next controller. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true
    this.#unsubscribe()
    for (const timer of this.#timers) clearInterval(timer)
    const all = () => Promise.all([...this.#running.values()].map(({ ended }) => ended))
    // Nobody waits for jobs: the next controller follows them.
    for (const { takesLong, stop } of this.#running.values()) if (takesLong) stop.abort()
    await atMost(graceMs, all())
    this.interrupt()
    await all()
  }

  /** The lead is lost: what runs is given up at once. */
  interrupt(): void {
    for (const { stop } of this.#running.values()) stop.abort()
  }

  /** This controller has just taken the lead. What the one before it was running goes on here; its fence is out of date. */
  async takeOver(): Promise<void> {
    try {
      const count = await freeAllBut(this.#parts.prisma, [...this.#running.keys()])
      if (count > 0) this.#parts.log.info('operations of an earlier controller go on', { count })
      const released = await releaseForgotten(this.#parts.prisma)
      if (released > 0) this.#parts.log.warn('hosts were held by a rollout that is over', { count: released })
      await this.look()
    } catch (error) {
      this.#parts.log.error('operations of an earlier controller could not be taken over', { error })
    }
  }

  /** Looks for waiting operations; called by itself. */
  async look(): Promise<void> {
    if (this.#looking || !this.#mayClaim()) return
    this.#looking = true
    try {
      const waiting = await findClaimable(this.#parts.prisma, new Date(), this.#settings.limit * 2)
      await Promise.all(waiting.map((operation) => this.#tryClaim(operation)))
    } catch (error) {
      this.#parts.log.error('waiting operations could not be read', { error })
    } finally {
      this.#looking = false
    }
  }

  async #wanted(id: string): Promise<void> {
    if (!this.#mayClaim()) return
    try {
      const operation = await findClaimableById(this.#parts.prisma, id, new Date())
      if (operation) await this.#tryClaim(operation)
    } catch (error) {
      this.#parts.log.error('an operation could not be read', { operationId: id, error })
    }
  }

  #mayClaim(): boolean {
    const busy = [...this.#running.values()].filter(({ takesLong }) => !takesLong).length
    return !this.#stopped && this.#parts.isLeader() && busy < this.#settings.limit
  }

  /** A host that is busy with as many operations as it may have keeps the others waiting in the database, and nobody else. */
  #hasRoomFor(hostIds: string[]): boolean {
    const [only, another] = hostIds
    if (only === undefined || another !== undefined) return true
    let count = 0
    for (const running of this.#running.values())
      if (running.hostIds.length === 1 && running.hostIds[0] === only && !running.takesLong) count++
    return count < this.#settings.perHost
  }

  async #tryClaim(operation: ClaimedOperation): Promise<void> {
    const { prisma, controllerId } = this.#parts
    const { id } = operation
    const hostIds = hostsOf(operation.payload)
    if (this.#running.has(id) || this.#claiming.has(id) || !this.#mayClaim() || !this.#hasRoomFor(hostIds)) return
    this.#claiming.add(id)
    try {
      const now = new Date()
      const lockedUntil = new Date(now.getTime() + this.#settings.lockMs)
      const claimed = await retryContention(() => claim(prisma, operation, controllerId, now, lockedUntil))
      if (!claimed) return
      const running: Running = {
        operation: claimed,
        hostIds,
        stop: new AbortController(),
        cancel: new AbortController(),
        takesLong: false,
        ended: Promise.resolve(),
      }
      this.#running.set(id, running)
      running.ended = this.#run(running).finally(() => {
        this.#running.delete(id)
        void this.look()
      })
    } catch (error) {
      this.#parts.log.error('an operation could not be claimed', { operationId: id, error })
    } finally {
      this.#claiming.delete(id)
    }
  }

  async #lookForCancelled(): Promise<void> {
    const ids = [...this.#running.values()].filter(({ takesLong }) => takesLong).map(({ operation }) => operation.id)
    if (ids.length === 0) return
    try {
      for (const id of await findCancelled(this.#parts.prisma, ids)) this.#running.get(id)?.cancel.abort()
    } catch (error) {
      this.#parts.log.error('cancelled operations could not be read', { error })
    }
  }

  async #prolong(): Promise<void> {
    const ids = [...this.#running.keys()]
    if (ids.length === 0) return
    const until = new Date(Date.now() + this.#settings.lockMs)
    await prolong(this.#parts.prisma, this.#parts.controllerId, ids, until).catch((error) =>
      this.#parts.log.error('running operations could not be prolonged', { error }),
    )
  }

  async #run(running: Running): Promise<void> {
    const { operation, hostIds, stop } = running
    const { bus, log, prisma, directory, controllerId } = this.#parts
    const changed = () => bus.publish({ topic: 'operation', id: operation.id, kind: 'changed' })
    const recorder = new Recorder(prisma, operation, changed)
    changed()
    if (operation.attempt > 1) recorder.log(null, 'The controller was interrupted; going on.')
    let outcome: KindResult
    try {
      // News of a host that has just joined may have been lost.
      if (hostIds.some((hostId) => !directory.get(hostId))) await directory.refresh()
      outcome = await runKind(operation.kind, operation.payload, this.#contextFor(running, recorder))
    } catch (error) {
      const known = toHoldfastError(error)
      if (known.code === 'internal')
        log.error('an operation failed inside Holdfast', { operationId: operation.id, error })
      outcome = { failure: known }
    }
    const isInterrupted = stop.signal.aborted
    const ending = outcome.ending
      ? { ...outcome.ending, result: outcome.result }
      : this.#endingOf(outcome, recorder, isInterrupted ? [] : hostIds)
    const writeRest = await recorder.close()
    try {
      if (isInterrupted) {
        await retryContention(() => prisma.$transaction((tx) => writeRest(tx)))
        return await handBack(prisma, operation, controllerId)
      }
      await retryContention(() =>
        prisma.$transaction(async (tx) => {
          const isOurs = await finish(tx, operation, controllerId, ending, new Date())
          if (!isOurs) throw new HoldfastError('stale', 'Another controller has taken this operation.')
          await writeRest(tx)
          for (const write of outcome.writes ?? []) await write(tx)
        }),
      )
      if (ending.status !== 'paused') this.#count(operation.kind, ending.status)
      changed()
      for (const event of outcome.events ?? []) bus.publish(event)
      this.#parts.onEnded(hostIds)
    } catch (error) {
      // It stays `running` until its lock runs out, and is claimed again then.
      log.error('the end of an operation was not stored', { operationId: operation.id, error })
    }
  }

  #count(kind: string, outcome: Ending['status']): void {
    const key = `${kind} ${outcome}`
    const count = (this.#ended.get(key)?.count ?? 0) + 1
    this.#ended.set(key, { kind, outcome, count })
  }

  #endingOf({ failure, result }: KindResult, recorder: Recorder, hostIds: string[]): Ending {
    const told = new Set(recorder.outcomes.map(({ hostId }) => hostId))
    if (failure) for (const hostId of hostIds) if (!told.has(hostId)) recorder.done(failed(hostId, failure))
    const failures = recorder.outcomes.filter(({ status }) => status === 'failed')
    const isPartial = failures.length > 0 && failures.length < recorder.outcomes.length
    const [first] = failures
    const status = failure || (first && !isPartial) ? 'failed' : isPartial ? 'partial' : 'succeeded'
    return {
      status,
      result,
      errorCode: failure?.code ?? first?.errorCode ?? null,
      error: failure?.message ?? (first ? wordsFor(first.error, failures.length) : null),
      // Of several hosts each tells its own.
      ...(failure ? { report: reportOf(failure) } : first && failures.length === 1 ? { report: first.report } : {}),
    }
  }

  #contextFor(running: Running, recorder: Recorder): OperationContext {
    const { operation } = running
    const {
      prisma,
      client,
      directory,
      kinds,
      commands,
      open,
      openFor,
      fence,
      refreshHost,
      agentPackage,
      controllerId,
      jobs,
    } = this.#parts
    const stored = operation.rollout === null ? null : RolloutState.safeParse(operation.rollout)
    // Never to all hosts at once instead.
    if (stored?.success === false)
      throw new HoldfastError('internal', 'The stored rollout cannot be read.', { cause: stored.error })
    return {
      operationId: operation.id,
      isResumed: operation.attempt > 1,
      signal: running.stop.signal,
      cancelled: running.cancel.signal,
      jobs,
      takesLong: () => {
        running.takesLong = true
        void this.#lookForCancelled()
        void this.look()
      },
      tellJob: (hostId, job) => recorder.job(hostId, job),
      storedJob: (hostId) => findJob(prisma, operation.id, hostId),
      prisma,
      client,
      kinds,
      commands,
      open,
      openFor,
      fence,
      refreshHost,
      agentPackage,
      rollout: stored?.data ?? null,
      async saveRollout(state) {
        const isOurs = await retryContention(() => saveRollout(prisma, operation, controllerId, state))
        if (!isOurs) throw new HoldfastError('stale', 'Another controller has taken this operation.')
      },
      flush: () => recorder.flush(),
      isAway(hostId) {
        const status = directory.get(hostId)?.status
        return status === 'offline' || status === 'error'
      },
      hostOf: (hostId) => directory.require(hostId),
      log: (hostId, message) => recorder.log(hostId, message),
      hear: (hostId, message) => recorder.hear(hostId, message),
      done: (outcome, write) => recorder.done(outcome, write),
    }
  }
}

function wordsFor(error: string | null, count: number): string | null {
  return count === 1 ? error : `${count} hosts failed; the first one: ${error ?? 'no reason given'}`
}

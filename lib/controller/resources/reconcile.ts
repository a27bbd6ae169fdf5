import type { HostDirectory } from '@/lib/controller/fleet/host-directory'
import { Limiter } from '@/lib/controller/limits'
import { findTargetsInHand } from '@/lib/controller/operations/repository'
import type { Connections } from '@/lib/controller/resources/connections/connections'
import { adoptDrift, saveRepair } from '@/lib/controller/resources/mounts/drift-repository'
import type { MountCommands } from '@/lib/controller/resources/mounts/mount-commands'
import { type DesiredMount, findDesiredOfHost } from '@/lib/controller/resources/mounts/mounts-repository'
import type { PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import type { Bus } from '@/lib/events/bus'
import { newId } from '@/lib/ids'
import type { Log } from '@/lib/log'
import { countRepair, type Drift, driftOf, isAdoptable, nextRepairAt } from '@/lib/mounts/drift'
import { settleMembership } from '@/lib/mounts/membership'

export interface ReconcilerSettings {
  /** Every host is looked at this often, whatever the news. */
  periodMs: number
  /** An agent restores its mounts by itself after a restart; it is left alone with that for so long. */
  restartGraceMs: number
}

export const RECONCILER_DEFAULTS: ReconcilerSettings = { periodMs: 5 * 60_000, restartGraceMs: 30_000 }

const HOSTS_AT_ONCE = 64
const RETRY_MS = 5_000
/** News of a host gathers for this long; an operation gets the first chance at what it was made for. */
const GATHER_MS = 300

export interface ReconcilerParts {
  prisma: PrismaClient
  bus: Bus
  directory: HostDirectory
  mounts: MountCommands
  connections: Connections
  log: Log
  isLeader(): boolean
  /** May nothing be changed on hosts now, since they know more than the database? */
  isHeld(): Promise<boolean>
}

export interface Circumstances {
  now: Date
  /** The host's agent has been started since the mount was last seen as wanted. */
  wasRestarted: boolean
  /** The host has just come back: what failed before may work now. */
  isBack: boolean
}

/**
 * Does this row need a command?
 * A mount that somebody took away on the host stays away: that was a decision, and only a new generation, or a restart of an
 * auto-mount, overrules it. To a row that a rollout holds
 * nothing is sent, whatever its state: its turn comes. An unmount that was refused (a program used it, uploads waited) is tried again: it is still wanted.
 */
export function needsCommand(row: DesiredMount, { now, wasRestarted, isBack }: Circumstances): boolean {
  if (row.heldBy !== null) return false
  if (!isBack && row.nextAttemptAt !== null && row.nextAttemptAt > now) return false
  if (row.removed || row.mount.deletedAt !== null) return true
  if (row.observedGeneration === null || row.observedGeneration < row.desiredGeneration) return true
  if (row.desiredState === 'unmounted') return row.observedState !== 'absent' && row.attempts > 0
  if (row.observedState === 'error') return true
  return row.observedState === 'absent' && wasRestarted && row.mount.autoMount
}

/** What is to be done about a change that somebody else made, by the mount's policy; null: nothing, or not yet. */
export function driftWork(row: DesiredMount, now: Date): { drift: Drift; work: 'repair' | 'adopt' } | null {
  const { onDrift } = row.mount
  if (onDrift === 'report' || row.heldBy !== null) return null
  const drift = driftOf(row)
  // What others have put over it is theirs; the host never takes it away.
  if (drift === null || drift.kind === 'covered') return null
  if (onDrift === 'adopt') return isAdoptable(row, drift) ? { drift, work: 'adopt' } : null
  const at = nextRepairAt(row)
  return at !== null && at <= now ? { drift, work: 'repair' } : null
}

/** Level-triggered: compares desired with observed, host by host, and sends what is missing. */
export class Reconciler {
  readonly #parts: ReconcilerParts
  readonly #settings: ReconcilerSettings
  readonly #limiter = new Limiter(HOSTS_AT_ONCE)
  readonly #due = new Map<string, { at: number; timer: NodeJS.Timeout }>()
  readonly #working = new Set<string>()
  readonly #again = new Set<string>()
  /** When the agent has had its time to restore its mounts, by host. */
  readonly #restarted = new Map<string, number>()
  readonly #back = new Set<string>()
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: ReconcilerParts, settings: Partial<ReconcilerSettings> = {}) {
    this.#parts = parts
    this.#settings = { ...RECONCILER_DEFAULTS, ...settings }
  }

  start(): void {
    this.#timer = setInterval(() => {
      void this.settle()
      this.pokeAll()
    }, this.#settings.periodMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    for (const { timer } of this.#due.values()) clearTimeout(timer)
    this.#due.clear()
    this.#stop.abort()
  }

  /**
   * Gives mounts for labels and for all hosts exactly their hosts. The web process does it with the change that calls for it; this
   * is what makes it true in any case.
   */
  async settle(hostId?: string): Promise<void> {
    const { prisma, bus, isLeader, log } = this.#parts
    if (!isLeader() || (await this.#parts.isHeld()) || this.#stop.signal.aborted) return
    try {
      const settled = await retryContention(() =>
        prisma.$transaction((tx) => settleMembership(tx, hostId === undefined ? {} : { hostId })),
      )
      for (const { mountId, name, joined, left } of settled) {
        log.info('a mount has got the hosts that it is for', { mountId, name, joined, left })
        bus.publish({ topic: 'mount', id: mountId, kind: 'changed' })
        for (const id of [...joined, ...left]) this.poke(id)
      }
    } catch (error) {
      log.error('the hosts of mounts could not be settled', { hostId, error })
    }
  }

  /** Looks at every host, spread over some seconds. */
  pokeAll(): void {
    for (const host of this.#parts.directory.all()) this.poke(host.hostId, GATHER_MS + Math.random() * 5_000)
  }

  /** The host has come online. */
  isBack(hostId: string): void {
    this.#back.add(hostId)
    this.poke(hostId)
  }

  /** Everything may be sent again, whatever failed before. */
  allAreBack(): void {
    void this.settle()
    for (const { hostId } of this.#parts.directory.all()) this.isBack(hostId)
  }

  /** The agent of this host has been started again. */
  restarted(hostId: string): void {
    this.#restarted.set(hostId, Date.now() + this.#settings.restartGraceMs)
    this.poke(hostId, this.#settings.restartGraceMs)
  }

  /** Looks at this host soon; of several wishes the earliest holds. */
  poke(hostId: string, delayMs = GATHER_MS): void {
    const at = Date.now() + delayMs
    const due = this.#due.get(hostId)
    if (this.#stop.signal.aborted || (due && due.at <= at)) return
    clearTimeout(due?.timer)
    const timer = setTimeout(() => {
      this.#due.delete(hostId)
      void this.look(hostId)
    }, delayMs)
    this.#due.set(hostId, { at, timer })
  }

  /** One look at one host; resolves when what it found to do has been tried. */
  async look(hostId: string): Promise<void> {
    if (this.#working.has(hostId)) {
      this.#again.add(hostId)
      return
    }
    this.#working.add(hostId)
    try {
      await this.#limiter.run(() => this.#reconcile(hostId))
    } catch (error) {
      this.#parts.log.error('a host could not be reconciled', { hostId, error })
    } finally {
      this.#working.delete(hostId)
      if (this.#again.delete(hostId)) this.poke(hostId)
    }
  }

  async #reconcile(hostId: string): Promise<void> {
    const { prisma, directory, isLeader, mounts, connections } = this.#parts
    if (!isLeader() || directory.get(hostId)?.status !== 'online' || this.#stop.signal.aborted) return
    if (await this.#parts.isHeld()) return
    const now = new Date()
    const restoredAt = this.#restarted.get(hostId)
    const wasRestarted = restoredAt !== undefined && restoredAt <= now.getTime()
    if (wasRestarted) this.#restarted.delete(hostId)
    const circumstances = { now, wasRestarted, isBack: this.#back.delete(hostId) }
    if (circumstances.isBack) await this.settle(hostId)
    await connections.reconcile(hostId, now, circumstances.isBack, this.#stop.signal)
    const rows = await findDesiredOfHost(prisma, hostId)
    const due = rows.filter((row) => needsCommand(row, circumstances) && !mounts.isBusy(hostId, row.mountId))
    const drifted = rows.flatMap((row) => {
      const found = due.includes(row) || mounts.isBusy(hostId, row.mountId) ? null : driftWork(row, now)
      return found ? [{ row, ...found }] : []
    })
    const hasWork = due.length + drifted.length > 0
    const inHand = hasWork ? await findTargetsInHand(prisma, hostId, { targetKind: 'mount' }) : new Set()
    await Promise.all([
      ...due.filter((row) => !inHand.has(row.mountId)).map((row) => this.#send(row)),
      ...drifted.filter(({ row }) => !inHand.has(row.mountId)).map((found) => this.#answerDrift(found, now)),
    ])
    this.#wakeForNext(hostId, rows, now)
  }

  async #answerDrift(
    { row, drift, work }: { row: DesiredMount; drift: Drift; work: 'repair' | 'adopt' },
    now: Date,
  ): Promise<void> {
    const { prisma, bus, log } = this.#parts
    const about = { hostId: row.hostId, mountId: row.mountId, drift: drift.kind }
    const isMine = await retryContention(() =>
      prisma.$transaction((tx) =>
        work === 'adopt' ? adoptDrift(tx, row, drift, now) : saveRepair(tx, row, drift, countRepair(row, now)),
      ),
    )
    if (!isMine) return this.poke(row.hostId)
    log.info(work === 'adopt' ? 'a change on the host became the wish' : 'a change on the host is undone', about)
    bus.publish({ topic: 'mount', id: row.mountId, kind: 'changed' })
    if (work === 'repair') await this.#send(row)
    // What comes next is seen with the news of it, or then.
    this.poke(row.hostId, work === 'adopt' ? GATHER_MS : RETRY_MS)
  }

  async #send(row: DesiredMount): Promise<void> {
    const { prisma, bus, mounts, log } = this.#parts
    // A new id each time: the host may answer a known one with the result it stored.
    const outcome = await mounts.carryOut({
      operationId: newId('operation'),
      row,
      options: { signal: this.#stop.signal },
    })
    if (this.#stop.signal.aborted) return
    await retryContention(() => prisma.$transaction((tx) => outcome.store(tx)))
    const about = { hostId: row.hostId, mountId: row.mountId, generation: row.desiredGeneration }
    if (outcome.error) log.info('a mount could not be reconciled', { ...about, code: outcome.error.code })
    else log.info('a mount was reconciled', about)
    bus.publish({ topic: 'mount', id: row.mountId, kind: 'changed' })
    if (outcome.error) this.poke(row.hostId, RETRY_MS)
    // Another mount may wait for the place.
    else if (row.removed || row.mount.deletedAt !== null) this.poke(row.hostId)
  }

  /** What lies ahead brings the host back then. */
  #wakeForNext(hostId: string, rows: DesiredMount[], now: Date): void {
    const times = [
      this.#restarted.get(hostId),
      ...rows.map((row) => row.nextAttemptAt?.getTime()),
      ...rows.filter((row) => row.repairs > 0).map((row) => nextRepairAt(row)?.getTime()),
    ]
    const ahead = times.filter((at) => at !== undefined && at > now.getTime()) as number[]
    if (ahead.length > 0) this.poke(hostId, Math.min(...ahead) - now.getTime() + 50)
  }
}

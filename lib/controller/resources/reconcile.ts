import pLimit from 'p-limit'
import type { HostDirectory } from '@/lib/controller/fleet/host-directory'
import { findTargetsInHand } from '@/lib/controller/operations/repository'
import type { ResourceCommands } from '@/lib/controller/resources/commands'
import type { Circumstances, Correction, DesiredRow, ResourceKind } from '@/lib/controller/resources/kind'
import type { ResourceKinds } from '@/lib/controller/resources/kinds'
import { type HostRows, rowKey, waitsFor } from '@/lib/controller/resources/order'
import type { PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import type { Bus } from '@/lib/events/bus'
import { newId } from '@/lib/ids'
import type { Log } from '@/lib/log'
import { atMost } from '@/lib/pause'

export interface ReconcilerSettings {
  /** Every host is looked at this often, whatever the news. */
  periodMs: number
  /** An agent restores its mounts by itself after a restart; it is left alone with that for so long. */
  restartGraceMs: number
}

export const RECONCILER_DEFAULTS: ReconcilerSettings = { periodMs: 5 * 60_000, restartGraceMs: 30_000 }

const HOSTS_AT_ONCE = 64
/** A host whose commands take longer, such as a login to a dead server, does not keep the others waiting. */
const SLOW_MS = 5_000
const RETRY_MS = 5_000
/** News of a host gathers for this long; an operation gets the first chance at what it was made for. */
const GATHER_MS = 300

export interface ReconcilerParts {
  prisma: PrismaClient
  bus: Bus
  directory: HostDirectory
  kinds: ResourceKinds
  commands: ResourceCommands
  log: Log
  isLeader(): boolean
  /** May nothing be changed on hosts now, since they know more than the database? */
  isHeld(): Promise<boolean>
}

/** A row of a kind, and what is to be done about it. */
interface Work {
  kind: ResourceKind
  row: DesiredRow
  /** Absent: it is sent as it is wanted. */
  correction?: Correction
}

/** Level-triggered: compares desired with observed, host by host, and sends what is missing. */
export class Reconciler {
  readonly #parts: ReconcilerParts
  readonly #settings: ReconcilerSettings
  readonly #limiter = pLimit(HOSTS_AT_ONCE)
  readonly #due = new Map<string, { at: number; timer: NodeJS.Timeout }>()
  readonly #deciding = new Set<string>()
  /** Rows whose command, or what came of it, is not stored yet. */
  readonly #sending = new Set<string>()
  readonly #again = new Set<string>()
  /** Hosts with a row that was passed over because a command for it is under way. */
  readonly #passedOver = new Set<string>()
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
   * Gives resources that are for a group of hosts exactly their hosts, such as mounts for labels and for all. The web process does it
   * with the change that calls for it; this is what makes it true in any case.
   */
  async settle(hostId?: string): Promise<void> {
    const { prisma, kinds, isLeader, log } = this.#parts
    if (!isLeader() || (await this.#parts.isHeld()) || this.#stop.signal.aborted) return
    for (const kind of kinds.all()) {
      if (!kind.desired.settle) continue
      try {
        const settled = await retryContention(() =>
          prisma.$transaction(async (tx) => (await kind.desired.settle?.(tx, hostId)) ?? []),
        )
        for (const { id, name, joined, left } of settled) {
          log.info('a resource has got the hosts that it is for', { kind: kind.name, id, name, joined, left })
          this.#changed(kind, id)
          for (const each of [...joined, ...left]) this.poke(each)
        }
      } catch (error) {
        log.error('the hosts of resources could not be settled', { kind: kind.name, hostId, error })
      }
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
    if (this.#deciding.has(hostId)) {
      this.#again.add(hostId)
      return
    }
    this.#deciding.add(hostId)
    let work: Promise<unknown> = Promise.resolve()
    await this.#limiter(async () => {
      try {
        work = Promise.all((await this.#decide(hostId)).map((each) => this.#do(each)))
      } catch (error) {
        this.#parts.log.error('a host could not be reconciled', { hostId, error })
      } finally {
        this.#deciding.delete(hostId)
      }
      if (this.#again.delete(hostId)) this.poke(hostId)
      await atMost(SLOW_MS, work)
    })
    await work
  }

  /** What there is to do on one host, kind by kind. */
  async #decide(hostId: string): Promise<Work[]> {
    const { directory, isLeader, kinds } = this.#parts
    if (!isLeader() || directory.get(hostId)?.status !== 'online' || this.#stop.signal.aborted) return []
    if (await this.#parts.isHeld()) return []
    const now = new Date()
    const restoredAt = this.#restarted.get(hostId)
    const wasRestarted = restoredAt !== undefined && restoredAt <= now.getTime()
    if (wasRestarted) this.#restarted.delete(hostId)
    const circumstances = { now, wasRestarted, isBack: this.#back.delete(hostId) }
    if (circumstances.isBack) await this.settle(hostId)
    const rows = new Map<string, DesiredRow[]>()
    for (const kind of kinds.all()) rows.set(kind.name, await kind.desired.ofHost(this.#parts.prisma, hostId))
    const work: Work[] = []
    for (const kind of kinds.all()) work.push(...(await this.#workOf(kind, hostId, rows, circumstances)))
    this.#wakeForNext(hostId, rows, now)
    return work
  }

  async #workOf(kind: ResourceKind, hostId: string, rows: HostRows, circumstances: Circumstances): Promise<Work[]> {
    const { prisma, kinds, commands } = this.#parts
    const { desired } = kind
    const isBusy = (of: ResourceKind, row: DesiredRow) => this.#sending.has(rowKey(of, row)) || commands.isBusy(of, row)
    const found: Work[] = []
    for (const row of rows.get(kind.name) ?? []) {
      const isDue = desired.needsCommand(row, circumstances)
      const correction = isDue ? null : desired.correct?.(row, circumstances.now)
      if (!isDue && !correction) continue
      if (isBusy(kind, row)) this.#passedOver.add(hostId)
      else if (correction) found.push({ kind, row, correction })
      else if (waitsFor(kinds, kind, row, rows, isBusy) === null) found.push({ kind, row })
    }
    if (found.length === 0) return []
    const taken = await findTargetsInHand(prisma, hostId, desired.inHand)
    const free = found.filter(({ row }) => !taken.has(desired.idOf(row)))
    return free.length === 0 ? [] : this.#stillDue(kind, hostId, free, circumstances)
  }

  /**
   * What is due by rows that were read after the question about operations. One that ended between the first rows and the question
   * has done the work already, and one that came up since has a newer wish in hand.
   */
  async #stillDue(
    { desired }: ResourceKind,
    hostId: string,
    work: readonly Work[],
    circumstances: Circumstances,
  ): Promise<Work[]> {
    const rows = new Map((await desired.ofHost(this.#parts.prisma, hostId)).map((row) => [desired.idOf(row), row]))
    return work.flatMap((each) => {
      const row = rows.get(desired.idOf(each.row))
      if (row === undefined || row.desiredGeneration !== each.row.desiredGeneration) return []
      // A correction asks for the row that it was found by when it is stored.
      return each.correction ? [each] : desired.needsCommand(row, circumstances) ? [{ ...each, row }] : []
    })
  }

  async #do({ kind, row, correction }: Work): Promise<void> {
    const key = rowKey(kind, row)
    this.#sending.add(key)
    try {
      await (correction ? this.#correct(kind, row, correction) : this.#send(kind, row))
    } catch (error) {
      this.#parts.log.error('a resource could not be reconciled', { ...aboutOf(kind, row), error })
    } finally {
      this.#sending.delete(key)
      if (this.#passedOver.delete(row.hostId)) this.poke(row.hostId)
    }
  }

  async #correct(kind: ResourceKind, row: DesiredRow, { words, about, sends, store }: Correction): Promise<void> {
    const { prisma, log } = this.#parts
    const isMine = await retryContention(() => prisma.$transaction((tx) => store(tx)))
    if (!isMine) return this.poke(row.hostId)
    log.info(words, { ...aboutOf(kind, row), ...about })
    this.#changed(kind, kind.desired.idOf(row))
    if (sends) await this.#send(kind, row)
    // What comes next is seen with the news of it, or then.
    this.poke(row.hostId, sends ? RETRY_MS : GATHER_MS)
  }

  async #send(kind: ResourceKind, row: DesiredRow): Promise<void> {
    const { prisma, kinds, commands, log } = this.#parts
    // A new id each time: the host may answer a known one with the result it stored.
    const command = { operationId: newId('operation'), row, options: { signal: this.#stop.signal } }
    const outcome = await commands.carryOut(kind, command)
    if (this.#stop.signal.aborted) return
    await retryContention(() => prisma.$transaction((tx) => outcome.store(tx)))
    const about = aboutOf(kind, row)
    if (outcome.error) log.info('a resource could not be reconciled', { ...about, code: outcome.error.code })
    else log.info('a resource was reconciled', about)
    this.#changed(kind, kind.desired.idOf(row))
    if (outcome.error) this.poke(row.hostId, RETRY_MS)
    // Others may wait for its place, or for it to come or to go.
    else if (kind.desired.isLeaving(row) || kinds.isRelated(kind)) this.poke(row.hostId)
  }

  #changed(kind: ResourceKind, id: string): void {
    this.#parts.bus.publish({ topic: kind.topic, id, kind: 'changed' })
  }

  /** What lies ahead brings the host back then. */
  #wakeForNext(hostId: string, rows: HostRows, now: Date): void {
    const times = this.#parts.kinds
      .all()
      .flatMap(({ name, desired }) =>
        (rows.get(name) ?? []).flatMap((row) => [row.nextAttemptAt?.getTime(), desired.correctAt?.(row)?.getTime()]),
      )
    const ahead = [this.#restarted.get(hostId), ...times].filter((at) => at !== undefined && at > now.getTime())
    if (ahead.length > 0) this.poke(hostId, Math.min(...(ahead as number[])) - now.getTime() + 50)
  }
}

function aboutOf(kind: ResourceKind, row: DesiredRow): Record<string, unknown> {
  return { kind: kind.name, id: kind.desired.idOf(row), hostId: row.hostId, generation: row.desiredGeneration }
}

import { isDeepStrictEqual } from 'node:util'
import type { ObservedMount } from '@/lib/agent-protocol/messages'
import { type HostObservation, saveHostObservation, touchHosts } from '@/lib/controller/fleet/hosts-repository'
import { eventOf } from '@/lib/controller/resources/mounts/mount-events'
import {
  findObserved,
  type ObservedRow,
  saveMountEvent,
  saveObserved,
} from '@/lib/controller/resources/mounts/mounts-repository'
import type { Db, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import type { Bus } from '@/lib/events/bus'
import type { Log } from '@/lib/log'

/** News waits this long, so that the states a mount only passes through, and the news of many hosts, cost one transaction. */
const GATHER_MS = 60
/** Age of "nothing new" that readers may see; usage that has moved by 1 % of the whole is written with it. */
const TOUCH_MS = 30_000
/** Usage that has hardly moved is written this often. */
const USAGE_MS = 5 * 60_000
/** A writer beside this one waits for one of these, some 15 ms. */
const ROWS_PER_TRANSACTION = 100
const HOSTS_PER_TOUCH = 500

interface Entry {
  row: ObservedRow
  /** Does the row say what the last command was told, and not what the host lists? */
  isFromCommand: boolean
  /** `performance.now()` of the stored usage. */
  usageAt: number
}

export interface ObservationHooks {
  /** After the rows of these backends have changed. */
  onBackendsChanged(backendIds: ReadonlySet<string>): void
  /** After what these hosts have mounted is stored otherwise than before. Only then can a look at the rows find it. */
  onMountsChanged(hostIds: ReadonlySet<string>): void
}

function keyOf(hostId: string, mountId: string): string {
  return `${hostId}/${mountId}`
}

function rowOf(hostId: string, mount: ObservedMount): ObservedRow {
  return {
    mountId: mount.mountId,
    hostId,
    observedState: mount.state,
    observedGeneration: mount.generation,
    observedSince: new Date(mount.since),
    observedError: mount.error?.message ?? null,
    observedProblem: mount.error?.problem ?? null,
    observedOptions: mount.options,
    usage: mount.usage === null ? null : { ...mount.usage, asOf: mount.usageAt },
    node: mount.node ?? null,
  }
}

/** Are writes on their way to the storage? That they begin and that they are done is news; how many there are is not. */
function isWaiting(usage: unknown): boolean {
  return ((usage as Usage | null)?.pending?.files ?? 0) > 0
}

/** Is everything but the usage as it is stored? The sweep's inner loop: it makes no objects. */
function isAsStored(row: ObservedRow, mount: ObservedMount): boolean {
  return (
    row.observedState === mount.state &&
    row.observedGeneration === mount.generation &&
    row.observedOptions === mount.options &&
    row.observedError === (mount.error?.message ?? null) &&
    row.observedProblem === (mount.error?.problem ?? null) &&
    row.observedSince?.getTime() === Date.parse(mount.since) &&
    isWaiting(row.usage) === isWaiting(mount.usage) &&
    (row.node === (mount.node ?? null) || isDeepStrictEqual(row.node, mount.node))
  )
}

type Usage = NonNullable<ObservedMount['usage']>

/** Has usage moved so far that readers should know soon? */
function hasMoved(stored: unknown, usage: ObservedMount['usage']): boolean {
  if (stored === null || usage === null) return stored !== usage
  const before = stored as Usage
  if (before.totalBytes !== usage.totalBytes || before.pending?.files !== usage.pending?.files) return true
  if (before.usedBytes === null || usage.usedBytes === null) return before.usedBytes !== usage.usedBytes
  return Math.abs(before.usedBytes - usage.usedBytes) * 100 >= (usage.totalBytes ?? usage.usedBytes)
}

/**
 * What hosts say about themselves on its way into the database: only what has changed is written, in few transactions, and
 * "still the same" is written for all hosts at once every 30 s.
 */
export class Observations {
  readonly #prisma: PrismaClient
  readonly #bus: Bus
  readonly #log: Log
  readonly #hooks: ObservationHooks
  /** What is stored, by host and mount. */
  readonly #known = new Map<string, Map<string, Entry>>()
  readonly #backendOf = new Map<string, string>()
  readonly #changed = new Map<string, ObservedRow>()
  readonly #usage = new Map<string, ObservedRow>()
  readonly #hostNews = new Map<string, HostObservation>()
  readonly #seen = new Set<string>()
  /** Rows that an operation has stored while older news about them was on its way. */
  readonly #overtaken = new Set<string>()
  /** The last line of history of each mount on each host. */
  readonly #told = new Map<string, string>()
  #timer: NodeJS.Timeout | undefined
  #lastTouch = performance.now()
  #flushing: Promise<void> = Promise.resolve()

  constructor(prisma: PrismaClient, bus: Bus, log: Log, hooks: ObservationHooks) {
    this.#prisma = prisma
    this.#bus = bus
    this.#log = log
    this.#hooks = hooks
  }

  /** Reads what is stored already. */
  async load(): Promise<void> {
    for (const { backendId, ...row } of await findObserved(this.#prisma)) {
      this.#backendOf.set(row.mountId, backendId)
      this.#remember(row, row.observedGeneration === null && row.observedState === 'error')
    }
  }

  /** The last state that is stored or about to be. */
  stateOf(hostId: string, mountId: string): ObservedRow | undefined {
    const key = keyOf(hostId, mountId)
    return this.#changed.get(key) ?? this.#entry(hostId, mountId)?.row
  }

  hostChanged(hostId: string, observation: HostObservation): void {
    this.#hostNews.set(hostId, observation)
    this.#schedule()
  }

  /** The host answered; there need not be any news. */
  hostSeen(hostId: string): void {
    this.#seen.add(hostId)
  }

  /** `isWhole`: the list is everything that the host manages, so what is missing in it is gone there. */
  mountsSeen(hostId: string, mounts: readonly ObservedMount[], isWhole: boolean): void {
    const entries = this.#known.get(hostId)
    const now = performance.now()
    for (const mount of mounts) {
      const entry = entries?.get(mount.mountId)
      if (!entry || entry.isFromCommand || !isAsStored(entry.row, mount)) this.#change(rowOf(hostId, mount))
      else this.#confirm(hostId, entry, mount, now)
    }
    if (!isWhole || !entries) return
    const listed = new Set(mounts.map((mount) => mount.mountId))
    for (const [mountId, entry] of entries) if (!listed.has(mountId)) this.#takeMissing(entry)
  }

  /** A mount on a host that has just been asked for is stored by its operation, in its own transaction. */
  async storedBy(tx: Db, hostId: string, mount: ObservedMount, backendId: string): Promise<void> {
    const row = rowOf(hostId, mount)
    const key = keyOf(hostId, row.mountId)
    const before = this.#entry(hostId, row.mountId)?.row
    this.#backendOf.set(row.mountId, backendId)
    this.#overtake(key)
    this.#remember(row, false)
    await this.#save(tx, before, row, new Date())
  }

  /** The row, and a line of history when it says something new. */
  async #save(tx: Db, before: ObservedRow | undefined, row: ObservedRow, at: Date): Promise<void> {
    const event = eventOf(before, row)
    if (event && this.#isNews(row)) await saveMountEvent(tx, { ...event, at })
    await saveObserved(tx, row, at)
  }

  /** The host's own list and the answer to a command tell of the same change, at the same moment. */
  #isNews(row: ObservedRow): boolean {
    const key = keyOf(row.hostId, row.mountId)
    const { observedState, observedSince, observedProblem, observedError, observedOptions } = row
    const told = [observedState, observedSince?.getTime(), observedProblem, observedError, observedOptions].join('|')
    if (this.#told.get(key) === told) return false
    this.#told.set(key, told)
    return true
  }

  /** A command failed on the host itself; kept until the host lists the mount. */
  async failedBy(
    tx: Db,
    row: { hostId: string; mountId: string },
    error: { message: string; problem?: string },
  ): Promise<void> {
    const before = this.stateOf(row.hostId, row.mountId)
    const isListed = before !== undefined && before.observedGeneration !== null
    const failed: ObservedRow = {
      mountId: row.mountId,
      hostId: row.hostId,
      observedState: isListed ? before.observedState : 'error',
      observedGeneration: before?.observedGeneration ?? null,
      observedSince: before?.observedSince ?? new Date(),
      observedError: error.message,
      observedProblem: error.problem ?? null,
      observedOptions: before?.observedOptions ?? null,
      usage: before?.usage ?? null,
      node: before?.node ?? null,
    }
    const known = this.#entry(row.hostId, row.mountId)?.row
    this.#overtake(keyOf(row.hostId, row.mountId))
    this.#remember(failed, !isListed)
    await this.#save(tx, known, failed, new Date())
  }

  forgetMount(hostId: string, mountId: string): void {
    const key = keyOf(hostId, mountId)
    this.#known.get(hostId)?.delete(mountId)
    this.#changed.delete(key)
    this.#usage.delete(key)
    this.#told.delete(key)
  }

  forgetHost(hostId: string): void {
    for (const mountId of [...(this.#known.get(hostId)?.keys() ?? [])]) this.forgetMount(hostId, mountId)
    this.#known.delete(hostId)
    this.#hostNews.delete(hostId)
    this.#seen.delete(hostId)
  }

  /** Writes what is waiting. Called by itself; tests and shutdown call it too. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#flushing = this.#flushing.then(() => this.#write())
    return this.#flushing
  }

  /** To be called after each sweep: writes "still the same" when it is time for that. */
  async touch(now = performance.now()): Promise<void> {
    if (now - this.#lastTouch < TOUCH_MS) return
    this.#lastTouch = now
    const hostIds = [...this.#seen]
    this.#seen.clear()
    for (const [key, row] of this.#usage) this.#changed.set(key, row)
    this.#usage.clear()
    await this.flush()
    const at = new Date()
    for (let from = 0; from < hostIds.length; from += HOSTS_PER_TOUCH) {
      const some = hostIds.slice(from, from + HOSTS_PER_TOUCH)
      await retryContention(() => this.#prisma.$transaction((tx) => touchHosts(tx, some, at)))
    }
  }

  #overtake(key: string): void {
    this.#changed.delete(key)
    this.#usage.delete(key)
    this.#overtaken.add(key)
  }

  #entry(hostId: string, mountId: string): Entry | undefined {
    return this.#known.get(hostId)?.get(mountId)
  }

  #remember(row: ObservedRow, isFromCommand: boolean): void {
    const entry: Entry = { row, isFromCommand, usageAt: performance.now() }
    const entries = this.#known.get(row.hostId)
    if (entries) entries.set(row.mountId, entry)
    else this.#known.set(row.hostId, new Map([[row.mountId, entry]]))
  }

  #change(row: ObservedRow): void {
    const key = keyOf(row.hostId, row.mountId)
    this.#changed.set(key, row)
    // What waits there is older in everything.
    this.#usage.delete(key)
    this.#schedule()
  }

  /** As stored, or back to that before the change was written. */
  #confirm(hostId: string, entry: Entry, mount: ObservedMount, now: number): void {
    if (this.#changed.size > 0) this.#changed.delete(keyOf(hostId, mount.mountId))
    if (hasMoved(entry.row.usage, mount.usage) || (now - entry.usageAt > USAGE_MS && mount.usage !== null)) {
      this.#usage.set(keyOf(hostId, mount.mountId), rowOf(hostId, mount))
    }
  }

  #takeMissing({ row, isFromCommand }: Entry): void {
    if (isFromCommand || (row.observedGeneration === null && row.observedState === 'absent')) return
    this.#change({
      ...row,
      observedState: 'absent',
      observedGeneration: null,
      observedSince: new Date(),
      observedError: null,
      observedProblem: null,
      observedOptions: null,
      usage: null,
      node: null,
    })
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS)
  }

  async #write(): Promise<void> {
    const rows = [...this.#changed.values()]
    const hosts = [...this.#hostNews]
    this.#changed.clear()
    this.#hostNews.clear()
    this.#overtaken.clear()
    if (rows.length === 0 && hosts.length === 0) return
    const at = new Date()
    try {
      for (let from = 0; from === 0 || from < rows.length; from += ROWS_PER_TRANSACTION) {
        const some = rows.slice(from, from + ROWS_PER_TRANSACTION)
        await retryContention(() =>
          this.#prisma.$transaction(async (tx) => {
            if (from === 0) for (const [hostId, news] of hosts) await saveHostObservation(tx, hostId, news)
            for (const row of some)
              if (!this.#isOvertaken(row)) await this.#save(tx, this.#entry(row.hostId, row.mountId)?.row, row, at)
          }),
        )
      }
    } catch (error) {
      this.#log.error('observations could not be stored; they will be with the next news', { error })
      for (const [hostId, news] of hosts) if (!this.#hostNews.has(hostId)) this.#hostNews.set(hostId, news)
      for (const row of rows) {
        const key = keyOf(row.hostId, row.mountId)
        if (!this.#changed.has(key) && !this.#overtaken.has(key)) this.#changed.set(key, row)
      }
      this.#timer ??= setTimeout(() => void this.flush(), 2_000)
      return
    }
    this.#tell(rows, hosts)
  }

  #isOvertaken(row: ObservedRow): boolean {
    return this.#overtaken.has(keyOf(row.hostId, row.mountId))
  }

  #tell(rows: ObservedRow[], hosts: [string, HostObservation][]): void {
    const mountIds = new Set<string>()
    const backendIds = new Set<string>()
    const hostIds = new Set<string>()
    for (const row of rows) {
      if (this.#isOvertaken(row)) continue
      this.#remember(row, false)
      mountIds.add(row.mountId)
      hostIds.add(row.hostId)
      const backendId = this.#backendOf.get(row.mountId)
      if (backendId) backendIds.add(backendId)
    }
    for (const id of mountIds) this.#bus.publish({ topic: 'mount', id, kind: 'changed' })
    for (const [id] of hosts) this.#bus.publish({ topic: 'host', id, kind: 'changed' })
    if (hostIds.size > 0) this.#hooks.onMountsChanged(hostIds)
    if (backendIds.size > 0) this.#hooks.onBackendsChanged(backendIds)
  }
}

import { type HostObservation, saveHostObservation, touchHosts } from '@/lib/controller/fleet/hosts-repository'
import type { DesiredRow, ResourceKind, StoredRow, ToldKind } from '@/lib/controller/resources/kind'
import type { ResourceKinds } from '@/lib/controller/resources/kinds'
import { Ledger } from '@/lib/controller/resources/ledger'
import type { Db, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { plainTransaction } from '@/lib/db/plain-sql'
import type { HoldfastError } from '@/lib/errors'
import type { Bus } from '@/lib/events/bus'
import type { Log } from '@/lib/log'

/** News waits this long, so that the states a resource only passes through, and the news of many hosts, cost one transaction. */
const GATHER_MS = 60
/** Age of "nothing new" that readers may see; figures that have moved by 1 % of the whole are written with it. */
const TOUCH_MS = 30_000
const RETRY_MS = 2_000
/** A writer beside this one waits for one of these, some 15 ms. */
const ROWS_PER_TRANSACTION = 100
const HOSTS_PER_TOUCH = 500

/** Lists by kind, as hosts tell them. A kind that is absent is one that the host knows nothing of. */
export type ListedResources = Readonly<Record<string, readonly unknown[] | undefined>>

export interface ObservationParts {
  prisma: PrismaClient
  bus: Bus
  log: Log
  kinds: ResourceKinds
  /** What hosts tell of besides, and nobody wants. */
  told?: readonly ToldKind[]
  /** After what these hosts show, figures aside, is stored otherwise than before. Only then can a look at the rows find it. */
  onStored(hostIds: ReadonlySet<string>): void
}

interface Book {
  kind: ToldKind
  ledger: Ledger
  /** Does a look at what is wanted follow from its news? */
  isWanted: boolean
}

interface Batch extends Book {
  rows: StoredRow[]
}

/**
 * What hosts say about themselves on its way into the database: only what has changed is written, in few transactions, and
 * "still the same" is written for all hosts at once every 30 s.
 */
export class Observations {
  readonly #parts: ObservationParts
  readonly #books = new Map<string, Book>()
  readonly #hostNews = new Map<string, HostObservation>()
  readonly #seen = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #lastTouch = performance.now()
  #flushing: Promise<void> = Promise.resolve()

  constructor(parts: ObservationParts) {
    this.#parts = parts
    const open = (kind: ToldKind, isWanted: boolean) =>
      this.#books.set(kind.name, { kind, ledger: new Ledger(kind.observed), isWanted })
    for (const kind of parts.kinds.all()) open(kind, true)
    for (const kind of parts.told ?? []) open(kind, false)
  }

  /** Reads what is stored already. */
  async load(): Promise<void> {
    for (const { ledger } of this.#books.values()) await ledger.load(this.#parts.prisma)
  }

  hostChanged(hostId: string, observation: HostObservation): void {
    this.#hostNews.set(hostId, observation)
    this.#schedule(GATHER_MS)
  }

  /** The host answered; there need not be any news. */
  hostSeen(hostId: string): void {
    this.#seen.add(hostId)
  }

  /** `isWhole`: each list is everything of its kind that the host manages. */
  resourcesSeen(hostId: string, resources: ListedResources, isWhole: boolean): void {
    for (const [name, { ledger }] of this.#books) {
      const list = resources[name]
      if (list === undefined) continue
      ledger.seen(hostId, list, isWhole)
      if (ledger.hasChanges()) this.#schedule(GATHER_MS)
    }
  }

  /** Ids by kind that the host does not list any more. */
  resourcesGone(hostId: string, gone: Readonly<Record<string, readonly string[] | undefined>>): void {
    for (const [name, ids] of Object.entries(gone)) {
      const ledger = this.#books.get(name)?.ledger
      ledger?.gone(hostId, ids ?? [])
      if (ledger?.hasChanges()) this.#schedule(GATHER_MS)
    }
  }

  /** What a command was answered with is stored by whoever sent it, in its own transaction. */
  storedBy(tx: Db, kind: string, hostId: string, seen: unknown): Promise<void> {
    return this.#ledger(kind).storedBy(tx, hostId, seen)
  }

  /** A command failed on the host itself; kept until the host lists the resource. */
  failedBy(tx: Db, kind: ResourceKind, row: DesiredRow, error: HoldfastError): Promise<void> {
    return this.#ledger(kind.name).failedBy(tx, row, kind.desired.idOf(row), error)
  }

  /** The host has answered that it has nothing of it; kept until the host lists the resource. */
  absentBy(tx: Db, kind: ResourceKind, row: DesiredRow): Promise<void> {
    return this.#ledger(kind.name).absentBy(tx, row, kind.desired.idOf(row))
  }

  /** The host has let go of it, and that is stored. */
  forget(kind: string, hostId: string, id: string): void {
    this.#ledger(kind).forget(hostId, id)
  }

  forgetHost(hostId: string): void {
    for (const { ledger } of this.#books.values()) ledger.forgetHost(hostId)
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
    for (const { ledger } of this.#books.values()) ledger.includeFigures()
    await this.flush()
    const at = new Date()
    for (let from = 0; from < hostIds.length; from += HOSTS_PER_TOUCH) {
      const some = hostIds.slice(from, from + HOSTS_PER_TOUCH)
      await retryContention(() =>
        this.#parts.prisma.$transaction(async (tx) => {
          await touchHosts(tx, some, at)
          for (const { kind } of this.#books.values()) await kind.observed.touch?.(tx, some, at)
        }),
      )
    }
  }

  #ledger(kind: string): Ledger {
    const book = this.#books.get(kind)
    if (!book) throw new Error(`there is no kind of resource called ${kind}`)
    return book.ledger
  }

  #schedule(ms: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), ms)
  }

  async #write(): Promise<void> {
    const hosts = [...this.#hostNews]
    this.#hostNews.clear()
    const batches: Batch[] = [...this.#books.values()].map((book) => ({ ...book, rows: book.ledger.take() }))
    const rows = batches.flatMap(({ ledger, rows: ofKind }) => ofKind.map((row) => ({ ledger, row })))
    if (rows.length === 0 && hosts.length === 0) return
    const at = new Date()
    try {
      for (let from = 0; from === 0 || from < rows.length; from += ROWS_PER_TRANSACTION) {
        const some = Map.groupBy(rows.slice(from, from + ROWS_PER_TRANSACTION), ({ ledger }) => ledger)
        await retryContention(() =>
          plainTransaction(this.#parts.prisma, async (tx) => {
            if (from === 0) for (const [hostId, news] of hosts) await saveHostObservation(tx, hostId, news)
            for (const [ledger, ofKind] of some)
              await ledger.write(
                tx,
                ofKind.map(({ row }) => row),
                at,
              )
          }),
        )
      }
    } catch (error) {
      this.#parts.log.error('observations could not be stored; they will be with the next news', { error })
      for (const [hostId, news] of hosts) if (!this.#hostNews.has(hostId)) this.#hostNews.set(hostId, news)
      for (const { ledger, rows: ofKind } of batches) ledger.putBack(ofKind)
      return this.#schedule(RETRY_MS)
    }
    this.#tell(batches, hosts)
  }

  #tell(batches: readonly Batch[], hosts: readonly [string, HostObservation][]): void {
    const { bus, onStored } = this.#parts
    const hostIds = new Set<string>()
    for (const { kind, ledger, rows, isWanted } of batches) {
      const stored = ledger.written(rows)
      const looked = isWanted ? stored.filter((row) => !ledger.hasOnlyFigures(row)) : []
      for (const { hostId } of looked) hostIds.add(hostId)
      for (const id of new Set(stored.map((row) => row.id))) bus.publish({ topic: kind.topic, id, kind: 'changed' })
    }
    for (const [id] of hosts) bus.publish({ topic: 'host', id, kind: 'changed' })
    if (hostIds.size > 0) onStored(hostIds)
  }
}

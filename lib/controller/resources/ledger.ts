import type { DesiredRow, ObservedSide, StoredRow } from '@/lib/controller/resources/kind'
import type { Db } from '@/lib/db/client'
import type { HoldfastError } from '@/lib/errors'

/** Figures that have hardly moved are written this often. */
const FIGURES_MS = 5 * 60_000
/** What fills up, and what people want to have measured more often, is measured every minute; a look may come a little early. */
const MEASURED_ANEW_MS = 45_000

interface Entry<Stored> {
  row: Stored
  /** Does the row say what the last command was told, and not what the host lists? */
  isFromCommand: boolean
  /** `performance.now()` of the stored figures. */
  figuresAt: number
}

function keyOf({ hostId, id }: { hostId: string; id: string }): string {
  return `${hostId}/${id}`
}

/** Of one kind: what is stored of what hosts show, and what waits to be. Nothing is written here. */
export class Ledger<Row extends DesiredRow = DesiredRow, Seen = unknown, Stored extends StoredRow = StoredRow> {
  readonly #kind: ObservedSide<Row, Seen, Stored>
  /** What is stored, by host and resource. */
  readonly #known = new Map<string, Map<string, Entry<Stored>>>()
  readonly #changed = new Map<string, Stored>()
  readonly #figures = new Map<string, Stored>()
  /** Of the rows that wait or are being written: those that differ from what is stored in figures alone. */
  readonly #figuresOnly = new WeakSet<Stored>()
  /** Rows whose figures have hardly moved. A host may not tell of them again. */
  readonly #later = new Map<string, Stored>()
  /** Rows that are being written. What is seen meanwhile is compared with them: a host may not tell of it again. */
  readonly #inFlight = new Map<string, Stored>()
  /** Rows that a command has stored while older news about them was on its way. */
  readonly #overtaken = new Set<string>()
  /** The last line of history of each resource on each host. */
  readonly #told = new Map<string, string>()

  constructor(kind: ObservedSide<Row, Seen, Stored>) {
    this.#kind = kind
  }

  async load(db: Db): Promise<void> {
    for (const row of await this.#kind.load(db)) {
      this.#remember(row, row.observedGeneration === null && row.observedState === 'error')
    }
  }

  /** `isWhole`: the list is everything that the host manages, so what is missing in it is gone there. */
  seen(hostId: string, list: readonly Seen[], isWhole: boolean): void {
    const kind = this.#kind
    const entries = this.#known.get(hostId)
    const now = performance.now()
    let listed = 0
    for (const seen of list) {
      const entry = this.#asWritten(entries?.get(kind.idOf(seen)))
      if (entry) listed++
      if (!entry || entry.isFromCommand || !kind.isAsStored(entry.row, seen)) {
        this.#change(kind.toStored(hostId, seen, entry?.row))
      } else this.#confirm(entry, seen, now)
    }
    if (!isWhole || !entries || listed === entries.size) return
    const ids = new Set(list.map((seen) => kind.idOf(seen)))
    for (const [id, entry] of entries) if (!ids.has(id)) this.#takeMissing(this.#asWritten(entry))
  }

  /** The host does not list these any more. */
  gone(hostId: string, ids: readonly string[]): void {
    const entries = this.#known.get(hostId)
    for (const id of ids) {
      const entry = this.#asWritten(entries?.get(id))
      if (entry) this.#takeMissing(entry)
    }
  }

  /** What a command was answered with goes ahead of the news that is on its way. */
  async storedBy(tx: Db, hostId: string, seen: Seen): Promise<void> {
    const before = this.#entry(hostId, this.#kind.idOf(seen))?.row
    await this.#storeNow(tx, before, this.#kind.toStored(hostId, seen, before), false)
  }

  /** A command failed on the host itself; kept until the host lists the resource. */
  async failedBy(tx: Db, row: Row, id: string, error: HoldfastError): Promise<void> {
    const { hostId } = row
    const known = this.#entry(hostId, id)?.row
    const latest = this.#changed.get(keyOf({ hostId, id })) ?? known
    const failed = this.#kind.failed(row, latest, error, new Date())
    await this.#storeNow(tx, known, failed, failed.observedGeneration === null)
  }

  /** The host has nothing of it, by its answer to a command; kept until the host lists the resource. */
  async absentBy(tx: Db, row: Row, id: string): Promise<void> {
    const { hostId, desiredGeneration } = row
    const known = this.#entry(hostId, id)?.row
    const absent = this.#kind.gone({ ...known, id, hostId }, new Date())
    await this.#storeNow(tx, known, { ...absent, observedGeneration: desiredGeneration }, true)
  }

  /** The host has let go of it; older news that is on its way is none any more. */
  forget(hostId: string, id: string): void {
    const key = keyOf({ hostId, id })
    this.#known.get(hostId)?.delete(id)
    this.#changed.delete(key)
    this.#figures.delete(key)
    this.#later.delete(key)
    this.#inFlight.delete(key)
    this.#told.delete(key)
    this.#overtaken.add(key)
  }

  forgetHost(hostId: string): void {
    for (const id of [...(this.#known.get(hostId)?.keys() ?? [])]) this.forget(hostId, id)
    this.#known.delete(hostId)
  }

  /** Has news come that must be written soon? */
  hasChanges(): boolean {
    return this.#changed.size > 0
  }

  /** Figures that have moved are written with the rest. */
  includeFigures(now = performance.now()): void {
    for (const [key, row] of this.#later) {
      const entry = this.#entry(row.hostId, row.id)
      if (entry !== undefined && now - entry.figuresAt <= FIGURES_MS) continue
      if (!this.#changed.has(key)) this.#figures.set(key, row)
      this.#later.delete(key)
    }
    for (const [key, row] of this.#figures) {
      // What is being written may fail; then this row says the rest of it, too.
      if (!this.#changed.has(key) && !this.#inFlight.has(key)) this.#figuresOnly.add(row)
      this.#changed.set(key, row)
    }
    this.#figures.clear()
  }

  /** Hands out what waits; each row comes back by `written` or `putBack`. */
  take(): Stored[] {
    const rows = [...this.#changed.values()]
    this.#changed.clear()
    this.#overtaken.clear()
    for (const row of rows) this.#inFlight.set(keyOf(row), row)
    return rows
  }

  /** Some of the rows that were taken, without those of which a command has stored a newer one. */
  async write(tx: Db, rows: readonly Stored[], at: Date): Promise<void> {
    for (const row of rows) {
      const isWhole = !this.hasOnlyFigures(row) && !this.#isOvertaken(row)
      if (isWhole) await this.#save(tx, this.#entry(row.hostId, row.id)?.row, row, at)
    }
    const figures = rows.filter((row) => this.hasOnlyFigures(row) && !this.#isOvertaken(row))
    if (figures.length > 0) await this.#kind.saveFigures?.(tx, figures, at)
  }

  /** Of a row that was taken: does it differ from what is stored in figures alone, of a kind that can save these? */
  hasOnlyFigures(row: Stored): boolean {
    return this.#kind.saveFigures !== undefined && this.#figuresOnly.has(row)
  }

  /** Returns those of the rows that are news for readers. */
  written(rows: readonly Stored[]): Stored[] {
    for (const row of rows) this.#inFlight.delete(keyOf(row))
    const stored = rows.filter((row) => !this.#isOvertaken(row))
    for (const row of stored) {
      if (this.#kind.isForgotten?.(row)) this.#drop(row)
      else this.#remember(row, false)
    }
    if (stored.length > 0) this.#kind.onStored?.(stored)
    return stored
  }

  putBack(rows: readonly Stored[]): void {
    for (const row of rows) {
      const key = keyOf(row)
      this.#inFlight.delete(key)
      if (!this.#changed.has(key) && !this.#overtaken.has(key)) this.#changed.set(key, row)
    }
  }

  async #storeNow(tx: Db, before: Stored | undefined, row: Stored, isFromCommand: boolean): Promise<void> {
    const key = keyOf(row)
    this.#changed.delete(key)
    this.#figures.delete(key)
    this.#later.delete(key)
    this.#inFlight.delete(key)
    this.#overtaken.add(key)
    this.#remember(row, isFromCommand)
    await this.#save(tx, before, row, new Date())
  }

  /** The row, and a line of history when it says something new. */
  async #save(tx: Db, before: Stored | undefined, row: Stored, at: Date): Promise<void> {
    const line = this.#kind.history?.(before, row) ?? null
    if (line && this.#isNews(row, JSON.stringify([row.observedSince, line])))
      await this.#kind.saveHistory?.(tx, row, line, at)
    await this.#kind.save(tx, row, at)
  }

  /** The host's own list and the answer to a command tell of the same change, at the same moment. */
  #isNews(row: Stored, told: string): boolean {
    const key = keyOf(row)
    if (this.#told.get(key) === told) return false
    this.#told.set(key, told)
    return true
  }

  #isOvertaken(row: Stored): boolean {
    return this.#overtaken.has(keyOf(row))
  }

  #entry(hostId: string, id: string): Entry<Stored> | undefined {
    return this.#known.get(hostId)?.get(id)
  }

  /** The entry as it is when what is being written is stored. */
  #asWritten<Known extends Entry<Stored> | undefined>(entry: Known): Known | Entry<Stored> {
    const row = entry === undefined || this.#inFlight.size === 0 ? undefined : this.#inFlight.get(keyOf(entry.row))
    return entry === undefined || row === undefined ? entry : { ...entry, row, isFromCommand: false }
  }

  #remember(row: Stored, isFromCommand: boolean): void {
    const entry = { row, isFromCommand, figuresAt: performance.now() }
    const entries = this.#known.get(row.hostId)
    if (entries) entries.set(row.id, entry)
    else this.#known.set(row.hostId, new Map([[row.id, entry]]))
  }

  #drop({ hostId, id }: Stored): void {
    const entries = this.#known.get(hostId)
    entries?.delete(id)
    if (entries?.size === 0) this.#known.delete(hostId)
  }

  #change(row: Stored): void {
    const key = keyOf(row)
    this.#changed.set(key, row)
    // What waits there is older in everything.
    this.#figures.delete(key)
    this.#later.delete(key)
  }

  /** As stored, or back to that before the change was written. */
  #confirm({ row, figuresAt }: Entry<Stored>, seen: Seen, now: number): void {
    const kind = this.#kind
    if (this.#changed.size > 0) this.#changed.delete(keyOf(row))
    if (this.#figures.size > 0) this.#figures.delete(keyOf(row))
    const age = now - figuresAt
    const isOld = age > FIGURES_MS && kind.hasFigures?.(seen)
    const isAnew = age > MEASURED_ANEW_MS && kind.isMeasuredAnew?.(row, seen)
    if (isOld || isAnew || kind.hasMoved?.(row, seen)) {
      this.#figures.set(keyOf(row), kind.toStored(row.hostId, seen, row))
      this.#later.delete(keyOf(row))
    } else if (kind.hasStirred?.(row, seen)) this.#later.set(keyOf(row), kind.toStored(row.hostId, seen, row))
    else this.#later.delete(keyOf(row))
  }

  #takeMissing({ row, isFromCommand }: Entry<Stored>): void {
    if (isFromCommand) return
    const gone = this.#kind.gone(row, new Date())
    const isSame = row.observedGeneration === null && row.observedState === gone.observedState
    if (!isSame) this.#change(gone)
  }
}

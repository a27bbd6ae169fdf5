import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

/** What is known of a mountpoint that the agent has acted on. */
export interface PlaceRecord {
  path: string
  /**
   * `made`: the directory is ours, and goes with the mount. `found`: it was there before us, and is given back as it was. `adopted`:
   * only the mount over it was taken over; the directory has not been seen.
   */
  origin: 'made' | 'found' | 'adopted'
  /** Tells this directory from a later one of the same name; null while nothing more is known than that we were about to make it. */
  identity: string | null
  /** Permission bits that a found directory gets back; null: it was not changed. */
  mode: number | null
}

/** Where the proof is kept that a place is ours. Written before the host is changed. */
export interface PlaceRecords {
  find(path: string): PlaceRecord | null
  paths(): string[]
  write(record: PlaceRecord): void
  forget(path: string): void
}

const PlaceRow = z.object({
  path: z.string(),
  origin: z.enum(['made', 'found', 'adopted']),
  identity: z.string().nullable(),
  mode: z.number().nullable(),
})

/** The part of the journal that says which mountpoints the agent has made or changed. A commit is an fsync. */
export class JournalPlaces implements PlaceRecords {
  static readonly schema = `
    CREATE TABLE IF NOT EXISTS places (
      path TEXT PRIMARY KEY, origin TEXT NOT NULL, identity TEXT, mode INTEGER
    ) STRICT;
  `
  readonly #db: DatabaseSync
  readonly #on: { before(write: () => void): void; after(write: () => void): void }

  /** `before` and `after` what is done on the host: the first must be written, or nothing may be done; the second may be late. */
  constructor(db: DatabaseSync, on: { before(write: () => void): void; after(write: () => void): void }) {
    this.#db = db
    this.#on = on
  }

  find(path: string): PlaceRecord | null {
    const row = this.#db.prepare('SELECT path, origin, identity, mode FROM places WHERE path = ?').get(path)
    return row === undefined ? null : PlaceRow.parse(row)
  }

  paths(): string[] {
    const rows = this.#db.prepare('SELECT path FROM places').all()
    return rows.map((row) => PlaceRow.pick({ path: true }).parse(row).path)
  }

  write({ path, origin, identity, mode }: PlaceRecord): void {
    const insert = 'INSERT OR REPLACE INTO places (path, origin, identity, mode) VALUES (?, ?, ?, ?)'
    this.#on.before(() => this.#db.prepare(insert).run(path, origin, identity, mode))
  }

  forget(path: string): void {
    this.#on.after(() => this.#db.prepare('DELETE FROM places WHERE path = ?').run(path))
  }
}

/** For places that end with the agent: nobody but this process ever needs the proof. */
export class RememberedPlaces implements PlaceRecords {
  readonly #records = new Map<string, PlaceRecord>()

  find(path: string): PlaceRecord | null {
    return this.#records.get(path) ?? null
  }

  paths(): string[] {
    return [...this.#records.keys()]
  }

  write(record: PlaceRecord): void {
    this.#records.set(record.path, record)
  }

  forget(path: string): void {
    this.#records.delete(path)
  }
}

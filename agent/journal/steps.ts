import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { failpoint } from '@/agent/host/failpoint'
import type { HoldfastError } from '@/lib/errors'
import type { HostKey } from './host-key'
import { fromStored, StoredError, storable } from './stored-error'

export const STEPS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS steps (
    operation_id TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL, note BLOB NOT NULL,
    PRIMARY KEY (operation_id, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS undoing (operation_id TEXT PRIMARY KEY, failure TEXT NOT NULL) STRICT;
`

/** A part of an operation that was finished. */
export interface DoneStep {
  name: string
  /** What it has left for those after it, and for an agent that takes the operation over. */
  note: unknown
}

const StepRow = z.object({ name: z.string(), note: z.instanceof(Uint8Array) })

/** The part of the journal that says how far an unfinished operation has come. Notes are sealed with the host key. */
export class JournalSteps {
  readonly #key: HostKey
  readonly #db: DatabaseSync
  readonly #on: { before(write: () => unknown): void; after(write: () => unknown): void }

  /** `before` and `after` what is done on the host, as for `JournalPlaces`. */
  constructor(
    key: HostKey,
    db: DatabaseSync,
    on: { before(write: () => unknown): void; after(write: () => unknown): void },
  ) {
    this.#key = key
    this.#db = db
    this.#on = on
  }

  /** In the order in which they were done. */
  of(operationId: string): DoneStep[] {
    const rows = this.#db
      .prepare('SELECT name, note FROM steps WHERE operation_id = ? ORDER BY position')
      .all(operationId)
    return rows.map((row) => {
      const { name, note } = StepRow.parse(row)
      return { name, note: JSON.parse(this.#key.unseal(purposeOf(operationId, name), note)) }
    })
  }

  /** Throws `disk_full` or `disk_unwritable`: then what the note announces may not be done. */
  announce(operationId: string, name: string, note: unknown): void {
    this.#on.before(() => this.#write(operationId, name, note))
  }

  done(operationId: string, name: string, note: unknown): void {
    this.#on.after(() => this.#write(operationId, name, note))
  }

  /** Why what was done of this operation is being taken back; null while it goes ahead. */
  undoing(operationId: string): HoldfastError | null {
    const row = this.#db.prepare('SELECT failure FROM undoing WHERE operation_id = ?').get(operationId)
    return row === undefined ? null : fromStored(StoredError.parse(JSON.parse(String(row.failure))))
  }

  /** From now on it only goes back, also after a restart. */
  undo(operationId: string, failure: HoldfastError): void {
    const text = JSON.stringify(storable(failure))
    this.#on.after(() => this.#db.prepare('INSERT OR IGNORE INTO undoing VALUES (?, ?)').run(operationId, text))
  }

  /** In the transaction that ends the operation. */
  forget(operationId: string): void {
    this.#db.prepare('DELETE FROM steps WHERE operation_id = ?').run(operationId)
    this.#db.prepare('DELETE FROM undoing WHERE operation_id = ?').run(operationId)
  }

  #write(operationId: string, name: string, note: unknown): void {
    const sealed = this.#key.seal(purposeOf(operationId, name), JSON.stringify(note ?? null))
    failpoint('journal.step.before-commit')
    this.#db
      .prepare(
        `INSERT OR REPLACE INTO steps (operation_id, name, position, note)
         VALUES (?, ?, (SELECT coalesce(max(position), 0) + 1 FROM steps WHERE operation_id = ?), ?)`,
      )
      .run(operationId, name, operationId, sealed)
  }
}

function purposeOf(operationId: string, name: string): string {
  return `step:${operationId}:${name}`
}

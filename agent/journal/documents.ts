import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { HostKey } from './host-key'

export const DOCUMENTS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, id TEXT NOT NULL, generation INTEGER NOT NULL, document BLOB NOT NULL, previous BLOB,
    removing INTEGER NOT NULL DEFAULT 0, note TEXT NOT NULL, PRIMARY KEY (kind, id)
  ) STRICT;
`

/** What a kind of resource says of its documents, so that the journal can keep them without knowing what they are about. */
export interface DocumentKind<Document, Note extends object> {
  /** In the journal. Documents are sealed for it, so it never changes. */
  readonly name: string
  readonly document: z.ZodType<Document>
  idOf(document: Document): string
  /** What is remembered of what was done, besides the document. In the clear: never a secret. */
  readonly note: z.ZodType<Note>
  /** The note of a document that was not carried out yet. */
  readonly blank: Note
  /** Where it says yes, traces of the document may be on the host: it is kept as `previous` when `next` is wanted. */
  leavesTraces?(note: Note, before: Document, next: Document): boolean
  /** What of the note stays true when another document is wanted; all of it if nothing is said. */
  renew?(note: Note): Note
}

export interface WantedDocument<Document, Note> {
  document: Document
  generation: number
  /** What was wanted before, while its traces may still be on the host. */
  previous: Document | null
  /** It is to go. */
  removing: boolean
  note: Note
}

const Row = z.object({
  id: z.string(),
  generation: z.number(),
  document: z.instanceof(Uint8Array),
  previous: z.instanceof(Uint8Array).nullable(),
  removing: z.number(),
  note: z.string(),
})

/** The part of the journal that says what of one kind is wanted on this host. Documents are sealed with the host key. */
export class WantedDocuments<Document, Note extends object> {
  readonly #kind: DocumentKind<Document, Note>
  readonly #key: HostKey
  readonly #db: DatabaseSync
  readonly #late: (write: () => unknown) => void

  /** `late` writes what has happened on the host, now or as soon as the disk takes it. */
  constructor(
    kind: DocumentKind<Document, Note>,
    key: HostKey,
    db: DatabaseSync,
    late: (write: () => unknown) => void,
  ) {
    this.#kind = kind
    this.#key = key
    this.#db = db
    this.#late = late
  }

  /** The new document. Of one that has left traces, the first is kept until `markApplied`, because it may be what is there. */
  want(document: Document, generation: number): void {
    const { name, blank, idOf, leavesTraces, renew } = this.#kind
    const id = idOf(document)
    const before = this.#row(id)
    const note = before === null ? blank : this.#note(before)
    const leaves = before !== null && leavesTraces?.(note, this.#unseal(before.id, before.document), document) === true
    this.#db
      .prepare(
        `INSERT OR REPLACE INTO documents (kind, id, generation, document, previous, removing, note)
         VALUES (?, ?, ?, ?, ?, 0, ?)`,
      )
      .run(
        name,
        id,
        generation,
        this.#key.seal(purposeOf(name, id), JSON.stringify(document)),
        before?.previous ?? (leaves ? before.document : null),
        JSON.stringify(renew === undefined ? note : renew(note)),
      )
  }

  /** The document was carried out: of the one before nothing is left. */
  markApplied(id: string, change: Partial<Note>): void {
    this.#late(() => {
      this.#change(id, change)
      this.#update(id, 'previous = NULL')
    })
  }

  remember(id: string, change: Partial<Note>): void {
    this.#late(() => this.#change(id, change))
  }

  markRemoving(id: string, generation: number): void {
    this.#update(id, 'removing = 1, generation = ?', generation)
  }

  /** The removal did not succeed: it is still wanted. */
  unmarkRemoving(id: string): void {
    this.#late(() => this.#update(id, 'removing = 0'))
  }

  forget(id: string): void {
    this.#late(() => this.#db.prepare('DELETE FROM documents WHERE kind = ? AND id = ?').run(this.#kind.name, id))
  }

  all(): WantedDocument<Document, Note>[] {
    const rows = this.#db.prepare('SELECT * FROM documents WHERE kind = ? ORDER BY id').all(this.#kind.name)
    return rows.map((row) => this.#wanted(Row.parse(row)))
  }

  find(id: string): WantedDocument<Document, Note> | null {
    const row = this.#row(id)
    return row === null ? null : this.#wanted(row)
  }

  #row(id: string): z.infer<typeof Row> | null {
    const row = this.#db.prepare('SELECT * FROM documents WHERE kind = ? AND id = ?').get(this.#kind.name, id)
    return row === undefined ? null : Row.parse(row)
  }

  #change(id: string, change: Partial<Note>): void {
    const row = this.#row(id)
    if (row !== null) this.#update(id, 'note = ?', JSON.stringify({ ...this.#note(row), ...change }))
  }

  #update(id: string, set: string, ...values: (string | number)[]): void {
    this.#db.prepare(`UPDATE documents SET ${set} WHERE kind = ? AND id = ?`).run(...values, this.#kind.name, id)
  }

  #wanted(row: z.infer<typeof Row>): WantedDocument<Document, Note> {
    return {
      document: this.#unseal(row.id, row.document),
      generation: row.generation,
      previous: row.previous === null ? null : this.#unseal(row.id, row.previous),
      removing: row.removing === 1,
      note: this.#note(row),
    }
  }

  #note(row: z.infer<typeof Row>): Note {
    return this.#kind.note.parse(JSON.parse(row.note))
  }

  #unseal(id: string, sealed: Uint8Array): Document {
    const { name, document } = this.#kind
    return document.parse(JSON.parse(this.#key.unseal(purposeOf(name, id), sealed)))
  }
}

function purposeOf(kind: string, id: string): string {
  return `${kind}:${id}`
}

/** Throws when one of the documents, of whatever kind, was sealed with another key. */
export function requireUnsealable(db: DatabaseSync, key: HostKey): void {
  for (const { kind, id, document } of db.prepare('SELECT kind, id, document FROM documents').all()) {
    key.unseal(purposeOf(String(kind), String(id)), document as Uint8Array)
  }
}

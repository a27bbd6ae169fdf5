import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { ConnectionMessage, WireBackend } from '@/lib/agent-protocol/messages'
import type { HostKey } from './host-key'

export interface DesiredConnection {
  backend: WireBackend
  generation: number
  /** What stood when it was last connected; null when it never was. */
  connection: ConnectionMessage | null
  connectedAt: Date | null
  removing: boolean
}

const ConnectionRow = z.object({
  id: z.string(),
  generation: z.number(),
  document: z.instanceof(Uint8Array),
  connection: z.string().nullable(),
  connected_at: z.number().nullable(),
  removing: z.number(),
})
/** The part of the journal that says which block storages are to be open on this host. Documents are sealed with the host key. */
export class WantedConnections {
  static readonly schema = `
    CREATE TABLE IF NOT EXISTS connections (
      id TEXT PRIMARY KEY, generation INTEGER NOT NULL, document BLOB NOT NULL, connection TEXT,
      connected_at INTEGER, removing INTEGER NOT NULL DEFAULT 0
    ) STRICT;
  `
  readonly #key: HostKey
  readonly #db: DatabaseSync
  readonly #note: (write: () => unknown) => void

  /** `note` writes what has happened on the host, now or as soon as the disk takes it. */
  constructor(key: HostKey, db: DatabaseSync, note: (write: () => unknown) => void) {
    this.#key = key
    this.#db = db
    this.#note = note
  }

  /** The backend is to be connected from now on. What stood before is still known. */
  want(backend: WireBackend, generation: number): void {
    this.#db
      .prepare(
        `INSERT INTO connections (id, generation, document) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, document = excluded.document, removing = 0`,
      )
      .run(backend.id, generation, this.#key.seal(`connection:${backend.id}`, JSON.stringify(backend)))
  }

  markConnected(id: string, connection: ConnectionMessage, at: Date): void {
    this.#note(() =>
      this.#db
        .prepare('UPDATE connections SET connection = ?, connected_at = ? WHERE id = ?')
        .run(JSON.stringify(connection), at.getTime(), id),
    )
  }

  markDisconnecting(id: string, generation: number): void {
    this.#db.prepare('UPDATE connections SET removing = 1, generation = ? WHERE id = ?').run(generation, id)
  }

  /** It could not be disconnected: it is still to be there. */
  unmarkDisconnecting(id: string): void {
    this.#note(() => this.#db.prepare('UPDATE connections SET removing = 0 WHERE id = ?').run(id))
  }

  forget(id: string): void {
    this.#note(() => this.#db.prepare('DELETE FROM connections WHERE id = ?').run(id))
  }

  all(): DesiredConnection[] {
    return this.#db
      .prepare('SELECT * FROM connections ORDER BY id')
      .all()
      .map((row) => {
        const { id, generation, document, connection, connected_at, removing } = ConnectionRow.parse(row)
        return {
          backend: WireBackend.parse(JSON.parse(this.#key.unseal(`connection:${id}`, document))),
          generation,
          connection: connection === null ? null : ConnectionMessage.parse(JSON.parse(connection)),
          connectedAt: connected_at === null ? null : new Date(connected_at),
          removing: removing === 1,
        }
      })
  }
}

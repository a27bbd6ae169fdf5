import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { WireMount } from '@/lib/agent-protocol/messages'
import type { HostKey } from './host-key'

export interface DesiredMount {
  document: WireMount
  generation: number
  /** What was wanted before, while its traces may still be on the host. */
  previous: WireMount | null
  /** Hash of the document that was carried out last. */
  appliedHash: string | null
  removing: boolean
  /** Boot in which it was lazily unmounted with users left. */
  abandonedBoot: string | null
}

const MountRow = z.object({
  id: z.string(),
  generation: z.number(),
  document: z.instanceof(Uint8Array),
  previous: z.instanceof(Uint8Array).nullable(),
  applied_hash: z.string().nullable(),
  removing: z.number(),
  abandoned_boot: z.string().nullable(),
})

/** The part of the journal that says what is to be mounted on this host. Documents are sealed with the host key. */
export class WantedMounts {
  static readonly schema = `
    CREATE TABLE IF NOT EXISTS mounts (
      id TEXT PRIMARY KEY, generation INTEGER NOT NULL, document BLOB NOT NULL, previous BLOB,
      applied_hash TEXT, removing INTEGER NOT NULL DEFAULT 0, abandoned_boot TEXT
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

  /** The new document; the one before is kept until `markApplied`, because it may be what is mounted. */
  want(document: WireMount, generation: number): void {
    const id = document.mountId
    this.#db
      .prepare(
        `INSERT INTO mounts (id, generation, document) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET previous = coalesce(previous, CASE WHEN applied_hash IS NULL THEN NULL ELSE document END),
           generation = excluded.generation, document = excluded.document, removing = 0, abandoned_boot = NULL`,
      )
      .run(id, generation, this.#key.seal(`mount:${id}`, JSON.stringify(document)))
  }

  markApplied(id: string, appliedHash: string | null): void {
    this.#note(() =>
      this.#db.prepare('UPDATE mounts SET previous = NULL, applied_hash = ? WHERE id = ?').run(appliedHash, id),
    )
  }

  markRemoving(id: string, generation: number): void {
    this.#db.prepare('UPDATE mounts SET removing = 1, generation = ? WHERE id = ?').run(generation, id)
  }

  /** The removal did not succeed: it is still wanted. */
  unmarkRemoving(id: string): void {
    this.#note(() => this.#db.prepare('UPDATE mounts SET removing = 0 WHERE id = ?').run(id))
  }

  markAbandoned(id: string, boot: string): void {
    this.#note(() => this.#db.prepare('UPDATE mounts SET abandoned_boot = ? WHERE id = ?').run(boot, id))
  }

  forget(id: string): void {
    this.#note(() => this.#db.prepare('DELETE FROM mounts WHERE id = ?').run(id))
  }

  all(): DesiredMount[] {
    return this.#db
      .prepare('SELECT * FROM mounts ORDER BY id')
      .all()
      .map((row) => {
        const mount = MountRow.parse(row)
        return {
          document: this.#unseal(mount.id, mount.document),
          generation: mount.generation,
          previous: mount.previous === null ? null : this.#unseal(mount.id, mount.previous),
          appliedHash: mount.applied_hash,
          removing: mount.removing === 1,
          abandonedBoot: mount.abandoned_boot,
        }
      })
  }

  find(id: string): DesiredMount | null {
    return this.all().find((mount) => mount.document.mountId === id) ?? null
  }

  #unseal(id: string, sealed: Uint8Array): WireMount {
    return WireMount.parse(JSON.parse(this.#key.unseal(`mount:${id}`, sealed)))
  }
}

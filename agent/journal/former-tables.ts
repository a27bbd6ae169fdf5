import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { JournalPlaces } from '@/agent/host/mounting/place-records'
import type { HostKey } from './host-key'

/**
 * Journals of earlier agents. Until documents of every kind were kept in one table, mounts and connections had one each; until
 * mountpoints were written down, what was mounted counted as made. Nothing of this is for new kinds.
 */
const FORMER_TABLES = {
  mounts: `
    INSERT OR REPLACE INTO documents (kind, id, generation, document, previous, removing, note)
    SELECT 'mount', id, generation, document, previous, removing,
      json_object('appliedHash', applied_hash, 'abandonedBoot', abandoned_boot) FROM mounts;
    DROP TABLE mounts;
  `,
  connections: `
    INSERT OR REPLACE INTO documents (kind, id, generation, document, previous, removing, note)
    SELECT 'connection', id, generation, document, NULL, removing,
      json_object('connection', json(connection), 'connectedAt', connected_at) FROM connections;
    DROP TABLE connections;
  `,
} as const

/** Moves what an earlier agent has left to where it is now. To be called in a transaction; again: nothing. */
export function takeOverFormerTables(db: DatabaseSync): void {
  for (const [table, sql] of Object.entries(FORMER_TABLES)) if (hasTable(db, table)) db.exec(sql)
}

const Applied = z.object({ appliedHash: z.string() })
const Place = z.object({ mountPoint: z.string() })

/** What an agent had mounted that did not write places down yet, it has made. To be called in a transaction; again: nothing. */
export function takeOverPlaces(db: DatabaseSync, key: HostKey): void {
  if (hasTable(db, 'places')) return
  db.exec(JournalPlaces.schema)
  const insert = db.prepare("INSERT OR REPLACE INTO places (path, origin) VALUES (?, 'made')")
  for (const row of db.prepare("SELECT * FROM documents WHERE kind = 'mount'").all()) {
    if (!Applied.safeParse(JSON.parse(String(row.note))).success) continue
    for (const sealed of [row.document, row.previous]) {
      if (!(sealed instanceof Uint8Array)) continue
      const { mountPoint } = Place.parse(JSON.parse(key.unseal(`mount:${row.id}`, sealed)))
      insert.run(mountPoint)
    }
  }
}

function hasTable(db: DatabaseSync, name: string): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined
}

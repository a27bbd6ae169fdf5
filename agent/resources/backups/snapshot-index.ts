import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { SeenNode } from '@/lib/backup-engines/contract/values'
import { HoldfastError } from '@/lib/errors'

/** Of all indexes together, on the disk of the host. */
const MOST_BYTES = 2 * 1024 ** 3
const MOST_FOUND = 1_000

const TABLES = `
  CREATE TABLE folders (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, entries INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE nodes (
    folder INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, bytes INTEGER, modified TEXT,
    mode INTEGER NOT NULL, uid INTEGER NOT NULL, gid INTEGER NOT NULL,
    PRIMARY KEY (folder, name)
  ) WITHOUT ROWID;
`

const Row = z.object({
  folder: z.string(),
  name: z.string(),
  kind: z.enum(['file', 'directory', 'link', 'other']),
  bytes: z.number().nullable(),
  modified: z.string().nullable(),
  mode: z.number(),
  uid: z.number(),
  gid: z.number(),
})

const COLUMNS = 'f.path AS folder, n.name, n.kind, n.bytes, n.modified, n.mode, n.uid, n.gid'

export interface FolderPage {
  /** By name. */
  nodes: SeenNode[]
  /** Of the folder, over all pages. */
  total: number
  /** The name that the next page begins after; null: this is the last one. */
  next: string | null
}

/** Hands over all that lies in a snapshot, whatever its order. */
export type Fill = (add: (node: SeenNode) => void) => Promise<void>

/**
 * What lies in snapshots, kept on a disk of this host: to open a repository takes longer than anybody wants to wait for a folder. A
 * snapshot never changes, and an index can be made again at any time, so none is ever repaired.
 */
export class SnapshotIndexes {
  readonly #directory: string
  readonly #mostBytes: number
  /** By snapshot, while they are made. */
  readonly #making = new Map<string, Promise<void>>()

  /** The directory is for root alone: names of files may be nobody else's business. */
  constructor(directory: string, mostBytes = MOST_BYTES) {
    this.#directory = directory
    this.#mostBytes = mostBytes
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    // Left by an agent that was killed.
    for (const name of readdirSync(directory)) if (name.endsWith('.new')) rmSync(join(directory, name))
  }

  /** Is it there, so that an answer comes at once? */
  has(snapshotId: string): boolean {
    return existsSync(this.#file(snapshotId))
  }

  /** Resolves when the index is there; whoever asks for the same meanwhile waits for the same. */
  make(snapshotId: string, fill: Fill): Promise<void> {
    if (this.has(snapshotId)) return Promise.resolve()
    const running = this.#making.get(snapshotId)
    if (running !== undefined) return running
    const making = this.#make(this.#file(snapshotId), fill).finally(() => this.#making.delete(snapshotId))
    this.#making.set(snapshotId, making)
    return making
  }

  /** Throws `not_found` for a folder that the snapshot has not, and for an index that is not there. */
  page(snapshotId: string, folder: string, { after, limit }: { after: string | null; limit: number }): FolderPage {
    return this.#read(snapshotId, (database) => {
      const found = database.prepare('SELECT id, entries FROM folders WHERE path = ?').get(folder)
      if (found === undefined) throw new HoldfastError('not_found', 'There is no such folder in the snapshot.')
      const { id, entries } = z.object({ id: z.number(), entries: z.number() }).parse(found)
      const rows = database
        .prepare(
          `SELECT ${COLUMNS} FROM nodes n JOIN folders f ON f.id = n.folder
           WHERE n.folder = ? AND n.name > ? ORDER BY n.name LIMIT ?`,
        )
        .all(id, after ?? '', limit + 1)
      const nodes = rows.slice(0, limit).map(nodeOf)
      return { nodes, total: entries, next: rows.length > limit ? (nodes.at(-1)?.name ?? null) : null }
    })
  }

  /** Files and folders whose name has this text in it; upper and lower case of ASCII are one. */
  search(snapshotId: string, text: string, limit: number): SeenNode[] {
    const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`
    return this.#read(snapshotId, (database) =>
      database
        .prepare(
          `SELECT ${COLUMNS} FROM nodes n JOIN folders f ON f.id = n.folder
           WHERE n.name LIKE ? ESCAPE '\\' LIMIT ?`,
        )
        .all(pattern, Math.min(limit, MOST_FOUND))
        .map(nodeOf),
    )
  }

  #file(snapshotId: string): string {
    if (!/^[0-9a-f]{8,64}$/.test(snapshotId)) throw new HoldfastError('invalid_input', 'This is no id of a snapshot.')
    return join(this.#directory, `${snapshotId}.sqlite`)
  }

  #read<T>(snapshotId: string, read: (database: DatabaseSync) => T): T {
    const file = this.#file(snapshotId)
    if (!existsSync(file)) throw new HoldfastError('not_found', 'It is not known yet what lies in this snapshot.')
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      const now = new Date()
      utimesSync(file, now, now)
      return read(database)
    } finally {
      database.close()
    }
  }

  async #make(file: string, fill: Fill): Promise<void> {
    const unfinished = `${file}.new`
    const database = new DatabaseSync(unfinished)
    try {
      // It has its name only when it is whole.
      database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; ${TABLES} BEGIN`)
      await fill(writer(database))
      database.exec(
        'UPDATE folders SET entries = (SELECT count(*) FROM nodes WHERE folder = folders.id); COMMIT; PRAGMA optimize',
      )
      database.close()
      renameSync(unfinished, file)
    } catch (error) {
      if (database.isOpen) database.close()
      rmSync(unfinished, { force: true })
      throw error
    }
    this.#dropOld(file)
  }

  /** Those that nobody has looked at for the longest time go first. */
  #dropOld(besides: string): void {
    const files = readdirSync(this.#directory)
      .filter((name) => name.endsWith('.sqlite'))
      .map((name) => join(this.#directory, name))
      .map((path) => ({ path, ...sizeAndTime(path) }))
      .sort((a, b) => b.usedMs - a.usedMs)
    let total = 0
    for (const { path, bytes } of files) {
      total += bytes
      if (total > this.#mostBytes && path !== besides) rmSync(path, { force: true })
    }
  }
}

function sizeAndTime(path: string): { bytes: number; usedMs: number } {
  const { size, mtimeMs } = statSync(path)
  return { bytes: size, usedMs: mtimeMs }
}

/** Of a path its folder, `/` for those at the top. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}

function writer(database: DatabaseSync): (node: SeenNode) => void {
  const folders = new Map<string, number>()
  const addFolder = database.prepare('INSERT INTO folders (id, path) VALUES (?, ?)')
  const addNode = database.prepare('INSERT OR REPLACE INTO nodes VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const idOf = (path: string): number => {
    const known = folders.get(path)
    if (known !== undefined) return known
    const id = folders.size + 1
    folders.set(path, id)
    addFolder.run(id, path)
    return id
  }
  // Also of a snapshot with nothing in it.
  idOf('/')
  return ({ path, name, kind, bytes, modifiedAt, mode, uid, gid }) => {
    addNode.run(idOf(folderOf(path)), name, kind, bytes, modifiedAt, mode, uid, gid)
    if (kind === 'directory') idOf(path)
  }
}

function nodeOf(row: unknown): SeenNode {
  const { folder, name, modified, ...rest } = Row.parse(row)
  return { ...rest, name, path: folder === '/' ? `/${name}` : `${folder}/${name}`, modifiedAt: modified }
}

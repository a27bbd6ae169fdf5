import { chmodSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { makeDirectory } from '@/agent/host/files/write-file'
import { sqliteDiskProblem } from '@/lib/disk-space'
import { HoldfastError } from '@/lib/errors'
import { DOCUMENTS_SCHEMA, requireUnsealable } from './documents'
import { takeOverFormerTables, takeOverPlaces } from './former-tables'
import { HostKey } from './host-key'
import { STEPS_SCHEMA } from './steps'

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS operations (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, resource_id TEXT NOT NULL, args_hash TEXT NOT NULL,
    generation INTEGER NOT NULL, fence INTEGER NOT NULL, started_at INTEGER NOT NULL,
    finished_at INTEGER, result TEXT, error TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS operations_unfinished ON operations (started_at) WHERE finished_at IS NULL;
  CREATE TABLE IF NOT EXISTS resources (id TEXT PRIMARY KEY, generation INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS fence (one INTEGER PRIMARY KEY CHECK (one = 1), highest INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS membership (one INTEGER PRIMARY KEY CHECK (one = 1), host_id TEXT NOT NULL) STRICT;
  ${DOCUMENTS_SCHEMA}
  ${STEPS_SCHEMA}
`
const BUSY_MS = 5_000

/**
 * The journal's database with the key that belongs to it. Throws `unavailable` when the file is damaged, of something else, or was
 * sealed with another key; it is left as it is for a person to look at. `disk_full` and `disk_unwritable` say that the place is at
 * fault. `take` says whether what an earlier agent left in another form is moved over: only the agent that is to work with it does.
 */
export function openJournalFile(
  directory: string,
  take: 'take over' | 'only look',
): { key: HostKey; db: DatabaseSync } {
  makeDirectory(directory)
  const path = join(directory, 'journal.db')
  const keyFile = join(directory, 'host.key')
  const isUsed = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0
  const key = HostKey.open(keyFile, isUsed ? path : undefined)
  const db = openDatabase(directory, path, isUsed)
  try {
    db.exec('BEGIN IMMEDIATE')
    takeOverFormerTables(db)
    requireKey(db, key, `${keyFile} does not open the journal ${path}`)
    takeOverPlaces(db, key)
    db.exec(take === 'take over' ? 'COMMIT' : 'ROLLBACK')
    return { key, db }
  } catch (error) {
    // What was not committed is taken back by that.
    db.close()
    throw sqliteDiskProblem(directory, error) ?? error
  }
}

function requireKey(db: DatabaseSync, key: HostKey, problem: string): void {
  try {
    requireUnsealable(db, key)
  } catch (error) {
    throw new HoldfastError(
      'unavailable',
      `${problem}: one of them is of another installation. Restore the two that belong together, or move both away and start again.`,
      { cause: error },
    )
  }
}

function openDatabase(directory: string, path: string, isUsed: boolean): DatabaseSync {
  try {
    if (isUsed) requireSound(path)
    // From the first statement on: at shutdown this is opened in the moment in which the agent closes it.
    const db = new DatabaseSync(path, { timeout: BUSY_MS })
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -512')
    db.exec(SCHEMA)
    chmodSync(path, 0o600)
    return db
  } catch (error) {
    // SQLite calls a directory in the place of one of its files an I/O error, too.
    const problem = isOfFiles(path) ? sqliteDiskProblem(directory, error) : null
    if (problem) throw problem
    throw new HoldfastError(
      'unavailable',
      `The agent's journal ${path} cannot be opened. Move it away, with its -wal and -shm, and start again; mounts are then taken over from the controller.`,
      { cause: error },
    )
  }
}

/** Is this a journal, and whole? Asked through a connection that cannot write, not even while it is closed. */
function requireSound(path: string): void {
  // SQLite takes a directory there for an index that it may not write, and fails at the first change.
  if (statSync(`${path}-shm`, { throwIfNoEntry: false })?.isDirectory()) throw new Error('its -shm is a directory')
  const db = new DatabaseSync(path, { timeout: BUSY_MS, readOnly: true })
  try {
    const { quick_check } = z.object({ quick_check: z.string() }).parse(db.prepare('PRAGMA quick_check(1)').get())
    if (quick_check !== 'ok') throw new Error(quick_check)
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    const isJournal = tables.length === 0 || tables.some(({ name }) => name === 'fence')
    if (!isJournal) throw new Error('it is a database of something else')
  } finally {
    db.close()
  }
}

function isOfFiles(path: string): boolean {
  return ['', '-wal', '-shm'].every((end) => statSync(`${path}${end}`, { throwIfNoEntry: false })?.isFile() ?? true)
}

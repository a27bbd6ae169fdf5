import { randomUUID } from 'node:crypto'
import { chmodSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type Sqlite from 'better-sqlite3'
import {
  foreignDatabase,
  LEDGER_TABLE,
  type LedgerRow,
  type Migration,
  type MigrationTarget,
  migrationFailed,
  planMigrations,
} from '@/lib/db/migration-plan'
import { openSqliteFile, sqliteOpenError } from '@/lib/db/sqlite-connection'
import { sqliteDiskProblem } from '@/lib/disk-space'
import { HoldfastError } from '@/lib/errors'

/** Checking every page of a larger file would delay the start; damage in it shows when the page is read. */
const FULL_CHECK_LIMIT_BYTES = 64 * 1024 * 1024

const CREATE_LEDGER = `CREATE TABLE IF NOT EXISTS "${LEDGER_TABLE}" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`

/** Opens the file, and refuses one that is damaged before anything in it is changed. */
export function openSqliteTarget(path: string): MigrationTarget {
  requireFiles(path)
  const database = openSqliteFile(path)
  try {
    requireSound(database, path)
  } catch (error) {
    database.close()
    throw sqliteOpenError(path, error)
  }
  return {
    pending: async (available) => planMigrations(available, readLedger(database)),
    apply: async (available) => {
      await keepCopy(database, path, planMigrations(available, readLedger(database)))
      return applyPending(database, available)
    },
    close: async () => void database.close(),
  }
}

/**
 * What SQLite does not say itself. It takes a directory in the place of its index for one that cannot be written, and fails at the
 * first change; and it deletes a log whose database is missing or empty, with the newest changes of what was moved or lost.
 */
function requireFiles(path: string): void {
  const look = (file: string) => statSync(file, { throwIfNoEntry: false })
  const other = [path, `${path}-wal`, `${path}-shm`].find((file) => look(file)?.isFile() === false)
  if (other !== undefined) {
    throw new HoldfastError(
      'unavailable',
      `${other} is not a file; move it away, and put back the database if it was there.`,
    )
  }
  if (look(path)?.size || !look(`${path}-wal`)?.size) return
  throw new HoldfastError(
    'unavailable',
    `The database ${path} is missing or empty, but ${path}-wal holds changes of it. Put the database back, or move its -wal and -shm away too to start with an empty one.`,
  )
}

function requireSound(database: Sqlite.Database, path: string): void {
  if (statSync(path).size > FULL_CHECK_LIMIT_BYTES) return
  const verdict = database.pragma('quick_check(1)', { simple: true })
  if (verdict !== 'ok') throw Object.assign(new Error(String(verdict)), { code: 'SQLITE_CORRUPT' })
}

function readLedger(database: Sqlite.Database): LedgerRow[] {
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
  const names = tables.pluck().all()
  if (!names.includes(LEDGER_TABLE)) {
    if (names.length > 0) throw foreignDatabase()
    return []
  }
  const rows = database
    .prepare<[], [string, string, unknown, unknown]>(
      `SELECT migration_name, checksum, finished_at, rolled_back_at FROM "${LEDGER_TABLE}" ORDER BY started_at`,
    )
    .raw()
    .all()
  return rows.map(([name, checksum, finishedAt, rolledBackAt]) => ({
    name,
    checksum,
    isFinished: finishedAt !== null,
    isRolledBack: rolledBackAt !== null,
  }))
}

/** A database in use is copied to `<file>.before-<first migration>` first. */
async function keepCopy(database: Sqlite.Database, path: string, pending: readonly Migration[]): Promise<void> {
  const first = pending[0]
  if (!first || readLedger(database).length === 0) return
  const copy = `${path}.before-${first.name}`
  await database.backup(copy)
  chmodSync(copy, 0o600)
}

function applyPending(database: Sqlite.Database, available: readonly Migration[]): string[] {
  // Must come before BEGIN, where it would do nothing: with it on, a migration that rebuilds a table deletes the rows of
  // other tables that refer to it.
  database.pragma('foreign_keys = OFF')
  database.exec('BEGIN IMMEDIATE')
  let current = ''
  try {
    // Another process may have run them while this one waited for the lock.
    const pending = planMigrations(available, readLedger(database))
    database.exec(CREATE_LEDGER)
    for (const migration of pending) {
      current = migration.name
      runMigration(database, migration)
    }
    database.exec('COMMIT')
    return pending.map((migration) => migration.name)
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK')
    const problem = sqliteDiskProblem(dirname(database.name), error)
    throw problem ?? (current === '' ? error : migrationFailed(current, error))
  } finally {
    database.pragma('foreign_keys = ON')
  }
}

function runMigration(database: Sqlite.Database, migration: Migration): void {
  const startedAt = Date.now()
  database.exec(migration.sql)
  if (!database.inTransaction) throw new Error('the migration ended its own transaction')
  const broken = database.pragma('foreign_key_check')
  if (Array.isArray(broken) && broken.length > 0)
    throw new Error(`the migration leaves ${broken.length} rows that refer to nothing: ${JSON.stringify(broken[0])}`)
  database
    .prepare(
      `INSERT INTO "${LEDGER_TABLE}" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES (?, ?, ?, ?, ?, 1)`,
    )
    .run(randomUUID(), migration.checksum, migration.name, startedAt, Date.now())
}

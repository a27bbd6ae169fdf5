import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '@/lib/errors'

export interface Migration {
  /** The folder's name: time and words. Migrations run in the order of their names. */
  name: string
  sql: string
  /** SHA-256 of the file in hex, as Prisma writes it. */
  checksum: string
}

/** A row of Prisma's ledger, `_prisma_migrations`. */
export interface LedgerRow {
  name: string
  checksum: string
  isFinished: boolean
  isRolledBack: boolean
}

/** A database that migrations are applied to. */
export interface MigrationTarget {
  /** What is still to run; throws for a history that must not be touched. Changes nothing. */
  pending(available: readonly Migration[]): Promise<Migration[]>
  /** Runs what is pending under a lock that keeps every other process out. Each either happens whole or not at all. */
  apply(available: readonly Migration[]): Promise<string[]>
  close(): Promise<void>
}

export const LEDGER_TABLE = '_prisma_migrations'

/** Reads `<directory>/<name>/migration.sql`, in order. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    throw new HoldfastError('internal', `The migrations are missing from this installation (${directory}).`, { cause })
  })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/** The migrations still to run. Throws `unavailable`, in one sentence, for a history that this build must not touch. */
export function planMigrations(available: readonly Migration[], ledger: readonly LedgerRow[]): Migration[] {
  const applied = new Set<string>()
  const byName = new Map(available.map((migration) => [migration.name, migration]))
  for (const row of ledger) {
    if (row.isRolledBack) continue
    if (!row.isFinished)
      throw refuse(
        `An earlier database migration (${row.name}) did not finish; restore the database from a backup, or repair it with "npx prisma migrate resolve".`,
      )
    const known = byName.get(row.name)
    if (!known)
      throw refuse(
        `This database was made by a newer version of Holdfast (it has the migration ${row.name}); start that version or a newer one.`,
      )
    if (known.checksum !== row.checksum)
      throw refuse(
        `The migration ${row.name} was changed after it had been applied to this database; put the original file back.`,
      )
    applied.add(row.name)
  }
  return available.filter((migration) => !applied.has(migration.name))
}

/** For a database that has tables but no ledger. */
export function foreignDatabase(): HoldfastError {
  return refuse('This database holds tables that are not from Holdfast; give Holdfast a database of its own.')
}

export function migrationFailed(name: string, cause: unknown): HoldfastError {
  return new HoldfastError(
    'unavailable',
    `The database migration ${name} failed and was undone; the database is as it was before.`,
    { cause },
  )
}

function refuse(message: string): HoldfastError {
  return new HoldfastError('unavailable', message)
}

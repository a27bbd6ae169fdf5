import { join } from 'node:path'
import { parseDatabaseUrl } from '@/lib/db/database-url'
import { type Migration, type MigrationTarget, readMigrations } from '@/lib/db/migration-plan'
import { openPostgresTarget } from '@/lib/db/postgres-migrations'
import { openSqliteTarget } from '@/lib/db/sqlite-migrations'
import { HoldfastError } from '@/lib/errors'

export interface MigrateOptions {
  /** `file:…` or `postgresql://…`. */
  url: string
  /** The folder that holds `sqlite/` and `postgresql/`; in the repository `prisma/migrations`. */
  directory: string
}

/**
 * Brings the database up to this build and returns the names of the migrations that ran.
 * The ledger, the checksums and the lock are Prisma's, so `npx prisma migrate status` and `deploy` agree with it. Before it
 * changes a SQLite database that is in use it keeps a copy beside it.
 * Throws `unavailable` with one sentence: damaged, newer than this build, changed or unfinished migrations, foreign tables.
 */
export async function migrateDatabase(options: MigrateOptions): Promise<string[]> {
  return withTarget(options, async (target, available) => {
    const pending = await target.pending(available)
    return pending.length === 0 ? [] : target.apply(available)
  })
}

/** For processes that may not change the database: throws `unavailable` until the migrations of this build have run. */
export async function requireMigrated(options: MigrateOptions): Promise<void> {
  await withTarget(options, async (target, available) => {
    const pending = await target.pending(available)
    if (pending.length > 0)
      throw new HoldfastError(
        'unavailable',
        'The database is older than this version of Holdfast; start the controller first, it brings the database up to date.',
      )
  })
}

async function withTarget<T>(
  { url, directory }: MigrateOptions,
  run: (target: MigrationTarget, available: Migration[]) => Promise<T>,
): Promise<T> {
  const location = parseDatabaseUrl(url)
  const available = await readMigrations(join(directory, location.provider))
  const target =
    location.provider === 'sqlite'
      ? openSqliteTarget(location.path)
      : await openPostgresTarget(location.connectionString, location.schema)
  try {
    return await run(target, available)
  } finally {
    await target.close()
  }
}

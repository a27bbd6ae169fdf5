import { type DatabaseProvider, parseDatabaseUrl } from '@/lib/db/database-url'
import type { Prisma, PrismaClient } from '@/lib/db/generated/sqlite/client'
import { withPlainSql } from '@/lib/db/plain-sql'
import { openPostgresPool, postgresUnavailable } from '@/lib/db/postgres-pool'
import { createSqliteAdapter } from '@/lib/db/sqlite-adapter'
import { HoldfastError } from '@/lib/errors'

export type { Prisma, PrismaClient }

/** What repositories take: the client, or the client inside a transaction. */
export type Db = Prisma.TransactionClient

export interface Database {
  prisma: PrismaClient
  provider: DatabaseProvider
  close(): Promise<void>
}

/** A transaction waits this long for its turn, and may last this long, in milliseconds. */
const TRANSACTION_OPTIONS = { maxWait: 10_000, timeout: 10_000 }

/**
 * Opens the database behind `file:/path/holdfast.db` or `postgresql://…` and proves that it answers.
 * Throws `invalid_input` for another kind of URL and `unavailable`, with one sentence for a person, for a database that
 * cannot be used. Migrations are a separate step: `migrateDatabase` in `lib/db/migrate.ts`.
 */
export async function openDatabase(url: string): Promise<Database> {
  const location = parseDatabaseUrl(url)
  const prisma =
    location.provider === 'sqlite'
      ? await createSqliteClient(location.path)
      : await createPostgresClient(location.connectionString, location.schema)
  try {
    await prisma.$connect()
    if (location.provider === 'postgresql') await prisma.$queryRaw`SELECT 1`
  } catch (error) {
    await prisma.$disconnect()
    throw asUnavailable(error)
  }
  return { prisma, provider: location.provider, close: () => prisma.$disconnect() }
}

async function createSqliteClient(path: string): Promise<PrismaClient> {
  const { PrismaClient } = await import('@/lib/db/generated/sqlite/client')
  return new PrismaClient({
    adapter: withPlainSql(createSqliteAdapter(path)),
    transactionOptions: TRANSACTION_OPTIONS,
    errorFormat: 'minimal',
  })
}

async function createPostgresClient(connectionString: string, schema: string | undefined): Promise<PrismaClient> {
  const { PrismaClient } = await import('@/lib/db/generated/postgresql/client')
  const adapter = withPlainSql(openPostgresPool(connectionString, schema))
  const client = new PrismaClient({ adapter, transactionOptions: TRANSACTION_OPTIONS, errorFormat: 'minimal' })
  // The one place where the two clients meet. Their rows and enums are the same; the SQLite client knows fewer filters,
  // so code that compiles against it runs on both.
  return client as unknown as PrismaClient
}

function asUnavailable(error: unknown): unknown {
  if (error instanceof HoldfastError) return error
  if (error instanceof Error && error.cause instanceof HoldfastError) return error.cause
  return postgresUnavailable(error)
}

/** Next loads modules more than once in one process; the connection must still be one. */
const GLOBAL_KEY = Symbol.for('holdfast.database')
interface Shared {
  url: string
  opening: Promise<Database>
  database?: Database
}
type SharedGlobal = typeof globalThis & { [GLOBAL_KEY]?: Shared | undefined }

/** Opens this process's database once; later calls with the same URL get the same one. */
export function initDatabase(env: { databaseUrl: string }): Promise<Database> {
  const shared: SharedGlobal = globalThis
  const known = shared[GLOBAL_KEY]
  if (known) {
    if (known.url !== env.databaseUrl) throw new Error('initDatabase was called with two different database URLs')
    return known.opening
  }
  const entry: Shared = { url: env.databaseUrl, opening: openDatabase(env.databaseUrl) }
  shared[GLOBAL_KEY] = entry
  entry.opening.then(
    (database) => {
      entry.database = database
    },
    () => {
      // A failed start may be tried again.
      if (shared[GLOBAL_KEY] === entry) shared[GLOBAL_KEY] = undefined
    },
  )
  return entry.opening
}

/** The client of this process. Throws `unavailable` before `initDatabase` has finished. */
export function db(): PrismaClient {
  return database().prisma
}

/** As `db()`, with the provider and `close`. */
export function database(): Database {
  const found = (globalThis as SharedGlobal)[GLOBAL_KEY]?.database
  if (!found) throw new HoldfastError('unavailable', 'The database is not open yet.')
  return found
}

/** Closes this process's database, if it is open; for shutdown and for tests. */
export async function closeDatabase(): Promise<void> {
  const shared: SharedGlobal = globalThis
  const known = shared[GLOBAL_KEY]
  shared[GLOBAL_KEY] = undefined
  await (await known?.opening)?.close()
}

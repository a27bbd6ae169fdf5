import { randomUUID } from 'node:crypto'
import pg from 'pg'
import {
  foreignDatabase,
  LEDGER_TABLE,
  type LedgerRow,
  type Migration,
  type MigrationTarget,
  migrationFailed,
  planMigrations,
} from '@/lib/db/migration-plan'
import { postgresConfig, postgresUnavailable } from '@/lib/db/postgres-pool'
import { HoldfastError } from '@/lib/errors'

/** The advisory lock that Prisma's own CLI takes. */
const PRISMA_LOCK = 72707369
const LOCK_TIMEOUT_MS = 30_000

const CREATE_LEDGER = `CREATE TABLE IF NOT EXISTS "${LEDGER_TABLE}" (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`

export async function openPostgresTarget(
  connectionString: string,
  schema: string | undefined,
): Promise<MigrationTarget> {
  const client = new pg.Client(postgresConfig(connectionString, schema))
  // The query that is under way fails by itself; without a listener the process would end.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw postgresUnavailable(error)
  }
  return {
    pending: async (available) => planMigrations(available, await readLedger(client)),
    apply: (available) => withLock(client, () => applyPending(client, available, schema)),
    close: () => client.end(),
  }
}

async function readLedger(client: pg.Client): Promise<LedgerRow[]> {
  const { rows: tables } = await client.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()',
  )
  if (!tables.some((table) => table.name === LEDGER_TABLE)) {
    if (tables.length > 0) throw foreignDatabase()
    return []
  }
  const { rows } = await client.query<LedgerRow>(
    `SELECT migration_name AS "name", checksum, finished_at IS NOT NULL AS "isFinished",
            rolled_back_at IS NOT NULL AS "isRolledBack"
     FROM "${LEDGER_TABLE}" ORDER BY started_at`,
  )
  return rows
}

async function withLock<T>(client: pg.Client, run: () => Promise<T>): Promise<T> {
  await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`)
  try {
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK])
  } catch (cause) {
    throw new HoldfastError(
      'unavailable',
      'Another program has been migrating this database for 30 seconds; wait until it has finished and start again.',
      { cause },
    )
  }
  try {
    return await run()
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [PRISMA_LOCK])
  }
}

async function applyPending(
  client: pg.Client,
  available: readonly Migration[],
  schema: string | undefined,
): Promise<string[]> {
  // Another process may have run them while this one waited for the lock.
  const pending = planMigrations(available, await readLedger(client))
  if (schema) await client.query(`CREATE SCHEMA IF NOT EXISTS ${client.escapeIdentifier(schema)}`)
  await client.query(CREATE_LEDGER)
  for (const migration of pending) await runMigration(client, migration)
  return pending.map((migration) => migration.name)
}

async function runMigration(client: pg.Client, migration: Migration): Promise<void> {
  const startedAt = new Date()
  await client.query('BEGIN')
  try {
    await client.query(migration.sql)
    await client.query(
      `INSERT INTO "${LEDGER_TABLE}" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, $4, now(), 1)`,
      [randomUUID(), migration.checksum, migration.name, startedAt],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw migrationFailed(migration.name, error)
  }
}

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { type Database, openDatabase, type PrismaClient } from '@/lib/db/client'
import type { DatabaseProvider } from '@/lib/db/database-url'
import { migrateDatabase } from '@/lib/db/migrate'
import { findPostgres, MIGRATIONS_DIRECTORY, postgresUrl, TEMPLATE_DATABASE } from '@/testing/postgres-server'
import { quickDirectory } from '@/testing/quick-directory'

const SERVER_DEADLINE_MS = 90_000

/** The need that is missing for tests on PostgreSQL, or undefined. In CI nothing may be skipped, so it is never missing. */
export function missingPostgres(): 'postgresql' | undefined {
  return process.env.CI || findPostgres() ? undefined : 'postgresql'
}

export interface TestDatabase extends Database {
  url: string
}

/** What a block of `testDatabases` gets; the fields answer from `beforeAll` on. */
export interface TestDatabaseHandle {
  readonly prisma: PrismaClient
  readonly provider: DatabaseProvider
  readonly url: string
}

interface DatabaseTestOptions {
  /**
   * `full` for long ways through the product whose queries have tests on PostgreSQL of their own, so that its half is in the full
   * run only. What locks, counts, compares text or writes SQL itself has both in every run.
   */
  postgres?: 'full'
}

type DatabaseTests = (database: TestDatabaseHandle) => void

/**
 * Runs a block of tests twice: on a new SQLite file and on a new PostgreSQL database, both migrated and empty.
 * Where PostgreSQL is not installed its half is skipped under a name that says so.
 */
export function testDatabases(name: string, tests: DatabaseTests): void
export function testDatabases(name: string, options: DatabaseTestOptions, tests: DatabaseTests): void
export function testDatabases(name: string, ...rest: [DatabaseTests] | [DatabaseTestOptions, DatabaseTests]): void {
  const [{ postgres }, tests]: [DatabaseTestOptions, DatabaseTests] = rest.length === 1 ? [{}, rest[0]] : rest
  const tags = postgres === undefined ? [] : [postgres]
  describe(`${name} on SQLite`, () => tests(useTestDatabase('sqlite')))
  if (missingPostgres())
    describe.skip(`${name} on PostgreSQL (needs: postgresql)`, { tags }, () => tests(unopened('postgresql')))
  else describe(`${name} on PostgreSQL`, { tags }, () => tests(useTestDatabase('postgresql')))
}

/** One database for the describe block (or file) it is called in. */
export function useTestDatabase(provider: DatabaseProvider = 'sqlite'): TestDatabaseHandle {
  let opened: TestDatabase | undefined
  beforeAll(async () => {
    opened = await openTestDatabase(provider)
  }, SERVER_DEADLINE_MS)
  afterAll(() => opened?.close())
  return unopened(provider, () => opened)
}

function unopened(provider: DatabaseProvider, get: () => TestDatabase | undefined = () => undefined) {
  const opened = () => {
    const database = get()
    if (!database) throw new Error('the test database is open only inside tests and hooks')
    return database
  }
  return {
    provider,
    get prisma() {
      return opened().prisma
    },
    get url() {
      return opened().url
    },
  }
}

/** A migrated, empty database; `close()` removes it. */
export async function openTestDatabase(provider: DatabaseProvider): Promise<TestDatabase> {
  const { url, remove } = provider === 'sqlite' ? await createSqlite() : await createPostgres()
  const database = await openDatabase(url)
  return {
    ...database,
    url,
    close: async () => {
      await database.close()
      await remove()
    },
  }
}

async function createSqlite() {
  const directory = await mkdtemp(join(quickDirectory(), 'holdfast-db-'))
  const file = join(directory, 'holdfast.db')
  sqliteTemplate ??= makeSqliteTemplate()
  await copyFile(await sqliteTemplate, file)
  return { url: `file:${file}`, remove: () => rm(directory, { recursive: true, force: true }) }
}

/** Every test database is a copy of this file, which a worker migrates once. */
let sqliteTemplate: Promise<string> | undefined

async function makeSqliteTemplate(): Promise<string> {
  const directory = await mkdtemp(join(quickDirectory(), 'holdfast-db-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'template.db')
  await migrateDatabase({ url: `file:${file}`, directory: MIGRATIONS_DIRECTORY })
  return file
}

async function createPostgres() {
  const url = await createPostgresDatabase(TEMPLATE_DATABASE)
  const name = new URL(url).pathname.slice(1)
  return { url, remove: () => asAdmin((admin) => admin.query(`DROP DATABASE "${name}" WITH (FORCE)`)) }
}

/** A new database on this run's PostgreSQL server, empty (`template0`) or migrated; it goes with the server. */
export async function createPostgresDatabase(template: string = 'template0'): Promise<string> {
  const directory = await serverDirectory()
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  await asAdmin(async (admin) => {
    // Copying a template fails while another copy of it is being made.
    await admin.query('SELECT pg_advisory_lock(1)')
    await admin.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`)
  })
  return postgresUrl(directory, name)
}

async function asAdmin(run: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client(postgresUrl(await serverDirectory(), 'postgres'))
  await admin.connect()
  try {
    await run(admin)
  } finally {
    await admin.end()
  }
}

/** Asks the global setup for the server, and waits until it runs. */
async function serverDirectory(): Promise<string> {
  const directory = inject('postgresDirectory')
  const deadline = performance.now() + SERVER_DEADLINE_MS
  if (!existsSync(join(directory, 'ready'))) writeFileSync(join(directory, 'asked', String(process.pid)), '')
  while (!existsSync(join(directory, 'ready'))) {
    if (existsSync(join(directory, 'failed'))) throw new Error(readFileSync(join(directory, 'failed'), 'utf8'))
    if (performance.now() > deadline) throw new Error('PostgreSQL did not start in time')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return directory
}

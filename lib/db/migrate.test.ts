import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '@/lib/db/client'
import type { DatabaseProvider } from '@/lib/db/database-url'
import { type MigrateOptions, migrateDatabase, requireMigrated } from '@/lib/db/migrate'
import { createPostgresDatabase, missingPostgres } from '@/testing/database'
import { makeBackend, makeMount } from '@/testing/factories'
import { MIGRATIONS_DIRECTORY } from '@/testing/postgres-server'

const LATER = '99990101000000_later'

function describeMigrations(provider: DatabaseProvider): void {
  let directory = ''
  let options: MigrateOptions
  const open: Database[] = []

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-migrate-'))
    await cp(MIGRATIONS_DIRECTORY, join(directory, 'migrations'), { recursive: true })
    const url = provider === 'sqlite' ? `file:${join(directory, 'h.db')}` : await createPostgresDatabase()
    options = { url, directory: join(directory, 'migrations') }
  })
  afterEach(async () => {
    for (const database of open.splice(0)) await database.close()
    await rm(directory, { recursive: true, force: true })
  })

  const file = (name: string) => join(options.directory, provider, name, 'migration.sql')
  async function addMigration(sql: string, name: string = LATER) {
    await mkdir(join(options.directory, provider, name))
    await writeFile(file(name), sql)
  }
  async function client() {
    const database = await openDatabase(options.url)
    open.push(database)
    return database.prisma
  }
  const refusal = (words: string) => ({ code: 'unavailable', message: expect.stringContaining(words) })

  it('makes a new database, once', async () => {
    await expect(requireMigrated(options)).rejects.toMatchObject(refusal('older than this version'))
    const applied = await migrateDatabase(options)
    expect(applied[0]).toMatch(/_init$/)
    expect(await migrateDatabase(options)).toEqual([])
    await requireMigrated(options)
    const prisma = await client()
    expect((await makeBackend(prisma)).observedStatus).toBe('unknown')
    const ledger = await prisma.$queryRawUnsafe<unknown[]>(
      'SELECT migration_name FROM "_prisma_migrations" WHERE finished_at IS NOT NULL ORDER BY 1',
    )
    expect(ledger).toEqual(applied.map((name) => ({ migration_name: name })))
  })

  it('runs what a newer build brings, and what was there stays', async () => {
    await migrateDatabase(options)
    const prisma = await client()
    const mount = await makeMount(prisma)
    await addMigration('CREATE TABLE "Later" (id TEXT PRIMARY KEY);')
    expect(await migrateDatabase(options)).toEqual([LATER])
    expect(await prisma.mount.findUnique({ where: { id: mount.id } })).not.toBeNull()
  })

  it('refuses a database that is newer than the build', async () => {
    await addMigration('CREATE TABLE "Later" (id TEXT PRIMARY KEY);')
    await migrateDatabase(options)
    await rm(join(options.directory, provider, LATER), { recursive: true })
    const newer = refusal(`made by a newer version of Holdfast (it has the migration ${LATER})`)
    await expect(migrateDatabase(options)).rejects.toMatchObject(newer)
    await expect(requireMigrated(options)).rejects.toMatchObject(newer)
  })

  it('refuses a migration that was changed after it had run', async () => {
    const [first = ''] = await migrateDatabase(options)
    await writeFile(file(first), `${await readFile(file(first), 'utf8')}\n-- more`)
    await expect(migrateDatabase(options)).rejects.toMatchObject(refusal('was changed after'))
  })

  it('undoes a migration that fails, and says so', async () => {
    await migrateDatabase(options)
    await addMigration('CREATE TABLE "Half" (id TEXT PRIMARY KEY); INSERT INTO "Nowhere" VALUES (1);')
    await expect(migrateDatabase(options)).rejects.toMatchObject(refusal('failed and was undone'))
    const prisma = await client()
    await expect(prisma.$queryRawUnsafe('SELECT * FROM "Half"')).rejects.toThrow('Half')
    await writeFile(file(LATER), 'CREATE TABLE "Half" (id TEXT PRIMARY KEY);')
    expect(await migrateDatabase(options)).toEqual([LATER])
  })

  it("refuses one that Prisma's CLI left unfinished, until it is marked as rolled back", async () => {
    const [first = ''] = await migrateDatabase(options)
    await addMigration('CREATE TABLE "Later" (id TEXT PRIMARY KEY);')
    const prisma = await client()
    await prisma.$executeRawUnsafe(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name) VALUES ('x', 'x', '${LATER}')`,
    )
    await expect(migrateDatabase(options)).rejects.toMatchObject(refusal(`(${LATER}) did not finish`))
    await prisma.$executeRawUnsafe(`UPDATE "_prisma_migrations" SET rolled_back_at = CURRENT_TIMESTAMP WHERE id = 'x'`)
    expect(await migrateDatabase(options)).toEqual([LATER])
    expect(first).not.toBe('')
  })

  it('leaves a database alone that is not ours', async () => {
    const prisma = await client()
    await prisma.$executeRawUnsafe('CREATE TABLE "Theirs" (id TEXT PRIMARY KEY)')
    await expect(migrateDatabase(options)).rejects.toMatchObject(refusal('not from Holdfast'))
  })

  it('runs each migration once when several processes start together', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrateDatabase(options)))
    expect(applied.flat().sort()).toEqual([...new Set(applied.flat())].sort())
    expect(applied.flat().length).toBeGreaterThan(1)
  })

  it('makes an audit table that refuses UPDATE and DELETE', async () => {
    await migrateDatabase(options)
    const prisma = await client()
    const entry = {
      ...{ id: 'aud_1', sequence: 1, at: new Date(), actorKind: 'user', actorName: 'a', action: 'x', result: 'ok' },
      ...{ previousHash: '', hash: 'h' },
    }
    await prisma.auditEntry.create({ data: entry })
    const refused = /cannot be changed|cannot be deleted/
    await expect(prisma.auditEntry.updateMany({ data: { action: 'y' } })).rejects.toThrow(refused)
    await expect(prisma.auditEntry.deleteMany()).rejects.toThrow(refused)
    await expect(prisma.$executeRawUnsafe('DELETE FROM "AuditEntry"')).rejects.toThrow(refused)
    if (provider === 'postgresql')
      await expect(prisma.$executeRawUnsafe('TRUNCATE "AuditEntry"')).rejects.toThrow(refused)
    expect(await prisma.auditEntry.findMany()).toMatchObject([{ action: 'x' }])
  })

  if (provider === 'postgresql') {
    it('keeps to the schema that the URL names', async () => {
      options = { ...options, url: `${options.url}&schema=store` }
      await migrateDatabase(options)
      const prisma = await client()
      await makeBackend(prisma)
      const where = await prisma.$queryRawUnsafe(
        `SELECT DISTINCT schemaname::text FROM pg_tables WHERE tablename = 'Backend'`,
      )
      expect(where).toEqual([{ schemaname: 'store' }])
    })
    return
  }

  it('keeps children while their parent table is rebuilt', async () => {
    await migrateDatabase(options)
    const prisma = await client()
    const mount = await makeMount(prisma)
    const [{ sql = '' } = {}] = await prisma.$queryRawUnsafe<{ sql: string }[]>(
      `SELECT sql FROM sqlite_schema WHERE name = 'Backend'`,
    )
    const copy = sql.replace('"Backend"', '"new_Backend"')
    await addMigration(
      `PRAGMA defer_foreign_keys=ON; PRAGMA foreign_keys=OFF;
       ${copy}; INSERT INTO "new_Backend" SELECT * FROM "Backend"; DROP TABLE "Backend";
       ALTER TABLE "new_Backend" RENAME TO "Backend"; PRAGMA foreign_keys=ON; PRAGMA defer_foreign_keys=OFF;`,
    )
    await prisma.backendSecret.create({
      data: { backendId: mount.backendId, field: 'password', sealed: 'x', fingerprint: 'x' },
    })
    await migrateDatabase(options)
    expect(await prisma.backendSecret.count()).toBe(1)
    expect(await prisma.mount.count()).toBe(1)
  })

  it('refuses a migration that would leave rows pointing nowhere', async () => {
    await migrateDatabase(options)
    const mount = await makeMount(await client())
    await addMigration(`DELETE FROM "Backend" WHERE id = '${mount.backendId}';`)
    await expect(migrateDatabase(options)).rejects.toMatchObject(refusal('failed and was undone'))
  })

  it('copies a database in use before it changes it', async () => {
    await migrateDatabase(options)
    const backend = await makeBackend(await client())
    await addMigration('DELETE FROM "Backend";')
    await migrateDatabase(options)
    const path = join(directory, `h.db.before-${LATER}`)
    const copy = new Sqlite(path, { readonly: true })
    expect(copy.prepare('SELECT id FROM Backend').pluck().all()).toEqual([backend.id])
    copy.close()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('refuses a damaged file and leaves it as it is', async () => {
    await migrateDatabase(options)
    const prisma = await client()
    for (let i = 0; i < 50; i++) await makeBackend(prisma)
    await open.pop()?.close()
    const path = join(directory, 'h.db')
    const bytes = await readFile(path)
    bytes.fill(0x5a, 8_192, 16_384)
    await writeFile(path, bytes)
    await expect(migrateDatabase(options)).rejects.toMatchObject(refusal('is damaged'))
    expect(await readFile(path)).toEqual(bytes)
  })
}

describe('migrations on SQLite', () => describeMigrations('sqlite'))
describe.skipIf(missingPostgres())('migrations on PostgreSQL', () => describeMigrations('postgresql'))

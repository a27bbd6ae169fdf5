import { execFileSync } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeDatabase, type Database, initDatabase, openDatabase } from '@/lib/db/client'
import { migrateDatabase, requireMigrated } from '@/lib/db/migrate'
import { createSqliteAdapter } from '@/lib/db/sqlite-adapter'
import { openSqliteFile } from '@/lib/db/sqlite-connection'
import { readiness } from '@/lib/installation/readiness'
import { createLog } from '@/lib/log'
import { locksOn, logOf, readFromOutside } from '@/testing/file-locks'
import { MIGRATIONS_DIRECTORY } from '@/testing/postgres-server'

/** The migrations and one more, so that a database in use is copied and changed. */
async function longerMigrations(directory: string): Promise<string> {
  await cp(MIGRATIONS_DIRECTORY, directory, { recursive: true })
  await mkdir(join(directory, 'sqlite/29990101000000_more'))
  await writeFile(join(directory, 'sqlite/29990101000000_more/migration.sql'), 'CREATE TABLE more (id TEXT)')
  return directory
}

describe('the lock by which other programs know that the database is open', () => {
  let folder = ''
  let path = ''
  let url = ''
  let database: Database

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-locks-'))
    path = join(folder, 'holdfast.db')
    url = `file:${path}`
    await migrateDatabase({ url, directory: MIGRATIONS_DIRECTORY })
    database = await openDatabase(url)
    await database.prisma.setting.create({ data: { key: 'in the log', value: 1 } })
  })
  afterAll(async () => {
    await database.close()
    await rm(folder, { recursive: true })
  })

  // Whatever this process does with its own database file. A new way to open it belongs in here.
  const DEEDS: [string, () => Promise<unknown>][] = [
    ['nothing', async () => undefined],
    ['opening the file again', async () => openSqliteFile(path).close()],
    ['opening it for reading', async () => openSqliteFile(path, { readOnly: true }).close()],
    ['another adapter', async () => (await createSqliteAdapter(path).connect()).dispose()],
    ['another client', async () => (await openDatabase(url)).close()],
    [
      'the client of the process, and the readiness check with it',
      async () => {
        await initDatabase({ databaseUrl: url })
        expect(
          (
            await readiness(
              { databaseUrl: url },
              createLog('test', 'error', () => {}),
            )
          ).checks.migrations,
        ).toBe('ok')
        await closeDatabase()
      },
    ],
    ['asking for the migrations', () => requireMigrated({ url, directory: MIGRATIONS_DIRECTORY })],
    ['migrations that have run', () => migrateDatabase({ url, directory: MIGRATIONS_DIRECTORY })],
    [
      'a migration, with the copy that is kept before it',
      async () => {
        const directory = await longerMigrations(join(folder, 'migrations'))
        expect(await migrateDatabase({ url, directory })).toEqual(['29990101000000_more'])
      },
    ],
  ]

  it.each(DEEDS)('outlives %s', async (_name, deed) => {
    const log = logOf(path)
    await deed()
    expect(locksOn(path)).not.toEqual([])
    expect(locksOn(`${path}-shm`)).not.toEqual([])
    readFromOutside(path)
    expect(logOf(path)).toBe(log)
  })
})

/** Opens a database without root's rights, which are above the mode of files; prints the code of the failure. */
const OPEN_AS_NOBODY = `
import { openSqliteFile } from './connection.mjs'
if (process.getuid() === 0) process.setgid(65534), process.setuid(65534)
try {
  openSqliteFile(process.argv[2]).close()
  console.log('opened')
} catch (error) {
  console.log(error.message)
}`

it('is refused, with the cure, when the file may only be read', async () => {
  // Inside the project, so that the packages the bundle leaves outside are found.
  await mkdir('.cache', { recursive: true })
  const bundle = await mkdtemp('.cache/open-')
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-readonly-'))
  await build({
    entryPoints: ['lib/db/sqlite-connection.ts'],
    outfile: join(bundle, 'connection.mjs'),
    ...({ bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' } as const),
  })
  await writeFile(join(bundle, 'open.mjs'), OPEN_AS_NOBODY)
  const path = join(folder, 'holdfast.db')
  openSqliteFile(path).close()
  await chmod(folder, 0o777)
  const open = () => execFileSync(process.execPath, [join(bundle, 'open.mjs'), path], { encoding: 'utf8' }).trim()
  await chmod(path, 0o666)
  expect(open()).toBe('opened')
  await chmod(path, 0o444)
  expect(open()).toContain('give this user the right to write the file')
  await Promise.all([bundle, folder].map((each) => rm(each, { recursive: true })))
})

it('makes a new database for its owner alone, and leaves the mode of one that is there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-mode-'))
  const path = join(folder, 'holdfast.db')
  openSqliteFile(path).close()
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  await chmod(path, 0o640)
  openSqliteFile(path).close()
  expect((await stat(path)).mode & 0o777).toBe(0o640)
  await rm(folder, { recursive: true })
})

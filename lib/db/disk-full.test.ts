import Sqlite from 'better-sqlite3'
import { afterEach, describe, expect, it } from 'vitest'
import { CommitGroup } from '@/lib/db/commit-group'
import { retryContention } from '@/lib/db/conflict'
import { SqliteConnection } from '@/lib/db/sqlite-connection'
import { toHoldfastError } from '@/lib/errors'
import { missingPostgres, openTestDatabase, type TestDatabase } from '@/testing/database'
import { makeHost } from '@/testing/factories'

/** What whoever asked for the write is told. */
const told = (write: Promise<unknown>) =>
  write.then(
    () => 'written',
    (error) => toHoldfastError(error),
  )
const wide = (name: string) => ({ name: `${name}-${'x'.repeat(3000)}` })

describe('a database whose disk is full', () => {
  let test: TestDatabase
  afterEach(() => test.close())

  /** SQLite answers as on a full disk when it may not grow beyond what it has now. */
  async function fill(): Promise<void> {
    await test.prisma.$executeRawUnsafe('PRAGMA max_page_count = 1')
    for (let free = 0; (await told(makeHost(test.prisma, wide(`filler-${free}`)))) === 'written'; free++);
  }

  it('says so, with its directory, for a statement and for a transaction, and goes on when there is room', async () => {
    test = await openTestDatabase('sqlite')
    const { prisma } = test
    await makeHost(prisma, { name: 'before' })
    await fill()
    const full = {
      code: 'disk_full',
      message: expect.stringMatching(/^The disk that holds \/\S*holdfast-db-\w+ is full: free some space/),
    }
    expect(await told(makeHost(prisma, wide('alone')))).toMatchObject(full)
    const transaction = (name: string) =>
      retryContention(() =>
        prisma.$transaction(async (tx) => {
          await makeHost(tx, wide(name))
          await tx.host.count()
        }),
      )
    // Those that share one COMMIT with it hear the same, and not that some transaction has gone.
    for (const answer of await Promise.all(['a', 'b', 'c'].map((name) => told(transaction(name))))) {
      expect(answer).toMatchObject(full)
    }
    await prisma.$executeRawUnsafe('PRAGMA max_page_count = 1000000')
    expect(await told(transaction('after'))).toBe('written')
    const names = (await prisma.host.findMany({ select: { name: true } })).map(({ name }) => name.split('-')[0])
    expect(names).toContain('before')
    expect(names).toContain('after')
    expect(names.filter((name) => ['alone', 'a', 'b', 'c'].includes(name ?? ''))).toEqual([])
  })

  it.skipIf(missingPostgres())('says so on PostgreSQL too (needs: postgresql)', async () => {
    test = await openTestDatabase('postgresql')
    const { prisma } = test
    await prisma.$executeRawUnsafe(
      `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'could not extend file "base/5/2619"' USING ERRCODE = 'disk_full'; END $$`,
    )
    await prisma.$executeRawUnsafe('CREATE TRIGGER full_disk BEFORE INSERT ON "Host" EXECUTE FUNCTION full_disk()')
    const full = { code: 'disk_full', message: 'The disk that holds the database is full: free some space on it.' }
    expect(await told(makeHost(prisma, { name: 'alone' }))).toMatchObject(full)
    expect(await told(prisma.$transaction((tx) => makeHost(tx, { name: 'inside' })))).toMatchObject(full)
  })
})

it('tells all that share a COMMIT why SQLite has rolled it back', async () => {
  const raw = new Sqlite(':memory:')
  const group = new CommitGroup(new SqliteConnection(raw), async () => {
    raw.exec('BEGIN IMMEDIATE')
    return () => undefined
  })
  const full = new Error('full')
  await group.join()
  const second = group.join()
  // Not yet: the statement failed, and the others are still intact.
  group.noteDiskFailure(new Error('of one statement'))
  group.requireIntact()
  raw.exec('ROLLBACK')
  group.noteDiskFailure(full)
  group.rollback()
  await expect(second).rejects.toBe(full)
  raw.close()
})

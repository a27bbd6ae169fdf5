import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { closeDatabase, database, db, initDatabase, openDatabase } from '@/lib/db/client'
import { parseDatabaseUrl } from '@/lib/db/database-url'
import { toHoldfastError } from '@/lib/errors'
import { openTestDatabase, testDatabases } from '@/testing/database'
import { makeBackend, makeHost } from '@/testing/factories'

testDatabases('transactions', (test) => {
  it('that time out are undone and hold nobody up', async () => {
    const { prisma } = test
    const slow = prisma.$transaction(
      async (tx) => {
        await makeBackend(tx, { name: 'slow' })
        // Until the transaction is taken away.
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 5))
          await tx.backend.count()
        }
      },
      { timeout: 50 },
    )
    const waiting = makeBackend(prisma, { name: 'waiting' })
    await expect(slow).rejects.toMatchObject({ code: 'P2028' })
    expect((await waiting).name).toBe('waiting')
    expect(await prisma.backend.count({ where: { name: 'slow' } })).toBe(0)
  })

  it('that wait too long for their turn leave nothing locked', async () => {
    const { prisma } = test
    const release = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const holder = prisma.$transaction(async (tx) => {
      await makeHost(tx, { name: 'holder' })
      begun.resolve()
      await release.promise
    })
    await begun.promise
    const late = (options: { maxWait?: number }) => prisma.$transaction((tx) => makeHost(tx, { name: 'late' }), options)
    if (test.provider === 'sqlite') await expect(late({ maxWait: 20 })).rejects.toMatchObject({ code: 'P2028' })
    else await late({})
    release.resolve()
    await holder
    expect((await makeHost(prisma, { name: 'next' })).name).toBe('next')
  })

  it('that find everything taken say that the database is busy, and not that Holdfast has failed', async () => {
    const { prisma } = test
    const release = Promise.withResolvers<void>()
    const begun = Array.from({ length: test.provider === 'sqlite' ? 1 : 10 }, () => Promise.withResolvers<void>())
    const holders = begun.map(({ resolve }) =>
      prisma.$transaction(async () => {
        resolve()
        await release.promise
      }),
    )
    await Promise.all(begun.map(({ promise }) => promise))
    const late = prisma.$transaction((tx) => makeHost(tx, { name: 'too late' }), { maxWait: 20 })
    const error = await late.catch(toHoldfastError).finally(() => release.resolve())
    await Promise.all(holders)
    expect(error).toMatchObject({ code: 'unavailable', status: 503 })
    expect(await prisma.host.count({ where: { name: 'too late' } })).toBe(0)
  })

  it('undo everything when their function throws', async () => {
    const { prisma } = test
    const failed = prisma.$transaction(async (tx) => {
      await makeHost(tx, { name: 'undone' })
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    expect(await prisma.host.findUnique({ where: { name: 'undone' } })).toBeNull()
  })
})

describe('openDatabase', () => {
  it('reads both kinds of URL, and never repeats one in an error', () => {
    expect(parseDatabaseUrl('file:/var/lib/holdfast/holdfast.db')).toEqual({
      provider: 'sqlite',
      path: '/var/lib/holdfast/holdfast.db',
    })
    expect(parseDatabaseUrl('file:///a%20b/h.db?x=1')).toEqual({ provider: 'sqlite', path: '/a b/h.db' })
    expect(parseDatabaseUrl('postgresql://u:p@h:5432/n?schema=s&sslmode=require')).toEqual({
      provider: 'postgresql',
      connectionString: 'postgresql://u:p@h:5432/n?sslmode=require',
      schema: 's',
    })
    for (const url of ['', 'file:', 'mysql://u:hunter2@h/n', 'postgresql://', 'postgresql://u:hunter2@h', '/a/b.db']) {
      expect(() => parseDatabaseUrl(url)).toThrow('must be file:')
      expect(() => parseDatabaseUrl(url)).not.toThrow('hunter2')
    }
  })

  it('says in one sentence why a database cannot be opened', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-open-'))
    await writeFile(join(directory, 'text.db'), 'This is not a database. '.repeat(100))
    const cases = [
      [`file:${directory}/none/h.db`, 'its directory does not exist'],
      [`file:${directory}/text.db`, 'damaged or is not a SQLite database'],
      [`file:${directory}`, 'cannot be opened'],
      ['postgresql://nobody:hunter2@127.0.0.1:1/none', 'does not answer or refuses the sign-in'],
    ] as const
    for (const [url, sentence] of cases)
      await expect(openDatabase(url)).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining(sentence),
      })
    await rm(directory, { recursive: true })
  })
})

describe('the database of this process', () => {
  afterEach(closeDatabase)

  it('is opened once and shared, also by a second copy of the module', async () => {
    const test = await openTestDatabase('sqlite')
    expect(() => db()).toThrow('not open yet')
    const [first, second] = await Promise.all([
      initDatabase({ databaseUrl: test.url }),
      initDatabase({ databaseUrl: test.url }),
    ])
    expect(first).toBe(second)
    expect(db()).toBe(first.prisma)
    expect(database().provider).toBe('sqlite')
    expect(() => initDatabase({ databaseUrl: 'file:/else' })).toThrow('two different database URLs')
    await closeDatabase()
    expect(() => db()).toThrow('not open yet')
    await test.close()
  })

  it('may be opened again after a failed start', async () => {
    await expect(initDatabase({ databaseUrl: 'file:/nowhere/at/all.db' })).rejects.toThrow('does not exist')
    const test = await openTestDatabase('sqlite')
    await initDatabase({ databaseUrl: test.url })
    expect(await db().host.count()).toBe(0)
    await test.close()
  })
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { cachedJson, dataVersion } from '@/lib/db/cached-json'
import { closeDatabase, db, initDatabase } from '@/lib/db/client'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

testDatabases('cachedJson', (database) => {
  let built = 0
  const read = () =>
    cachedJson('backends', async () => {
      built++
      return db().backend.count()
    })
  beforeAll(() => initDatabase({ databaseUrl: database.url }))
  afterAll(() => closeDatabase())

  it('never shows less than what was committed before the question', async () => {
    for (let number = 0; number < 20; number++) {
      // Turn by turn from this process's own connection and from a foreign one.
      await makeBackend(number % 2 === 0 ? db() : database.prisma)
      expect(await read()).toBe(String(number + 1))
      await db().$transaction((tx) => makeBackend(tx).then(() => tx.backend.deleteMany({ where: { name: 'none' } })))
      await database.prisma.backend.delete({ where: { id: (await database.prisma.backend.findFirstOrThrow()).id } })
      expect(await read()).toBe(String(number + 1))
    }
  })

  it('builds once while nothing changes, and again after a failure', async () => {
    const isCached = (await dataVersion()) !== null
    expect(isCached).toBe(database.provider === 'sqlite')
    await makeBackend(database.prisma)
    const before = built
    const answers = await Promise.all([read(), read(), read(), read()])
    expect(new Set(answers).size).toBe(1)
    expect(built - before).toBe(isCached ? 1 : 4)
    const failing = cachedJson('failing', () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(await cachedJson('failing', async () => 'yes')).toBe('"yes"')
  })
})

import { expect, it } from 'vitest'
import { uniqueViolation } from '@/lib/db/conflict'
import { plainTransaction } from '@/lib/db/plain-sql'
import { testDatabases } from '@/testing/database'
import { makeBackend } from '@/testing/factories'

testDatabases('plain SQL in a transaction', (test) => {
  it('returns what Prisma returns for the same statement', async () => {
    const { prisma } = test
    const { id } = await makeBackend(prisma, { name: 'every kind of value' })
    await prisma.backend.update({
      where: { id },
      data: { config: { deep: [1, null, 'ü'] }, totalBytes: 2n ** 60n, usedBytes: 7n, observedAt: new Date(1_234_567) },
    })
    const outside = await prisma.$queryRaw`SELECT * FROM "Backend" WHERE "id" = ${id}`
    const counted = await prisma.$queryRaw`SELECT count(*) AS n, true AS yes FROM "Backend"`
    await plainTransaction(prisma, async (tx) => {
      expect(await tx.$queryRaw`SELECT * FROM "Backend" WHERE "id" = ${id}`).toEqual(outside)
      expect(await tx.$queryRaw`SELECT count(*) AS n, true AS yes FROM "Backend"`).toEqual(counted)
    })
  })

  it('stores values as Prisma does', async () => {
    const { prisma } = test
    const { id } = await makeBackend(prisma, { name: 'written' })
    const at = new Date(1_700_000_000_123)
    const changed = await plainTransaction(
      prisma,
      (tx) => tx.$executeRaw`
        UPDATE "Backend" SET "observedAt" = ${at}, "usedBytes" = ${2n ** 60n}, "observedOn" = ${null}, "generation" = ${3}
        WHERE "id" = ${id}`,
    )
    expect(changed).toBe(1)
    expect(await prisma.backend.findUnique({ where: { id } })).toMatchObject({
      observedAt: at,
      usedBytes: 2n ** 60n,
      observedOn: null,
      generation: 3,
    })
  })

  it('is part of the transaction, and of no other', async () => {
    const { prisma } = test
    const { id } = await makeBackend(prisma, { name: 'before' })
    const rename = (name: string) => prisma.$executeRaw`UPDATE "Backend" SET "name" = ${name} WHERE "id" = ${id}`
    const failed = plainTransaction(prisma, async (tx) => {
      await tx.$executeRaw`UPDATE "Backend" SET "name" = ${'within'} WHERE "id" = ${id}`
      expect((await tx.backend.findUnique({ where: { id } }))?.name).toBe('within')
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    expect((await prisma.backend.findUnique({ where: { id } }))?.name).toBe('before')
    expect(await rename('after')).toBe(1)
  })

  it('says which index was violated', async () => {
    const { prisma } = test
    const { id } = await makeBackend(prisma, { name: 'first' })
    await makeBackend(prisma, { name: 'second' })
    const taken = plainTransaction(
      prisma,
      (tx) => tx.$executeRaw`UPDATE "Backend" SET "name" = ${'second'} WHERE "id" = ${id}`,
    )
    expect(uniqueViolation(await taken.catch((error: unknown) => error))).toEqual(['name'])
  })

  it('is refused when the time limit has ended the transaction', async () => {
    const { prisma } = test
    const { id } = await makeBackend(prisma, { name: 'in time' })
    const writes: Promise<number>[] = []
    const late = plainTransaction(
      prisma,
      async (tx) => {
        // Without a pause, so that one of them meets Prisma between its ROLLBACK and the way back to the pool.
        for (let refused = false; !refused; ) {
          const write = tx.$executeRaw`UPDATE "Backend" SET "name" = ${'too late'} WHERE "id" = ${id}`
          writes.push(write)
          refused = await write.then(
            () => false,
            () => true,
          )
          await new Promise((resolve) => setImmediate(resolve))
        }
      },
      { timeout: 50 },
    )
    await expect(late).rejects.toMatchObject({ code: 'P2028' })
    expect((await Promise.allSettled(writes)).at(-1)).toMatchObject({
      reason: { message: expect.stringContaining('ended') },
    })
    expect((await prisma.backend.findUnique({ where: { id } }))?.name).toBe('in time')
  })
})

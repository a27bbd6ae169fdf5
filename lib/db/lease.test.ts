import { expect, it } from 'vitest'
import { openDatabase } from '@/lib/db/client'
import { acquireLease, type HeldLease, releaseLease, renewLease } from '@/lib/db/lease'
import { testDatabases } from '@/testing/database'

testDatabases('leases', (database) => {
  const long = 60_000
  const expire = (name: string) =>
    database.prisma.lease.update({ where: { name }, data: { expiresAt: new Date(Date.now() - 1) } })

  it('have one holder until their time runs out, and a fence that grows', async () => {
    const { prisma } = database
    const first = await acquireLease(prisma, 'sweep', 'one', long)
    expect(first).toMatchObject({ holder: 'one', fence: 1 })
    expect(await acquireLease(prisma, 'sweep', 'two', long)).toBeUndefined()
    await expire('sweep')
    expect(await acquireLease(prisma, 'sweep', 'two', long)).toMatchObject({ holder: 'two', fence: 2 })
    expect(await renewLease(prisma, first as HeldLease, long)).toBeUndefined()
    expect(await releaseLease(prisma, first as HeldLease)).toBe(false)
    expect(await acquireLease(prisma, 'sweep', 'one', long)).toBeUndefined()
  })

  it('can be renewed late as long as nobody took them, and are free after release', async () => {
    const { prisma } = database
    const held = (await acquireLease(prisma, 'alerts', 'one', long)) as HeldLease
    await expire('alerts')
    const renewed = await renewLease(prisma, held, long)
    expect(renewed?.expiresAt.getTime()).toBeGreaterThan(Date.now())
    expect(renewed?.fence).toBe(held.fence)
    expect(await releaseLease(prisma, held)).toBe(true)
    expect(await acquireLease(prisma, 'alerts', 'two', long)).toMatchObject({ holder: 'two', fence: 2 })
  })

  it('go to exactly one of many contenders, on the first race and on every later one', async () => {
    const other = await openDatabase(database.url)
    try {
      for (const round of [1, 2, 3, 4, 5]) {
        const contenders = Array.from({ length: 10 }, (_, i) =>
          acquireLease(i % 2 === 0 ? database.prisma : other.prisma, 'race', `holder-${round}-${i}`, long),
        )
        const winners = (await Promise.all(contenders)).filter((lease) => lease !== undefined)
        expect(winners).toHaveLength(1)
        expect(winners[0]?.fence).toBe(round)
        await expire('race')
      }
    } finally {
      await other.close()
    }
  })
})

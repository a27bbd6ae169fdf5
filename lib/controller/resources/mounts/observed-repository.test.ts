import { expect, it } from 'vitest'
import { findObserved, saveFigures } from '@/lib/controller/resources/mounts/observed-repository'
import { testDatabases } from '@/testing/database'
import { makeHost, makeMount } from '@/testing/factories'

testDatabases('figures of mounts', (database) => {
  it('are saved of many at once, and of nothing else', async () => {
    const { prisma } = database
    const hosts = await Promise.all([makeHost(prisma), makeHost(prisma)])
    const hostIds = hosts.map(({ id }) => id)
    const mounts = await Promise.all([makeMount(prisma, { hostIds }), makeMount(prisma, { hostIds })])
    await prisma.mountOnHost.updateMany({
      data: { observedState: 'hung', observedAt: new Date(0), usage: { usedBytes: 1 } },
    })
    const before = await findObserved(prisma)
    const [first, second, ...others] = before
    if (first === undefined || second === undefined) throw new Error('there are no mounts')
    const at = new Date('2026-11-30T12:00:00Z')
    const told = { usedBytes: 2.5, asOf: at.toISOString(), words: 'it\'s 10 % \\ "full" ü' }
    await saveFigures(
      prisma,
      [
        { ...first, observedState: 'mounted', usage: told },
        { ...second, usage: null },
      ],
      at,
    )
    expect(new Set(before.map(({ id }) => id))).toEqual(new Set(mounts.map(({ id }) => id)))
    expect(await findObserved(prisma)).toEqual(
      expect.arrayContaining([{ ...first, usage: told }, { ...second, usage: null }, ...others]),
    )
    const touched = await prisma.mountOnHost.findMany({ where: { observedAt: at }, select: { mountId: true } })
    expect(touched).toHaveLength(2)
  })
})

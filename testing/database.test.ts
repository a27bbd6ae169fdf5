import { expect, it } from 'vitest'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount, makeUser } from '@/testing/factories'

testDatabases('factories', (database) => {
  it('make rows that belong together', async () => {
    const { prisma } = database
    const host = await makeHost(prisma)
    const mount = await makeMount(prisma, { hostIds: [host.id] })
    expect(mount.hosts).toMatchObject([{ hostId: host.id, desiredState: 'mounted', observedState: 'unknown' }])
    expect((await makeUser(prisma, { role: 'viewer' })).role).toBe('viewer')
    expect((await makeBackend(prisma)).name).not.toBe((await makeBackend(prisma)).name)
    expect(await prisma.backend.count()).toBe(3)
  })

  it('has the columns and types of both engines in common', async () => {
    const created = await makeBackend(database.prisma, {
      config: { server: 'nas', options: ['ro', 'noatime'], port: 2049, deep: { empty: null } },
      totalBytes: 9_007_199_254_740_993n,
      usageAt: new Date('2026-02-03T04:05:06.789Z'),
    })
    const read = await database.prisma.backend.findUniqueOrThrow({ where: { id: created.id } })
    expect(read).toEqual(created)
    expect(read.totalBytes).toBe(9_007_199_254_740_993n)
    expect(read.usageAt?.toISOString()).toBe('2026-02-03T04:05:06.789Z')
    expect(read.config).toEqual({ server: 'nas', options: ['ro', 'noatime'], port: 2049, deep: { empty: null } })
    expect(read.observedAt).toBeNull()
  })
})

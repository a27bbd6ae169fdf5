import { expect, it } from 'vitest'
import { GET as summaryRoute } from '@/app/api/v1/storage/pools/summary/route'
import { PoolSummary } from '@/lib/pools/schema'
import { useTestApi } from '@/testing/api'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost } from '@/testing/factories'

testDatabases('the figures of all pools', (database) => {
  const api = useTestApi(database)
  const read = async () => (await api.call('viewer', summaryRoute, 'GET')).data(PoolSummary)
  let counter = 0

  /** The look of each host is newer than that of the one before. */
  const makePool = (
    backendId: string,
    hosts: { hostId: string; totalBytes?: number; usedBytes?: number }[],
    keeperId: string | null = null,
  ) => {
    const id = `pol_${++counter}`
    const rows = hosts.map((host, at) => ({
      ...host,
      ...(host.totalBytes === undefined ? {} : { capacityAt: new Date(Date.now() + at) }),
    }))
    const data = { id, name: id, backendId, keeperId, settings: {}, hosts: { create: rows } }
    return database.prisma.pool.create({ data })
  }
  const makeVolume = (poolId: string, sizeBytes: number, phase: 'ready' | 'trashed' = 'ready') => {
    const id = `vol_${++counter}`
    const shape = { format: 'qcow2', provisioning: 'thin' } as const
    return database.prisma.volume.create({ data: { id, poolId, name: id, nameKey: id, sizeBytes, phase, ...shape } })
  }

  it('count what pools share once, add up what hosts have for themselves, and leave out what nobody knows', async () => {
    expect(await read()).toEqual({
      pool_count: 0,
      unmeasured_count: 0,
      total_bytes: null,
      used_bytes: null,
      provisioned_bytes: 0,
      overcommit: null,
      volume_count: 0,
      trashed_count: 0,
    })
    const { prisma } = database
    const [one, two] = [await makeHost(prisma), await makeHost(prisma)]
    const gone = await makeHost(prisma, { revokedAt: new Date() })
    const shared = await makeBackend(prisma, { driver: 'nfs', config: {} })
    const local = await makeBackend(prisma)
    const figures = { totalBytes: 1000, usedBytes: 300 }
    const first = await makePool(
      shared.id,
      [
        { hostId: one.id, ...figures },
        { hostId: two.id, totalBytes: 1, usedBytes: 1 },
      ],
      one.id,
    )
    await makePool(shared.id, [
      { hostId: two.id, totalBytes: 2, usedBytes: 2 },
      { hostId: one.id, ...figures },
    ])
    const own = await makePool(local.id, [
      { hostId: one.id, totalBytes: 50, usedBytes: 10 },
      { hostId: two.id, totalBytes: 70, usedBytes: 20 },
      { hostId: gone.id, totalBytes: 9999, usedBytes: 9999 },
    ])
    await makeVolume(first.id, 2000)
    await makeVolume(own.id, 240, 'trashed')
    expect(await read()).toMatchObject({
      pool_count: 3,
      unmeasured_count: 0,
      total_bytes: 1120,
      used_bytes: 330,
      provisioned_bytes: 2240,
      overcommit: 2,
      volume_count: 1,
      trashed_count: 1,
    })
    const unknown = await makePool((await makeBackend(prisma)).id, [{ hostId: one.id }])
    await makeVolume(unknown.id, 10_000)
    await prisma.pool.update({ where: { id: own.id }, data: { deletedAt: new Date() } })
    expect(await read()).toMatchObject({
      pool_count: 3,
      unmeasured_count: 1,
      total_bytes: 1000,
      provisioned_bytes: 12_000,
      overcommit: 2,
      volume_count: 2,
      trashed_count: 0,
    })
  })
})

import { expect, it } from 'vitest'
import { dropAcknowledged } from '@/lib/controller/resources/mounts/mounts-repository'
import { acknowledgeClosed, findDesiredOfPool } from '@/lib/controller/resources/pools/pools-repository'
import type { Db } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { testDatabases } from '@/testing/database'
import { makeBackend, makeHost, makeMount } from '@/testing/factories'

const HOSTS = 6
const ROUNDS = 5

testDatabases('what was deleted, when its last hosts let go at the same moment', (database) => {
  const inTransaction = (work: (tx: Db) => Promise<void>) =>
    retryContention(() => database.prisma.$transaction((tx) => work(tx)))
  const makeHosts = async () =>
    (await Promise.all(Array.from({ length: HOSTS }, () => makeHost(database.prisma)))).map(({ id }) => id)

  it('goes, a mount', async () => {
    const hostIds = await makeHosts()
    const { id: backendId } = await makeBackend(database.prisma)
    for (let round = 0; round < ROUNDS; round++) {
      const { id } = await makeMount(database.prisma, { backendId, hostIds, deletedAt: new Date() })
      await Promise.all(hostIds.map((hostId) => inTransaction((tx) => dropAcknowledged(tx, id, hostId))))
      expect(await database.prisma.mountOnHost.count({ where: { mountId: id } })).toBe(0)
      expect(await database.prisma.mount.count({ where: { id } })).toBe(0)
    }
  })

  it('goes, a pool with the mount below it', async () => {
    const hostIds = await makeHosts()
    const { id: backendId } = await makeBackend(database.prisma)
    for (let round = 0; round < ROUNDS; round++) {
      const { id: mountId } = await makeMount(database.prisma, { backendId, hostIds, deletedAt: new Date() })
      const hosts = { create: hostIds.map((hostId) => ({ hostId, desired: 'closed' as const })) }
      const id = `pol_last-${round}`
      const pool = { id, name: id, backendId, mountId, settings: {}, deletedAt: new Date(), hosts }
      await database.prisma.pool.create({ data: pool })
      const rows = await findDesiredOfPool(database.prisma, id, hostIds)
      expect(rows).toHaveLength(HOSTS)
      await Promise.all([
        ...rows.map((row) => inTransaction((tx) => acknowledgeClosed(tx, row, new Date()))),
        ...hostIds.map((hostId) => inTransaction((tx) => dropAcknowledged(tx, mountId, hostId))),
      ])
      expect(await database.prisma.pool.count({ where: { id } })).toBe(0)
      expect(await database.prisma.mount.count({ where: { id: mountId } })).toBe(0)
    }
  })
})

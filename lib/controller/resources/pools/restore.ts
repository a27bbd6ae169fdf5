import { KEEPER_LEASE_MS, type ObservedPool } from '@/lib/agent-protocol/pools'
import type { RestoreSide } from '@/lib/controller/resources/kind'

/** Pools of a database that may have been restored from a backup. One that it does not know stays on the host: volumes are in it. */
export const restoredPools: RestoreSide<ObservedPool> = {
  async wanted(db, hostId) {
    const rows = await db.poolOnHost.findMany({
      where: { hostId },
      select: {
        poolId: true,
        desired: true,
        desiredGeneration: true,
        pool: { select: { name: true, deletedAt: true, mount: { select: { mountPoint: true } } } },
      },
    })
    return rows.map(({ poolId, desired, desiredGeneration, pool }) => ({
      kind: 'pool',
      id: poolId,
      name: pool.name,
      mountPoint: pool.mount?.mountPoint ?? null,
      desiredGeneration,
      isWanted: desired === 'open' && pool.deletedAt === null,
    }))
  },

  shown: ({ poolId, generation }) => ({ id: poolId, mountPoint: null, source: null, generation }),

  async raise(tx, ahead) {
    for (const [poolId, resources] of Map.groupBy(ahead, ({ id }) => id)) {
      const row = await tx.pool.findUnique({ where: { id: poolId }, select: { generation: true, keeperId: true } })
      if (!row) continue
      const generation = Math.max(row.generation, ...resources.map((resource) => resource.generation)) + 1
      const hostIds = resources.map(({ hostId }) => hostId)
      const isKept = row.keeperId !== null && hostIds.every((id) => id === row.keeperId)
      const data = isKept ? { generation } : { generation, ...lentToSomebody() }
      await tx.pool.update({ where: { id: poolId }, data, select: { id: true } })
      // What other hosts have left on a shared storage carries a higher number than the keeper had, who would be refused.
      const kept = row.keeperId === null ? [] : [row.keeperId]
      await tx.poolOnHost.updateMany({
        where: { poolId, hostId: { in: [...hostIds, ...kept] } },
        data: { desiredGeneration: generation, attempts: 0, nextAttemptAt: null },
      })
    }
  },
}

/** Another host may have been the keeper, and nobody knows which one: the keeper waits as long as after the loss of one. */
function lentToSomebody(): { lentTo: string; lentUntil: Date } {
  return { lentTo: '', lentUntil: new Date(Date.now() + KEEPER_LEASE_MS) }
}

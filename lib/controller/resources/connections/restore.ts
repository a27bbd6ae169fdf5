import type { ObservedConnection } from '@/lib/agent-protocol/messages'
import type { RestoreSide } from '@/lib/controller/resources/kind'

/** Connections of a database that may have been restored from a backup. */
export const restoredConnections: RestoreSide<ObservedConnection> = {
  async wanted(db, hostId) {
    const rows = await db.backendOnHost.findMany({
      where: { hostId },
      select: { backendId: true, desired: true, desiredGeneration: true, backend: { select: { name: true } } },
    })
    return rows.map(({ backendId, desired, desiredGeneration, backend }) => ({
      kind: 'connection',
      id: backendId,
      name: backend.name,
      mountPoint: null,
      desiredGeneration,
      isWanted: desired === 'connected',
    }))
  },

  shown: ({ backendId, generation }) => ({ id: backendId, mountPoint: null, source: null, generation }),

  async raise(tx, ahead) {
    for (const { hostId, id, generation } of ahead) {
      await tx.backendOnHost.updateMany({
        where: { backendId: id, hostId },
        data: { desiredGeneration: generation + 1, attempts: 0, nextAttemptAt: null },
      })
    }
  },
}

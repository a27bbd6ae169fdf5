import type { ObservedMount } from '@/lib/agent-protocol/messages'
import type { RestoreSide } from '@/lib/controller/resources/kind'
import { removal } from '@/lib/controller/resources/mounts/command'

/** Mounts of a database that may have been restored from a backup. */
export const restoredMounts: RestoreSide<ObservedMount> = {
  async wanted(db, hostId) {
    const rows = await db.mountOnHost.findMany({
      where: { hostId },
      select: {
        mountId: true,
        desiredState: true,
        desiredGeneration: true,
        removed: true,
        mount: { select: { name: true, mountPoint: true, deletedAt: true } },
      },
    })
    return rows.map(({ mountId, desiredState, desiredGeneration, removed, mount }) => ({
      kind: 'mount',
      id: mountId,
      name: mount.name,
      mountPoint: mount.mountPoint,
      desiredGeneration,
      isWanted: desiredState === 'mounted' && !removed && mount.deletedAt === null,
    }))
  },

  shown: ({ mountId, mountPoint, source, generation }) => ({ id: mountId, mountPoint, source, generation }),

  async raise(tx, ahead) {
    for (const [mountId, resources] of Map.groupBy(ahead, ({ id }) => id)) {
      const row = await tx.mount.findUnique({ where: { id: mountId }, select: { generation: true } })
      if (!row) continue
      const generation = Math.max(row.generation, ...resources.map((resource) => resource.generation)) + 1
      await tx.mount.update({ where: { id: mountId }, data: { generation }, select: { id: true } })
      await tx.mountOnHost.updateMany({
        where: { mountId, hostId: { in: resources.map(({ hostId }) => hostId) } },
        data: { desiredGeneration: generation, attempts: 0, nextAttemptAt: null, repairs: 0, repairedAt: null },
      })
    }
  },

  removal: (id) => removal(id, false),
}

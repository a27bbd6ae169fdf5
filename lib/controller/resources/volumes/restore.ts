import type { ObservedVolume } from '@/lib/agent-protocol/pools'
import type { RestoreSide } from '@/lib/controller/resources/kind'

/**
 * Volumes of a database that may have been restored from a backup. Their commands have no generations of their own, and one that the
 * database does not know stays where it is.
 */
export const restoredVolumes: RestoreSide<ObservedVolume> = {
  async wanted(db, hostId) {
    const rows = await db.volume.findMany({ where: { hostId }, select: { id: true, name: true, phase: true } })
    return rows.map(({ id, name, phase }) => ({
      kind: 'volume',
      id,
      name,
      mountPoint: null,
      desiredGeneration: VOLUME_GENERATION,
      isWanted: phase === 'ready',
    }))
  },
  shown: ({ volumeId, generation }) => ({ id: volumeId, mountPoint: null, source: null, generation }),
  raise: async () => undefined,
}

/** Of every command for a volume: an operation says what is to be done, and there is no newer wish. */
export const VOLUME_GENERATION = 1

import { db } from '@/lib/db/client'

/** Volumes of a pool by their ids. */
export function findVolumes(poolId: string, ids: readonly string[]) {
  return db().volume.findMany({
    where: { poolId, id: { in: [...ids] } },
    select: { id: true, name: true, isInUse: true },
  })
}

export type VolumeRow = Awaited<ReturnType<typeof findVolumes>>[number]

export function findSnapshots(volumeIds: readonly string[]) {
  return db().snapshot.findMany({
    where: { volumeId: { in: [...volumeIds] } },
    select: { id: true, name: true, volumeId: true },
  })
}

export type SnapshotRow = Awaited<ReturnType<typeof findSnapshots>>[number]

import { z } from 'zod'
import { NO_PROBLEM } from '@/lib/controller/resources/problem-columns'
import type { StoredVolume } from '@/lib/controller/resources/volumes/volumes-repository'
import type { Db } from '@/lib/db/client'

const Snapshots = z.array(z.object({ snapshotId: z.string(), sizeBytes: z.number().nullable() }))

/** What is stored of volumes that no row is about, to begin with. */
export async function findStoredUnknown(db: Db): Promise<StoredVolume[]> {
  const rows = await db.unknownVolume.findMany()
  return rows.map(({ state, generation, since, error, snapshots, observedAt: _, ...row }) => ({
    ...row,
    ...NO_PROBLEM,
    observedState: state as StoredVolume['observedState'],
    observedGeneration: generation,
    observedSince: since,
    observedError: error,
    snapshots: Snapshots.safeParse(snapshots).data ?? [],
  }))
}

/**
 * What a host tells of a volume that no row is about. It is told of until the host has it no more, or somebody takes it in. Nothing is
 * stored of one that another host looks after now, or that lies in a pool on its way out.
 */
export async function saveUnknown(tx: Db, stored: StoredVolume, at: Date): Promise<void> {
  const { id, hostId, poolId, observedState } = stored
  if (observedState === 'missing' || observedState === 'unknown') {
    await tx.unknownVolume.deleteMany({ where: { id, hostId } })
    return
  }
  const [known, pool] = await Promise.all([
    tx.volume.count({ where: { id } }),
    tx.pool.count({ where: { id: poolId, deletedAt: null, hosts: { some: { hostId, desired: 'open' } } } }),
  ])
  if (known > 0 || pool === 0) return
  const row = {
    poolId,
    hostId,
    state: observedState,
    generation: stored.observedGeneration,
    format: stored.format,
    sizeBytes: stored.sizeBytes,
    allocatedBytes: stored.allocatedBytes,
    parentVolumeId: stored.parentVolumeId,
    parentSnapshotId: stored.parentSnapshotId,
    snapshots: stored.snapshots.map(({ snapshotId, sizeBytes }) => ({ snapshotId, sizeBytes })),
    isInUse: stored.isInUse,
    usedBy: stored.usedBy,
    imageName: stored.imageName,
    error: stored.observedError,
    since: stored.observedSince,
    observedAt: at,
  }
  await tx.unknownVolume.upsert({ where: { id }, create: { id, ...row }, update: row, select: { id: true } })
}

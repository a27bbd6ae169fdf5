import type { ObservedVolume } from '@/lib/agent-protocol/pools'
import type { StoredRow } from '@/lib/controller/resources/kind'
import type { ProblemColumns } from '@/lib/controller/resources/problem-columns'
import { findStoredUnknown, saveUnknown } from '@/lib/controller/resources/volumes/unknown-repository'
import type { Db } from '@/lib/db/client'
import { storable } from '@/lib/db/json-column'

export interface StoredSnapshot {
  snapshotId: string
  sizeBytes: number | null
}

/** What is stored of a volume, as its host tells it. */
export interface StoredVolume extends StoredRow, ProblemColumns {
  poolId: string
  observedState: ObservedVolume['state'] | 'missing' | 'unknown'
  format: ObservedVolume['format'] | null
  /** Null leaves the size as it is stored: nobody has said how large it is. */
  sizeBytes: bigint | null
  allocatedBytes: bigint | null
  parentVolumeId: string | null
  parentSnapshotId: string | null
  isInUse: boolean
  usedBy: string | null
  imageName: string | null
  snapshots: readonly StoredSnapshot[]
}

/** Everything that is stored about volumes, to begin with. */
export async function findStoredVolumes(db: Db): Promise<StoredVolume[]> {
  const rows = await db.volume.findMany({
    where: { hostId: { not: null } },
    select: {
      id: true,
      poolId: true,
      hostId: true,
      format: true,
      sizeBytes: true,
      allocatedBytes: true,
      parentVolumeId: true,
      parentSnapshotId: true,
      isInUse: true,
      usedBy: true,
      imageName: true,
      observedState: true,
      observedGeneration: true,
      observedSince: true,
      observedError: true,
      observedProblem: true,
      observedValues: true,
      observedSaid: true,
      snapshots: { where: { isReady: true }, select: { id: true, sizeBytes: true } },
    },
  })
  const known = rows.map(({ hostId, observedState, snapshots, ...row }) => ({
    ...row,
    hostId: hostId ?? '',
    observedState: observedState as StoredVolume['observedState'],
    snapshots: snapshots.map(({ id, sizeBytes }) => ({
      snapshotId: id,
      sizeBytes: sizeBytes === null ? null : Number(sizeBytes),
    })),
  }))
  return [...known, ...(await findStoredUnknown(db))]
}

/** One that is being made or taken back is what its operation says, until that ends. */
const PHASES = { present: 'ready', trashed: 'trashed', broken: 'error', missing: 'missing' } as const

/** Only what the host tells that looks after the volume now. */
export async function saveVolume(tx: Db, stored: StoredVolume, at: Date): Promise<void> {
  const { id, hostId, poolId: _, format, sizeBytes, snapshots, observedValues, ...columns } = stored
  const { count } = await tx.volume.updateMany({
    where: { id, hostId },
    data: {
      ...columns,
      ...(format === null ? {} : { format }),
      ...(sizeBytes === null ? {} : { sizeBytes }),
      observedValues: storable(observedValues),
      observedAt: at,
    },
  })
  if (count === 0) return saveUnknown(tx, stored, at)
  const phase = stored.observedState === 'unknown' ? undefined : PHASES[stored.observedState]
  if (phase !== undefined) await tx.volume.updateMany({ where: { id, phase: { not: 'creating' } }, data: { phase } })
  if (stored.observedGeneration !== null) await saveSnapshots(tx, id, snapshots)
}

/** A snapshot that is not there any more is kept as one that is not ready: its row says what was lost. */
async function saveSnapshots(tx: Db, volumeId: string, seen: readonly StoredSnapshot[]): Promise<void> {
  const ids = seen.map(({ snapshotId }) => snapshotId)
  await tx.snapshot.updateMany({ where: { volumeId, isReady: true, id: { notIn: ids } }, data: { isReady: false } })
  for (const { snapshotId, sizeBytes } of seen) {
    const size = sizeBytes === null ? null : BigInt(Math.round(sizeBytes))
    await tx.snapshot.updateMany({
      where: { id: snapshotId, volumeId },
      data: { isReady: true, sizeBytes: size },
    })
  }
}

/** "Still the same" for the volumes of pools that these hosts can look into. */
export async function touchVolumes(tx: Db, hostIds: string[], at: Date): Promise<void> {
  const open = await tx.poolOnHost.findMany({
    where: { hostId: { in: hostIds }, observedState: { in: ['ready', 'degraded'] } },
    select: { poolId: true, hostId: true },
  })
  for (const [hostId, pools] of Map.groupBy(open, (row) => row.hostId)) {
    await tx.volume.updateMany({
      where: { hostId, poolId: { in: pools.map(({ poolId }) => poolId) }, observedGeneration: { not: null } },
      data: { observedAt: at },
    })
  }
}

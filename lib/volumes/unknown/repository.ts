import { type Db, db, type Prisma } from '@/lib/db/client'

const COLUMNS = {
  id: true,
  poolId: true,
  hostId: true,
  state: true,
  generation: true,
  format: true,
  sizeBytes: true,
  allocatedBytes: true,
  parentVolumeId: true,
  parentSnapshotId: true,
  snapshots: true,
  isInUse: true,
  usedBy: true,
  imageName: true,
  error: true,
  since: true,
  observedAt: true,
  host: { select: { name: true } },
} as const satisfies Prisma.UnknownVolumeSelect

export type UnknownRecord = Prisma.UnknownVolumeGetPayload<{ select: typeof COLUMNS }>

export function findOfPool(poolId: string): Promise<UnknownRecord[]> {
  return db().unknownVolume.findMany({ where: { poolId }, select: COLUMNS, orderBy: { id: 'asc' } })
}

export function findById(tx: Db, poolId: string, id: string): Promise<UnknownRecord | null> {
  return tx.unknownVolume.findFirst({ where: { id, poolId }, select: COLUMNS })
}

export interface TakenIn {
  name: string
  nameKey: string
  phase: 'ready' | 'trashed' | 'error'
  provisioning: 'thin' | 'full'
  accessMode: 'RWO' | 'ROX' | 'RWX'
  sizeBytes: bigint
  trashedAt: Date | null
  purgeAt: Date | null
  createdAt: Date
  snapshots: { id: string; name: string; sizeBytes: bigint | null; createdAt: Date }[]
}

/** A volume as all others, as its host has shown it; its row among the unknown ones goes. */
export async function takeIn(tx: Db, row: UnknownRecord, { snapshots, ...columns }: TakenIn): Promise<void> {
  await tx.volume.create({
    data: {
      id: row.id,
      poolId: row.poolId,
      hostId: row.hostId,
      format: row.format ?? 'raw',
      allocatedBytes: row.allocatedBytes,
      parentVolumeId: row.parentVolumeId,
      parentSnapshotId: row.parentSnapshotId,
      isInUse: row.isInUse,
      usedBy: row.usedBy,
      imageName: row.imageName,
      observedState: row.state,
      observedGeneration: row.generation,
      observedSince: row.since,
      observedAt: row.observedAt,
      observedError: row.error,
      ...columns,
      snapshots: {
        create: snapshots.map((snapshot) => ({ ...snapshot, volumeBytes: columns.sizeBytes, isReady: true })),
      },
    },
    select: { id: true },
  })
  await tx.unknownVolume.deleteMany({ where: { id: row.id } })
}

import { type Db, db, type Prisma } from '@/lib/db/client'

/** Of a schedule. */
export const SCHEDULE = {
  id: true,
  isOn: true,
  rule: true,
  timeZone: true,
  prefix: true,
  keepLast: true,
  keepDaily: true,
  keepWeekly: true,
  keepMonthly: true,
  since: true,
  updatedAt: true,
} as const satisfies Prisma.SnapshotScheduleSelect

const VOLUME = {
  id: true,
  name: true,
  poolId: true,
  format: true,
  provisioning: true,
  baseKey: true,
  schedule: { select: SCHEDULE },
  turn: true,
  snapshots: { where: { isReady: true, isScheduled: true }, select: { id: true, createdAt: true } },
  pool: {
    select: {
      name: true,
      settings: true,
      schedule: { select: SCHEDULE },
      backend: { select: { driver: true } },
    },
  },
} as const satisfies Prisma.VolumeSelect

export type ScheduledVolume = Prisma.VolumeGetPayload<{ select: typeof VOLUME }>

const POOL = { id: true, name: true, deletedAt: true, schedule: { select: SCHEDULE } } as const

export function findVolume(id: string, tx: Db = db()): Promise<ScheduledVolume | null> {
  return tx.volume.findUnique({ where: { id }, select: VOLUME })
}

export function findPool(id: string, tx: Db = db()) {
  return tx.pool.findUnique({ where: { id }, select: POOL })
}

/** Snapshots of a volume that something was cloned from and still needs. */
export async function findClonedFrom(volumeId: string, tx: Db = db()): Promise<Set<string>> {
  const rows = await tx.volume.findMany({
    where: { parentVolumeId: volumeId, parentSnapshotId: { not: null } },
    select: { parentSnapshotId: true },
  })
  return new Set(rows.flatMap(({ parentSnapshotId }) => parentSnapshotId ?? []))
}

export async function countsOf(poolId: string): Promise<{ following: number; own: number; failing: number }> {
  const living = { poolId, phase: { not: 'trashed' } } as const satisfies Prisma.VolumeWhereInput
  const [following, own, failing] = await Promise.all([
    // Nobody writes to the base of a template, so no snapshots are taken of it.
    db().volume.count({ where: { ...living, schedule: null, baseKey: null } }),
    db().volume.count({ where: { ...living, schedule: { isNot: null } } }),
    db().volume.count({ where: { ...living, turn: { failures: { gt: 0 } } } }),
  ])
  return { following, own, failing }
}

/** Whose it is: one of the two. */
export type Owner = { volumeId: string } | { poolId: string }

export interface NewSchedule {
  isOn: boolean
  rule: Prisma.InputJsonValue
  timeZone: string
  prefix: string
  keepLast: number
  keepDaily: number
  keepWeekly: number
  keepMonthly: number
  since: Date
}

export async function save(tx: Db, id: string, owner: Owner, row: NewSchedule): Promise<void> {
  const where = 'volumeId' in owner ? { volumeId: owner.volumeId } : { poolId: owner.poolId }
  await tx.snapshotSchedule.upsert({ where, create: { id, ...owner, ...row }, update: row, select: { id: true } })
}

export async function remove(tx: Db, owner: Owner): Promise<void> {
  await tx.snapshotSchedule.deleteMany({ where: owner })
}

/** The volumes for which a schedule holds: of a pool, those that have none of their own. */
function heldBy(owner: Owner): Prisma.VolumeWhereInput {
  return 'volumeId' in owner ? { id: owner.volumeId } : { poolId: owner.poolId, schedule: null }
}

/**
 * From now on they follow another schedule: none of its times is past for them. `nextAt` null: none holds for them any more.
 */
export async function beginAnew(tx: Db, owner: Owner, nextAt: Date | null): Promise<void> {
  const where = { volume: heldBy(owner) }
  if (nextAt === null) await tx.snapshotTurn.deleteMany({ where })
  else
    await tx.snapshotTurn.updateMany({
      where,
      data: { nextAt, failures: 0, failing: null, failedSince: null, error: null },
    })
}

/** What may stay has changed. */
export async function pruneSoon(tx: Db, owner: Owner, at: Date): Promise<void> {
  await tx.snapshotTurn.updateMany({ where: { volume: heldBy(owner) }, data: { pruneAt: at } })
}

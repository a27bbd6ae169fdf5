import { startDue } from '@/lib/controller/pools/pool-care-repository'
import type { Db, Prisma } from '@/lib/db/client'
import { newId } from '@/lib/ids'
import { freeSnapshotName } from '@/lib/snapshots/name'
import { SCHEDULE } from '@/lib/snapshots/repository'
import { type ScheduleRow, scheduleOf } from '@/lib/snapshots/schedule'
import { findChildren, insertSnapshot } from '@/lib/volumes/repository'

/** The rest comes with the next look. */
const AT_ONCE = 100

const VOLUME = {
  id: true,
  name: true,
  poolId: true,
  hostId: true,
  format: true,
  provisioning: true,
  baseKey: true,
  sizeBytes: true,
  createdAt: true,
  schedule: { select: SCHEDULE },
  pool: {
    select: {
      name: true,
      settings: true,
      schedule: { select: SCHEDULE },
      backend: { select: { driver: true } },
      hosts: { select: { hostId: true, dataPercent: true, metadataPercent: true } },
    },
  },
} as const satisfies Prisma.VolumeSelect

export type CaredVolume = Prisma.VolumeGetPayload<{ select: typeof VOLUME }>
export type Turn = Prisma.SnapshotTurnGetPayload<{ include: { volume: { select: typeof VOLUME } } }>
export type Act = 'snapshot' | 'deleteSnapshot'

const ON: Prisma.VolumeWhereInput = {
  OR: [{ schedule: { isOn: true } }, { schedule: null, pool: { schedule: { isOn: true } } }],
}
/** Its host can be asked now. */
const THERE: Prisma.VolumeWhereInput = {
  phase: 'ready',
  pool: { deletedAt: null },
  host: { observedStatus: 'online', revokedAt: null },
}

/** Volumes for which a schedule holds that nobody has begun with. */
export function findNew(db: Db): Promise<CaredVolume[]> {
  return db.volume.findMany({
    where: { AND: [ON, THERE, { turn: null }] },
    select: VOLUME,
    orderBy: { id: 'asc' },
    take: AT_ONCE * 10,
  })
}

export async function begin(tx: Db, volumeId: string, nextAt: Date): Promise<void> {
  await tx.snapshotTurn.upsert({ where: { volumeId }, create: { volumeId, nextAt }, update: {} })
}

function findTurns(db: Db, where: Prisma.SnapshotTurnWhereInput): Promise<Turn[]> {
  return db.snapshotTurn.findMany({
    where: { ...where, operationId: null, volume: { AND: [ON, THERE] } },
    include: { volume: { select: VOLUME } },
    orderBy: { nextAt: 'asc' },
    take: AT_ONCE,
  })
}

/** A snapshot is to be taken. */
export function findDue(db: Db, now: Date): Promise<Turn[]> {
  return findTurns(db, { nextAt: { lte: now } })
}

/** Some may be too many. */
export function findPrunable(db: Db, now: Date): Promise<Turn[]> {
  return findTurns(db, { pruneAt: { lte: now } })
}

export interface Ended {
  turn: Turn
  /** `gone`: nobody knows any more how it ended. */
  status: 'succeeded' | 'failed' | 'cancelled' | 'gone'
  error: string | null
  startedAt: Date
}

/** What was asked for and has come to its end. */
export async function findEnded(db: Db, now: Date): Promise<Ended[]> {
  const turns = await db.snapshotTurn.findMany({
    where: { operationId: { not: null } },
    include: { volume: { select: VOLUME } },
  })
  if (turns.length === 0) return []
  const rows = await db.operation.findMany({
    where: { id: { in: turns.flatMap(({ operationId }) => operationId ?? []) } },
    select: { id: true, status: true, error: true, createdAt: true },
  })
  const operations = new Map(rows.map((row) => [row.id, row]))
  return turns.flatMap((turn): Ended[] => {
    const row = operations.get(turn.operationId ?? '')
    if (row === undefined) return [{ turn, status: 'gone', error: null, startedAt: now }]
    const { status, error, createdAt: startedAt } = row
    if (status === 'succeeded' || status === 'failed' || status === 'cancelled')
      return [{ turn, status, error, startedAt }]
    return status === 'partial' ? [{ turn, status: 'failed', error, startedAt }] : []
  })
}

/** Only while it still waits for the same: another controller may have looked before. */
export async function change(tx: Db, turn: Turn, data: Prisma.SnapshotTurnUpdateManyMutationInput): Promise<boolean> {
  const { volumeId, operationId, nextAt } = turn
  const { count } = await tx.snapshotTurn.updateMany({ where: { volumeId, operationId, nextAt }, data })
  return count === 1
}

export interface Started {
  operation: string
  /** What is done, in words. */
  summary: string
  snapshotId: string
  name: string
}

/**
 * Writes the snapshot down with the work for it. `nextAt`: when the one after it is due, so that each is taken once. Null: somebody else
 * works on the volume, or it is not what it was.
 */
export async function startSnapshot(tx: Db, turn: Turn, now: Date, nextAt: Date, by: string): Promise<Started | null> {
  const { volume } = turn
  const schedule = scheduleOf<ScheduleRow>(volume)
  if (schedule === null) return null
  const snapshotId = newId('snapshot')
  const rows = await tx.snapshot.findMany({ where: { volumeId: volume.id }, select: { name: true } })
  const name = freeSnapshotName(schedule, now, new Set(rows.map((row) => row.name)))
  const due = { volume: hosted(volume), work: { do: 'snapshot', snapshotId }, about: name } as const
  const started = await startDue(tx, due, by)
  if (started === null) return null
  const row = { id: snapshotId, volumeId: volume.id, name, volumeBytes: volume.sizeBytes, expiresAt: null }
  await insertSnapshot(tx, { ...row, isScheduled: true })
  const isMine = await change(tx, turn, { operationId: started.operation, doing: 'snapshot', nextAt })
  return isMine ? { ...started, snapshotId, name } : lost()
}

/** Deletes one that the schedule has taken. */
export async function startDelete(
  tx: Db,
  turn: Turn,
  { id: snapshotId, name }: { id: string; name: string },
  by: string,
): Promise<Started | null> {
  const found = await tx.snapshot.count({ where: { id: snapshotId, isReady: true, isScheduled: true } })
  if (found === 0) return null
  const due = { volume: hosted(turn.volume), work: { do: 'deleteSnapshot', snapshotId }, about: name } as const
  const started = await startDue(tx, due, by)
  if (started === null) return null
  const isMine = await change(tx, turn, { operationId: started.operation, doing: 'deleteSnapshot' })
  return isMine ? { ...started, snapshotId, name } : lost()
}

/** Takes the whole transaction back. */
function lost(): never {
  throw new TurnTaken()
}

/** Somebody else has done it at the same moment. */
export class TurnTaken extends Error {}

/** No row has an empty id, so work on one that no host looks after is not begun. */
function hosted({ id, name, poolId, hostId }: CaredVolume) {
  return { id, name, poolId, hostId: hostId ?? '' }
}

/** What schedules have taken of a volume and is there, oldest first. */
export async function findTaken(db: Db, volumeId: string) {
  const [rows, children] = await Promise.all([
    db.snapshot.findMany({
      where: { volumeId, isReady: true, isScheduled: true },
      select: { id: true, name: true, createdAt: true },
      orderBy: { createdAt: 'asc' },
    }),
    findChildren([volumeId], db),
  ])
  return rows.map((row) => ({ ...row, hasClones: children.some((child) => child.parentSnapshotId === row.id) }))
}

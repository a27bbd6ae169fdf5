import type { VolumeWork } from '@/lib/agent-protocol/pools'
import type { Db } from '@/lib/db/client'
import { holdRows } from '@/lib/db/hold-rows'
import { newId } from '@/lib/ids'
import { insert } from '@/lib/operations/repository'
import { setKeeper, update } from '@/lib/pools/repository'
import { findWork } from '@/lib/volumes/repository'
import { workWords } from '@/lib/volumes/work-words'

export type CaredPool = Awaited<ReturnType<typeof findPools>>[number]

/** Pools that are not on their way out, as much as it takes to choose who looks after them. Absent `id`: all of them. */
export function findPools(db: Db, id?: string) {
  return db.pool.findMany({
    where: { deletedAt: null, ...(id === undefined ? {} : { id }) },
    select: {
      id: true,
      name: true,
      settings: true,
      keeperId: true,
      generation: true,
      backend: { select: { driver: true } },
      hosts: {
        select: {
          hostId: true,
          desired: true,
          madeAt: true,
          observedState: true,
          observedGeneration: true,
          observedError: true,
          attempts: true,
          host: { select: { name: true, observedStatus: true, revokedAt: true } },
        },
        orderBy: { hostId: 'asc' },
      },
    },
    orderBy: { id: 'asc' },
  })
}

/**
 * Notes that the keeper may go on until then; false: it may not. One that follows another waits until that has said that it is the keeper
 * no more, or until `settledBefore`: what was lent until then, or earlier, must have come to its end.
 */
export async function noteLoan(
  tx: Db,
  { poolId, keeperId, until, settledBefore }: { poolId: string; keeperId: string; until: Date; settledBefore: Date },
): Promise<boolean> {
  const isFree = [{ lentTo: null }, { lentTo: keeperId }, { lentUntil: { lt: settledBefore } }]
  const where = { id: poolId, keeperId, deletedAt: null }
  const data = { lentTo: keeperId, lentUntil: until }
  const lent = await tx.pool.updateMany({ where: { ...where, OR: isFree }, data })
  if (lent.count === 1) return true
  const pool = await tx.pool.findUnique({ where: { id: poolId }, select: { lentTo: true } })
  const before = pool?.lentTo ?? null
  if (before === null || !(await hasLetGo(tx, poolId, before))) return false
  const { count } = await tx.pool.updateMany({ where: { ...where, lentTo: before }, data })
  return count === 1
}

/** Has this host taken in that it is not the keeper any more, or closed the pool? It says so when all of its changes have ended. */
async function hasLetGo(tx: Db, poolId: string, hostId: string): Promise<boolean> {
  const row = await tx.poolOnHost.findUnique({
    where: { poolId_hostId: { poolId, hostId } },
    select: { desired: true, desiredGeneration: true, observedGeneration: true },
  })
  if (row === null) return false
  if (row.observedGeneration === null) return row.desired === 'closed'
  return row.desired === 'open' && row.observedGeneration >= row.desiredGeneration
}

/** The volumes that changed hands; null: the pool was changed at the same moment. */
export async function elect(tx: Db, pool: CaredPool, keeperId: string): Promise<string[] | null> {
  const generation = await update(tx, pool.id, pool.generation, {})
  if (generation === null) return null
  await setKeeper(tx, pool.id, keeperId, generation)
  const rows = await tx.volume.findMany({ where: { poolId: pool.id }, select: { id: true } })
  return rows.map(({ id }) => id)
}

export interface DueWork {
  /** Of the thing that is due. */
  id: string
  volume: { id: string; name: string; poolId: string; hostId: string }
  work: VolumeWork
  /** The name of the snapshot that it is about. */
  about?: string
}

const DAY_MS = 86_400_000
/** The rest comes with the next look. */
const AT_ONCE = 100

const VOLUME = { id: true, name: true, poolId: true, hostId: true } as const
const THERE = { host: { observedStatus: 'online' as const, revokedAt: null } }

/** What has been in the trash for as long as its pool says, on hosts that are online. */
export async function findDuePurges(db: Db, now: Date): Promise<DueWork[]> {
  const rows = await db.volume.findMany({
    where: { phase: 'trashed', purgeAt: { lte: now }, ...THERE },
    select: VOLUME,
    orderBy: { purgeAt: 'asc' },
    take: AT_ONCE,
  })
  return rows.map(({ hostId, ...row }) => ({
    id: row.id,
    volume: { ...row, hostId: hostId ?? '' },
    work: { do: 'purge' },
  }))
}

/** Snapshots whose time is over. */
export async function findExpired(db: Db, now: Date): Promise<DueWork[]> {
  const rows = await db.snapshot.findMany({
    where: { isReady: true, expiresAt: { lte: now }, volume: { phase: 'ready', ...THERE } },
    select: { id: true, name: true, volume: { select: VOLUME } },
    orderBy: { expiresAt: 'asc' },
    take: AT_ONCE,
  })
  return rows.map(({ id, name: about, volume: { hostId, ...volume } }) => ({
    id,
    volume: { ...volume, hostId: hostId ?? '' },
    work: { do: 'deleteSnapshot', snapshotId: id },
    about,
  }))
}

/** A volume that a host has found in the trash, without a time of its own. */
export async function setMissingPurgeTimes(tx: Db, now: Date): Promise<void> {
  const rows = await tx.volume.findMany({
    where: { phase: 'trashed', purgeAt: null },
    select: { id: true, pool: { select: { trashDays: true } } },
    take: AT_ONCE,
  })
  for (const { id, pool } of rows) {
    const purgeAt = new Date(now.getTime() + pool.trashDays * DAY_MS)
    await tx.volume.updateMany({ where: { id, purgeAt: null }, data: { purgeAt, trashedAt: now, nameKey: id } })
  }
}

/** Writes the work down, and gives its operation with its words; null: somebody else works on the volume, or it is not what it was. */
export async function startDue(
  tx: Db,
  { volume, work, about }: Omit<DueWork, 'id'>,
  requestedBy: string,
): Promise<{ operation: string; summary: string } | null> {
  const { id: volumeId, name, poolId, hostId } = volume
  await holdRows(tx, 'volume', [volumeId])
  if ((await findWork(tx)).has(volumeId)) return null
  const row = await tx.volume.findUnique({ where: { id: volumeId }, select: { phase: true, hostId: true } })
  if (row?.hostId !== hostId || row.phase !== (work.do === 'purge' ? 'trashed' : 'ready')) return null
  const id = newId('operation')
  const words = workWords(work, name, about ?? null)
  await insert(tx, {
    id,
    kind: 'volume.work',
    target: { kind: 'volume', id: volumeId, name },
    requestedBy,
    words,
    payload: { volumeId, poolId, hostId, work, sourceId: null },
    hostIds: [hostId],
  })
  return { operation: id, summary: words.summary }
}

import type { ObservedVolume, SnapshotConsistency } from '@/lib/agent-protocol/pools'
import type { Db } from '@/lib/db/client'
import type { HoldfastError } from '@/lib/errors'
import { snapshotsRefused } from '@/lib/snapshots/refusal'
import { makesVolume, type VolumeWorkPayload } from '@/lib/volumes/undo'

const DAY_MS = 86_400_000

export interface Worked {
  payload: VolumeWorkPayload
  /** As it was then; null: it is gone. */
  volume: ObservedVolume | null
  /** What a moved one was before; null: nobody has looked. */
  source: ObservedVolume | null
  /** Of the snapshot that it took; null: not known. */
  consistency: SnapshotConsistency | null
  at: Date
}

/** What a job has done to a volume. `seen` stores how the host showed it. */
export async function storeWork(
  tx: Db,
  { payload, volume, source, consistency, at }: Worked,
  seen: (tx: Db, hostId: string, volume: ObservedVolume) => Promise<void>,
): Promise<void> {
  const { volumeId, work } = payload
  if (work.do === 'purge') {
    await tx.volume.deleteMany({ where: { id: volumeId } })
    return
  }
  if (makesVolume(payload)) await tx.volume.updateMany({ where: { id: volumeId }, data: { phase: 'ready' } })
  if (work.do === 'clone' && work.base !== undefined) await storeBase(tx, work.of)
  if (work.do === 'snapshot')
    await tx.snapshot.updateMany({ where: { id: work.snapshotId, volumeId }, data: { isReady: true, consistency } })
  if (work.do === 'deleteSnapshot') await tx.snapshot.deleteMany({ where: { id: work.snapshotId, volumeId } })
  if (work.do === 'trash') await storeTrashed(tx, volumeId, at)
  if (work.do === 'move') {
    await storeTrashed(tx, work.from.volumeId, at, volumeId)
    await moveSchedule(tx, work.from.volumeId, volumeId)
  }
  if (work.do === 'untrash') await tx.volume.updateMany({ where: { id: volumeId }, data: NOT_TRASHED })
  for (const shown of [volume, source]) {
    if (shown === null) continue
    const row = await tx.volume.findUnique({ where: { id: shown.volumeId }, select: { hostId: true } })
    if (row?.hostId) await seen(tx, row.hostId, shown)
  }
}

/** It was made with the clone, or by another one that came first. */
async function storeBase(
  tx: Db,
  { volumeId, snapshotId }: { volumeId: string; snapshotId: string | null },
): Promise<void> {
  await tx.volume.updateMany({ where: { id: volumeId, phase: 'creating' }, data: { phase: 'ready' } })
  if (snapshotId !== null)
    await tx.snapshot.updateMany({
      where: { id: snapshotId, volumeId },
      data: { isReady: true, consistency: 'unused' },
    })
}

/** Where the new one can have snapshots; else it stays with the old one, and does nothing in the trash. */
async function moveSchedule(tx: Db, from: string, to: string): Promise<void> {
  const made = await tx.volume.findUnique({
    where: { id: to },
    select: {
      format: true,
      provisioning: true,
      baseKey: true,
      pool: { select: { settings: true, backend: { select: { driver: true } } } },
    },
  })
  if (made === null || snapshotsRefused(made) !== null) return
  await tx.snapshotSchedule.updateMany({ where: { volumeId: from }, data: { volumeId: to } })
}

const NOT_TRASHED = { phase: 'ready', trashedAt: null, purgeAt: null, movedToId: null } as const

/** Its name is free for others from then on. `movedToId`: what it is now, in another pool. */
async function storeTrashed(tx: Db, volumeId: string, at: Date, movedToId: string | null = null): Promise<void> {
  const row = await tx.volume.findUnique({
    where: { id: volumeId },
    select: { pool: { select: { trashDays: true } } },
  })
  const purgeAt = new Date(at.getTime() + (row?.pool.trashDays ?? 0) * DAY_MS)
  await tx.volume.updateMany({
    where: { id: volumeId },
    data: { phase: 'trashed', trashedAt: at, purgeAt, nameKey: volumeId, movedToId },
  })
}

/** Nobody knows whether it was done: the next look at the pool tells. What was to be made stays as an error until then. */
export async function storeUncertain(tx: Db, payload: VolumeWorkPayload, error: HoldfastError): Promise<void> {
  if (!makesVolume(payload)) return
  const { volumeId, work } = payload
  const ids = work.do === 'clone' && work.base !== undefined ? [volumeId, work.of.volumeId] : [volumeId]
  await tx.volume.updateMany({
    where: { id: { in: ids }, phase: 'creating' },
    data: { phase: 'error', observedError: error.message },
  })
}

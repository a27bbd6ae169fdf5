import type { ObservedVolume } from '@/lib/agent-protocol/pools'
import type { Db } from '@/lib/db/client'
import type { HoldfastError } from '@/lib/errors'
import { makesVolume, type VolumeWorkPayload } from '@/lib/volumes/undo'

const DAY_MS = 86_400_000

export interface Worked {
  payload: VolumeWorkPayload
  /** As it was then; null: it is gone. */
  volume: ObservedVolume | null
  at: Date
}

/** What a job has done to a volume. `seen` stores how the host showed it. */
export async function storeWork(
  tx: Db,
  { payload, volume, at }: Worked,
  seen: (tx: Db, hostId: string, volume: ObservedVolume) => Promise<void>,
): Promise<void> {
  const { volumeId, work } = payload
  if (work.do === 'purge') {
    await tx.volume.deleteMany({ where: { id: volumeId } })
    return
  }
  if (makesVolume(payload)) await tx.volume.updateMany({ where: { id: volumeId }, data: { phase: 'ready' } })
  if (work.do === 'snapshot')
    await tx.snapshot.updateMany({ where: { id: work.snapshotId, volumeId }, data: { isReady: true } })
  if (work.do === 'deleteSnapshot') await tx.snapshot.deleteMany({ where: { id: work.snapshotId, volumeId } })
  if (work.do === 'trash') await storeTrashed(tx, volumeId, at)
  if (work.do === 'untrash')
    await tx.volume.updateMany({ where: { id: volumeId }, data: { phase: 'ready', trashedAt: null, purgeAt: null } })
  const row = await tx.volume.findUnique({ where: { id: volumeId }, select: { hostId: true } })
  if (row?.hostId && volume !== null) await seen(tx, row.hostId, volume)
}

/** Its name is free for others from then on. */
async function storeTrashed(tx: Db, volumeId: string, at: Date): Promise<void> {
  const row = await tx.volume.findUnique({
    where: { id: volumeId },
    select: { pool: { select: { trashDays: true } } },
  })
  const purgeAt = new Date(at.getTime() + (row?.pool.trashDays ?? 0) * DAY_MS)
  await tx.volume.updateMany({
    where: { id: volumeId },
    data: { phase: 'trashed', trashedAt: at, purgeAt, nameKey: volumeId },
  })
}

/** Nobody knows whether it was done: the next look at the pool tells. What was to be made stays as an error until then. */
export async function storeUncertain(tx: Db, payload: VolumeWorkPayload, error: HoldfastError): Promise<void> {
  if (!makesVolume(payload)) return
  await tx.volume.updateMany({
    where: { id: payload.volumeId, phase: 'creating' },
    data: { phase: 'error', observedError: error.message },
  })
}

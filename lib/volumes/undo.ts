import type { Db } from '@/lib/db/client'
import type { OperationPayload } from '@/lib/operations/schema'

export type VolumeWorkPayload = OperationPayload<'volume.work'>

/** Makes the content of a volume that was not there before? */
export function makesVolume({ work }: Pick<VolumeWorkPayload, 'work'>): boolean {
  return work.do === 'create' || work.do === 'move' || work.do === 'clone' || work.do === 'adopt'
}

/** Takes back what was written down with the wish for work that was not done, or was undone on its host. */
export async function undoWork(tx: Db, payload: VolumeWorkPayload): Promise<void> {
  const { volumeId, work } = payload
  if (makesVolume(payload)) await tx.volume.deleteMany({ where: { id: volumeId, phase: 'creating' } })
  if (work.do === 'snapshot') await tx.snapshot.deleteMany({ where: { id: work.snapshotId, isReady: false } })
  // Its name is free for others again.
  if (work.do === 'untrash') await tx.volume.updateMany({ where: { id: volumeId }, data: { nameKey: volumeId } })
}

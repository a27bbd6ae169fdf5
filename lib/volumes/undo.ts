import type { Db } from '@/lib/db/client'
import { holdRows } from '@/lib/db/hold-rows'
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
  if (work.do === 'clone' && work.base !== undefined) await undoBase(tx, volumeId, work.of.volumeId)
  if (work.do === 'snapshot') await tx.snapshot.deleteMany({ where: { id: work.snapshotId, isReady: false } })
  // Its name is free for others again.
  if (work.do === 'untrash') await tx.volume.updateMany({ where: { id: volumeId }, data: { nameKey: volumeId } })
}

/** What clones of a template share goes with the clone that was to make it; not while another one waits for it, which makes it then. */
async function undoBase(tx: Db, cloneId: string, baseId: string): Promise<void> {
  await holdRows(tx, 'volume', [baseId])
  const others = await tx.volume.count({
    where: { parentVolumeId: baseId, phase: 'creating', id: { not: cloneId } },
  })
  if (others === 0) await tx.volume.deleteMany({ where: { id: baseId, phase: 'creating' } })
}

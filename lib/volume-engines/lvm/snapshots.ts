import type { SnapshotConsistency } from '@/lib/agent-protocol/pools'
import type { EngineTurn } from '@/lib/volume-engines/contract/engine'
import { snapshotExists, volumeMissing } from '@/lib/volume-engines/contract/refusals'
import * as commands from '@/lib/volume-engines/lvm/commands'
import { type Contents, change, type LvmPool, readContents, readOwn, rowNamed } from '@/lib/volume-engines/lvm/contents'
import { requireAble } from '@/lib/volume-engines/lvm/create'
import { requireClosed, requireLiving, requireSnapshot, snapshotRows, volumeRow } from '@/lib/volume-engines/lvm/find'
import {
  deactivate,
  makeOnce,
  ownTags,
  removeOwn,
  renameBack,
  renameOnce,
  tidy,
} from '@/lib/volume-engines/lvm/logical-volume'
import { newName, oldName, volumeTag } from '@/lib/volume-engines/lvm/names'
import { requireRoom } from '@/lib/volume-engines/lvm/thin-pool'

/** The group before something is done with a living volume that nobody has open. */
async function readFor(pool: LvmPool, volumeId: string, turn: EngineTurn): Promise<Contents> {
  const contents = await tidy(pool, await readOwn(pool, turn), volumeId, turn)
  await requireClosed(pool, requireLiving(pool, contents, volumeId), turn)
  return contents
}

/** Of one that nobody has open. */
export async function snapshot(
  pool: LvmPool,
  volumeId: string,
  snapshotId: string,
  turn: EngineTurn,
): Promise<SnapshotConsistency> {
  await turn.step('look', async () => {
    requireAble(pool, 'snapshot')
    const contents = await readFor(pool, volumeId, turn)
    if (rowNamed(contents, snapshotId) !== null) throw snapshotExists(volumeId, snapshotId)
    await requireRoom(pool, contents, 0, turn)
  })
  const made = { name: snapshotId, tags: [...ownTags(pool), volumeTag(volumeId)] }
  await turn.step(
    'make',
    () => makeOnce(() => change(pool, commands.makeThinSnapshot(pool.place, volumeId, made, 'r'), turn)),
    () => removeOwn(pool, [snapshotId], turn),
  )
  return 'unused'
}

/** Not there: success. Nothing else needs it, also not what was cloned from it. */
export async function deleteSnapshot(
  pool: LvmPool,
  volumeId: string,
  snapshotId: string,
  turn: EngineTurn,
): Promise<void> {
  await turn.step('remove', async () => {
    const contents = await readOwn(pool, turn)
    if (volumeRow(pool, contents, volumeId) === null) throw volumeMissing(volumeId)
    const isThere = snapshotRows(pool, contents, volumeId).some(({ lv_name }) => lv_name === snapshotId)
    if (isThere) await removeOwn(pool, [snapshotId], turn)
  })
}

/** A new thin snapshot of the snapshot takes the place of the volume. Wherever that is cut off, one of the two is whole. */
export async function restore(pool: LvmPool, volumeId: string, snapshotId: string, turn: EngineTurn): Promise<void> {
  const [fresh, old] = [newName(volumeId), oldName(volumeId)]
  await turn.step('look', async () => {
    requireAble(pool, 'restore')
    const contents = await readFor(pool, volumeId, turn)
    requireSnapshot(pool, contents, volumeId, snapshotId)
    await requireRoom(pool, contents, 0, turn)
  })
  const made = { name: fresh, tags: ownTags(pool) }
  await turn.step(
    'copy',
    () => makeOnce(() => change(pool, commands.makeThinSnapshot(pool.place, snapshotId, made, 'rw'), turn)),
    () => removeOwn(pool, [fresh], turn),
  )
  await turn.step(
    'aside',
    async () => {
      const row = rowNamed(await readContents(pool, turn), volumeId)
      if (row !== null) await deactivate(pool, row, turn)
      await renameOnce(pool, volumeId, old, turn)
    },
    () => renameBack(pool, old, volumeId, turn),
  )
  await turn.step(
    'replace',
    () => renameOnce(pool, fresh, volumeId, turn),
    () => takeOut(pool, volumeId, turn),
  )
  await turn.step('remove', () => removeOwn(pool, [old], turn))
}

/** The reverse of a replacement, as long as what was replaced is there. */
async function takeOut(pool: LvmPool, volumeId: string, turn: EngineTurn): Promise<void> {
  const contents = await readContents(pool, turn)
  if (rowNamed(contents, oldName(volumeId)) === null) return
  await renameBack(pool, volumeId, newName(volumeId), turn)
}

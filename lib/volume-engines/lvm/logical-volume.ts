import type { EngineContext } from '@/lib/volume-engines/contract/engine'
import * as commands from '@/lib/volume-engines/lvm/commands'
import {
  type Contents,
  change,
  isNameTaken,
  type LvmPool,
  readContents,
  rowNamed,
  switchDevice,
} from '@/lib/volume-engines/lvm/contents'
import { isOurs, requireClosed } from '@/lib/volume-engines/lvm/find'
import { newName, OURS, oldName, poolTag } from '@/lib/volume-engines/lvm/names'
import type { VolumeRow } from '@/lib/volume-engines/lvm/reports'

/** The tags of everything that we make in a pool. */
export function ownTags({ poolId }: LvmPool): string[] {
  return [OURS, poolTag(poolId)]
}

export async function activate(
  pool: LvmPool,
  name: string,
  access: 'read' | 'write',
  context: EngineContext,
): Promise<void> {
  await switchDevice(pool, commands.activate(pool.place, name, access), context)
}

/** What an operation lets go of itself is looked at by udev alone, which a busy host gives no time to for long. */
const OWN_UDEV_MS = 15_000

/** Not active: success. Throws `busy` for what stays open. */
export async function deactivate(pool: LvmPool, row: VolumeRow, context: EngineContext): Promise<void> {
  await requireClosed(pool, row, context, OWN_UDEV_MS)
  // A host without a device of it says so; what it does not know is asked for.
  if (row.lv_active === '') return
  await switchDevice(pool, commands.deactivate(pool.place, row.lv_name), context)
}

/** Of ours alone. Not there: success. */
async function removeRow(pool: LvmPool, row: VolumeRow | null, context: EngineContext): Promise<void> {
  if (row === null || !isOurs(pool, row)) return
  await deactivate(pool, row, context)
  await change(pool, commands.remove(pool.place, row.lv_name), context)
}

/** Takes away what a step of this operation has made, under whichever of these names it is. */
export async function removeOwn(pool: LvmPool, names: readonly string[], context: EngineContext): Promise<void> {
  const contents = await readContents(pool, context)
  for (const name of names) await removeRow(pool, rowNamed(contents, name), context)
}

/** Makes something under a name that was free when this operation began: if it is there now, a step that was cut off has made it. */
export async function makeOnce(make: () => Promise<void>): Promise<void> {
  try {
    await make()
  } catch (error) {
    if (!isNameTaken(error)) throw error
  }
}

/** Renames unless a step that was cut off has done so. */
export async function renameOnce(pool: LvmPool, from: string, to: string, context: EngineContext): Promise<void> {
  const contents = await readContents(pool, context)
  const [source, target] = [rowNamed(contents, from), rowNamed(contents, to)]
  if (source === null && target !== null && isOurs(pool, target)) return
  await change(pool, commands.rename(pool.place, from, to), context)
}

/** Renames where only the first name is there. */
export async function renameBack(pool: LvmPool, from: string, to: string, context: EngineContext): Promise<void> {
  const contents = await readContents(pool, context)
  if (rowNamed(contents, from) === null || rowNamed(contents, to) !== null) return
  await change(pool, commands.rename(pool.place, from, to), context)
}

/**
 * Clears up after an operation on a volume whose journal is lost, before another one begins: a volume whose place was just being taken by a
 * snapshot gets its name back, and copies that were not finished go.
 */
export async function tidy(
  pool: LvmPool,
  contents: Contents,
  volumeId: string,
  context: EngineContext,
): Promise<Contents> {
  const [old, unfinished] = [oldName(volumeId), newName(volumeId)].map((name) => rowNamed(contents, name))
  if (!old && !unfinished) return contents
  const isNamed = rowNamed(contents, volumeId) !== null
  if (old && !isNamed) await change(pool, commands.rename(pool.place, old.lv_name, volumeId), context)
  await removeOwn(pool, isNamed ? [oldName(volumeId), newName(volumeId)] : [newName(volumeId)], context)
  return await readContents(pool, context)
}

import type { EngineTurn } from '@/lib/volume-engines/contract/engine'
import { wouldShrink } from '@/lib/volume-engines/contract/refusals'
import { tellNewSize } from '@/lib/volume-engines/contract/running-machines'
import * as commands from '@/lib/volume-engines/lvm/commands'
import { change, type LvmPool, readContents, readOwn, rowNamed, thinPoolOf } from '@/lib/volume-engines/lvm/contents'
import { requireClosed, requireLiving } from '@/lib/volume-engines/lvm/find'
import { activate, deactivate, tidy } from '@/lib/volume-engines/lvm/logical-volume'
import { devicePath, growthIn, growthTag } from '@/lib/volume-engines/lvm/names'
import { clearing } from '@/lib/volume-engines/lvm/programs'
import { requireRoom } from '@/lib/volume-engines/lvm/thin-pool'

/** Where it ends now, and where what is really its own ends: before that where an earlier growth was not finished. */
interface Ends {
  bytes: number
  clearFrom: number
}

export async function grow(pool: LvmPool, volumeId: string, sizeBytes: number, turn: EngineTurn): Promise<void> {
  const ends = await turn.step('look', () => lookAt(pool, volumeId, sizeBytes, turn))
  if (thinPoolOf(pool) === null) return await growThick(pool, volumeId, sizeBytes, ends, turn)
  if (ends.bytes >= sizeBytes) return
  await turn.step('extend', () => extend(pool, volumeId, sizeBytes, turn))
  await turn.step('tell', async () => {
    const row = rowNamed(await readContents(pool, turn), volumeId)
    if (row !== null) await tellNewSize(volumeId, devicePath(pool.place.group, volumeId), row.lv_size, turn)
  })
}

async function lookAt(pool: LvmPool, volumeId: string, sizeBytes: number, turn: EngineTurn): Promise<Ends> {
  const contents = await tidy(pool, await readOwn(pool, turn), volumeId, turn)
  const row = requireLiving(pool, contents, volumeId)
  const bytes = row.lv_size
  if (sizeBytes < bytes) throw wouldShrink(volumeId, bytes, sizeBytes)
  const isThick = thinPoolOf(pool) === null
  // What it had is being cleared while nobody looks.
  if (isThick) await requireClosed(pool, row, turn)
  if (sizeBytes > bytes) await requireRoom(pool, contents, isThick ? sizeBytes - bytes : 0, turn)
  return { bytes, clearFrom: growthIn(row.lv_tags) ?? bytes }
}

/** LVM refuses to make something as large as it is. */
async function extend(pool: LvmPool, volumeId: string, sizeBytes: number, turn: EngineTurn): Promise<void> {
  const row = rowNamed(await readContents(pool, turn), volumeId)
  if (row !== null && row.lv_size >= sizeBytes) return
  await change(pool, commands.extend(pool.place, volumeId, sizeBytes), turn)
}

/** What is added is marked before it is there, and cleared before the mark goes: nobody is shown what others have left in it. */
async function growThick(
  pool: LvmPool,
  volumeId: string,
  sizeBytes: number,
  { bytes, clearFrom }: Ends,
  turn: EngineTurn,
): Promise<void> {
  if (clearFrom === sizeBytes) return
  const tag = growthTag(clearFrom)
  const retag = (change_: commands.TagChange) => change(pool, commands.tagVolume(pool.place, volumeId, change_), turn)
  await turn.step(
    'mark',
    () => retag({ add: [tag] }),
    // Where an earlier growth had left it, it stays.
    async () => {
      if (clearFrom === bytes) await retag({ remove: [tag] })
    },
  )
  await turn.step(
    'extend',
    () => extend(pool, volumeId, sizeBytes, turn),
    () => cutAgain(pool, volumeId, bytes, tag, turn),
  )
  await turn.step('activate', () => activate(pool, volumeId, 'write', turn))
  await turn.run('clear', clearing(devicePath(pool.place.group, volumeId), clearFrom, sizeBytes))
  await turn.step('finish', async () => {
    const row = rowNamed(await readContents(pool, turn), volumeId)
    if (row !== null) await deactivate(pool, row, turn)
    await retag({ remove: [tag] })
  })
}

/** Takes off what this operation has added and nobody has seen: the mark is still there. */
async function cutAgain(pool: LvmPool, volumeId: string, bytes: number, tag: string, turn: EngineTurn): Promise<void> {
  const row = rowNamed(await readContents(pool, turn), volumeId)
  if (row === null || row.lv_size <= bytes || !row.lv_tags.includes(tag)) return
  await deactivate(pool, row, turn)
  await change(pool, commands.cut(pool.place, volumeId, bytes), turn)
}

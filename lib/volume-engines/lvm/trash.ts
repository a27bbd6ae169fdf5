import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import type { EngineTurn } from '@/lib/volume-engines/contract/engine'
import { notTrashed, volumeMissing } from '@/lib/volume-engines/contract/refusals'
import * as commands from '@/lib/volume-engines/lvm/commands'
import { change, type LvmPool, readContents, readOwn, rowNamed, thinPoolOf } from '@/lib/volume-engines/lvm/contents'
import { requireClosed, snapshotRows, volumeRow } from '@/lib/volume-engines/lvm/find'
import { activate, deactivate, removeOwn, tidy } from '@/lib/volume-engines/lvm/logical-volume'
import { devicePath, IN_TRASH, IS_PURGED } from '@/lib/volume-engines/lvm/names'
import type { VolumeRow } from '@/lib/volume-engines/lvm/reports'

/** Its blocks are given back while the job waits; later than this, LVM frees them in the thin pool alone. */
const DISCARD_MS = 10 * 60_000

async function readRow(pool: LvmPool, volumeId: string, turn: EngineTurn): Promise<VolumeRow | null> {
  return volumeRow(pool, await tidy(pool, await readOwn(pool, turn), volumeId, turn), volumeId)
}

/** Throws `busy` for one that stays open. */
async function readClosed(pool: LvmPool, volumeId: string, turn: EngineTurn): Promise<VolumeRow | null> {
  const row = await readRow(pool, volumeId, turn)
  if (row === null) return null
  await requireClosed(pool, row, turn)
  // Whoever wrote to it may have been at work until then.
  return await readRow(pool, volumeId, turn)
}

/** In the trash already: success. */
export async function trash(pool: LvmPool, volumeId: string, turn: EngineTurn): Promise<void> {
  const retag = (to: commands.TagChange) => change(pool, commands.tagVolume(pool.place, volumeId, to), turn)
  const wasThere = await turn.step('look', async () => {
    const row = await readClosed(pool, volumeId, turn)
    if (row === null) throw volumeMissing(volumeId)
    await deactivate(pool, row, turn)
    return row.lv_tags.includes(IN_TRASH)
  })
  if (wasThere) return
  await turn.step(
    'trash',
    () => retag({ add: [IN_TRASH] }),
    () => retag({ remove: [IN_TRASH] }),
  )
}

export async function untrash(pool: LvmPool, volumeId: string, turn: EngineTurn): Promise<void> {
  const retag = (to: commands.TagChange) => change(pool, commands.tagVolume(pool.place, volumeId, to), turn)
  const isThere = await turn.step('look', async () => {
    const row = await readRow(pool, volumeId, turn)
    if (row === null) throw volumeMissing(volumeId)
    if (row.lv_tags.includes(IS_PURGED)) throw new ProblemError('lvm.being_purged', {})
    return row.lv_tags.includes(IN_TRASH)
  })
  if (!isThere) return
  await turn.step(
    'untrash',
    () => retag({ remove: [IN_TRASH] }),
    () => retag({ add: [IN_TRASH] }),
  )
}

/** With its snapshots. Not there: success. */
export async function purge(pool: LvmPool, volumeId: string, turn: EngineTurn): Promise<void> {
  await turn.step('look', async () => {
    const row = await readClosed(pool, volumeId, turn)
    if (row !== null && !row.lv_tags.includes(IN_TRASH)) throw notTrashed(volumeId)
  })
  // It cannot be taken back, and is one step: cut off, it is done again, and until then the mark says that the content is gone.
  await turn.step('remove', async () => {
    const contents = await readContents(pool, turn)
    const row = volumeRow(pool, contents, volumeId)
    if (row === null) return
    await change(pool, commands.tagVolume(pool.place, volumeId, { add: [IS_PURGED] }), turn)
    const snapshots = snapshotRows(pool, contents, volumeId).map(({ lv_name }) => lv_name)
    await removeOwn(pool, snapshots, turn)
    await giveBack(pool, volumeId, turn)
    await removeOwn(pool, [volumeId], turn)
  })
}

/**
 * A thin pool that loses a volume tells the LUN nothing of it; only a discard of the volume itself is passed down. Best effort: without it
 * the room is free in the thin pool all the same.
 */
async function giveBack(pool: LvmPool, volumeId: string, turn: EngineTurn): Promise<void> {
  const thinPool = thinPoolOf(pool)
  if (thinPool === null) return
  if (rowNamed(await readContents(pool, turn), thinPool)?.discards !== 'passdown') return
  await activate(pool, volumeId, 'write', turn)
  try {
    const device = devicePath(pool.place.group, volumeId)
    await turn.host.run('blkdiscard', ['--', device], { timeoutMs: DISCARD_MS })
  } catch (error) {
    if (!(error instanceof HoldfastError) || turn.signal.aborted) throw error
    turn.log(`The room of ${volumeId} is free in the thin pool, and the LUN was not told: ${error.message}`)
  }
}

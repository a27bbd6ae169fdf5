import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import type { EngineContext, EngineTurn, ImageSource } from '@/lib/volume-engines/contract/engine'
import { foreignMissing, volumeExists, volumeInUse } from '@/lib/volume-engines/contract/refusals'
import * as commands from '@/lib/volume-engines/lvm/commands'
import {
  type Contents,
  change,
  type LvmPool,
  readContents,
  readOwn,
  rowNamed,
  thinPoolOf,
} from '@/lib/volume-engines/lvm/contents'
import {
  foreignRows,
  isOpen,
  requireClosed,
  requireLiving,
  requireSnapshot,
  volumeRow,
} from '@/lib/volume-engines/lvm/find'
import { activate, deactivate, ownTags, renameBack, tidy } from '@/lib/volume-engines/lvm/logical-volume'
import { devicePath, growthIn } from '@/lib/volume-engines/lvm/names'
import type { VolumeRow } from '@/lib/volume-engines/lvm/reports'

/** First bytes of images that are more than a disk: read as raw, they would be a disk of rubbish. */
const IMAGES = {
  QFI: 'qcow2',
  KDMV: 'vmdk',
  '# Disk Descriptor': 'vmdk',
  '<<< ': 'vdi',
  vhdxfile: 'vhdx',
  LUKS: 'LUKS',
}

export async function source(
  pool: LvmPool,
  what: { volumeId: string; snapshotId: string | null } | { foreign: string },
  context: EngineContext,
): Promise<ImageSource> {
  const contents = await readOwn(pool, context)
  if ('foreign' in what) return await foreignSource(pool, requireForeign(pool, contents, what.foreign), context)
  const volume = requireLiving(pool, contents, what.volumeId)
  // Behind its former end there may be what others have left, which nobody is shown.
  if (growthIn(volume.lv_tags) !== null) throw new ProblemError('lvm.growth_unfinished', {})
  if (what.snapshotId === null) await requireClosed(pool, volume, context)
  const row = what.snapshotId === null ? volume : requireSnapshot(pool, contents, what.volumeId, what.snapshotId)
  return await readable(pool, row, context)
}

/** Active and not to be written to, until `done`. */
async function readable(pool: LvmPool, { lv_name, lv_size }: VolumeRow, context: EngineContext): Promise<ImageSource> {
  await activate(pool, lv_name, 'read', context)
  return {
    format: 'raw',
    location: devicePath(pool.place.group, lv_name),
    sizeBytes: lv_size,
    done: (later) => letGo(pool, lv_name, later),
  }
}

async function letGo(pool: LvmPool, name: string, context: EngineContext): Promise<void> {
  const row = rowNamed(await readContents(pool, context), name)
  if (row !== null && !isOpen(row)) await deactivate(pool, row, context)
}

/** A plain volume of somebody else that nobody has open. */
function requireForeign(pool: LvmPool, contents: Contents, name: string): VolumeRow {
  const row = foreignRows(pool, contents).find(({ lv_name }) => lv_name === name)
  if (row === undefined) throw foreignMissing(name)
  if (isOpen(row)) throw volumeInUse(name)
  const isPlain = row.lv_role.includes('public') && ['linear', 'striped', 'thin'].includes(row.segtype)
  if (isPlain) return row
  throw new HoldfastError('unsupported', `${name} is no plain logical volume (${row.segtype}), so it is not used.`)
}

/** What it holds is read as the bytes that they are, by nothing that would follow what they say. */
async function foreignSource(pool: LvmPool, row: VolumeRow, context: EngineContext): Promise<ImageSource> {
  const opened = await readable(pool, row, context)
  const wasActive = row.lv_active === 'active'
  // One that was active is somebody's, and stays so.
  const done = wasActive ? async () => undefined : opened.done
  try {
    const { stdout } = await context.host.run('dd', [`if=${opened.location}`, 'bs=512', 'count=1', 'status=none'])
    const image = Object.entries(IMAGES).find(([start]) => stdout.startsWith(start))?.[1]
    if (image === undefined) return { ...opened, ...(done === undefined ? {} : { done }) }
    const message = `${row.lv_name} holds an image (${image}) and not a disk: convert it by hand first.`
    throw new HoldfastError('unsupported', message)
  } catch (error) {
    await done?.(context)
    throw error
  }
}

/** Where it is, under our name. */
export async function adopt(pool: LvmPool, name: string, volumeId: string, turn: EngineTurn): Promise<void> {
  await turn.step('look', async () => {
    const contents = await tidy(pool, await readOwn(pool, turn), volumeId, turn)
    if (volumeRow(pool, contents, volumeId) !== null) throw volumeExists(volumeId)
    const row = requireForeign(pool, contents, name)
    requireOfPool(pool, row)
    const opened = await foreignSource(pool, row, turn)
    await opened.done?.(turn)
    await deactivate(pool, row, turn)
  })
  await turn.step(
    'name',
    async () => {
      // Without a mark of ours it is still foreign; it is renamed once.
      const contents = await readContents(pool, turn)
      if (rowNamed(contents, name) === null && rowNamed(contents, volumeId) !== null) return
      await change(pool, commands.rename(pool.place, name, volumeId), turn)
    },
    () => renameBack(pool, volumeId, name, turn),
  )
  const tags = ownTags(pool)
  await turn.step(
    'mark',
    () => change(pool, commands.tagVolume(pool.place, volumeId, { add: tags }), turn),
    () => change(pool, commands.tagVolume(pool.place, volumeId, { remove: tags }), turn),
  )
}

/** A thin pool has thin volumes of its own, and a pool of thick ones has no others. */
function requireOfPool(pool: LvmPool, { lv_name, pool_lv }: VolumeRow): void {
  const thinPool = thinPoolOf(pool)
  if (pool_lv === (thinPool ?? '')) return
  const wanted = thinPool === null ? 'a thick volume' : `a volume of the thin pool ${thinPool}`
  throw new HoldfastError('unsupported', `${lv_name} is not ${wanted}: copy it instead.`)
}

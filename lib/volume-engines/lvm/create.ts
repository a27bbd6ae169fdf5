import { HoldfastError } from '@/lib/errors'
import type { EngineTurn, ImageSource, NewVolume } from '@/lib/volume-engines/contract/engine'
import { volumeExists } from '@/lib/volume-engines/contract/refusals'
import * as commands from '@/lib/volume-engines/lvm/commands'
import { change, type LvmPool, readOwn, rowNamed, thinPoolOf } from '@/lib/volume-engines/lvm/contents'
import { lvm as descriptor } from '@/lib/volume-engines/lvm/descriptor'
import { requireClosed, requireLiving, requireSnapshot, volumeRow } from '@/lib/volume-engines/lvm/find'
import {
  activate,
  deactivate,
  makeOnce,
  ownTags,
  removeOwn,
  renameOnce,
  tidy,
} from '@/lib/volume-engines/lvm/logical-volume'
import { devicePath, newName } from '@/lib/volume-engines/lvm/names'
import { clearedFrom, clearing, copying } from '@/lib/volume-engines/lvm/programs'
import { requireRoom } from '@/lib/volume-engines/lvm/thin-pool'

/** Nothing under this id, and room for it. Clears up what an operation left whose journal is lost. */
async function requireFree(pool: LvmPool, volumeId: string, bytes: number, turn: EngineTurn): Promise<void> {
  const contents = await readOwn(pool, turn)
  if (volumeRow(pool, contents, volumeId) !== null) throw volumeExists(volumeId)
  await removeOwn(pool, [newName(volumeId)], turn)
  await requireRoom(pool, contents, bytes, turn)
}

export async function create(
  pool: LvmPool,
  volume: NewVolume,
  content: ImageSource | null,
  turn: EngineTurn,
): Promise<void> {
  const { volumeId, sizeBytes } = volume
  const thinPool = thinPoolOf(pool)
  // An empty thin one is whole as soon as it is there; others get their name when all of their content is in them.
  const isWhole = thinPool !== null && content === null
  const name = isWhole ? volumeId : newName(volumeId)
  await turn.step('look', async () => {
    requireFits(volume, content)
    await requireFree(pool, volumeId, sizeBytes, turn)
  })
  const made = { name, tags: ownTags(pool) }
  const make =
    thinPool === null
      ? commands.makeThick(pool.place, made, sizeBytes)
      : commands.makeThin(pool.place, thinPool, made, sizeBytes)
  await turn.step(
    'make',
    () => makeOnce(() => change(pool, make, turn)),
    () => removeOwn(pool, [name, volumeId], turn),
  )
  if (isWhole) return
  await fill(pool, name, sizeBytes, content, turn)
  await turn.step('name', () => renameOnce(pool, name, volumeId, turn))
}

function requireFits({ sizeBytes, volumeId }: NewVolume, content: ImageSource | null): void {
  if (content === null || content.sizeBytes <= sizeBytes) return
  const message = `The content of ${volumeId} has ${content.sizeBytes} bytes, which is more than the ${sizeBytes} of the volume.`
  throw new HoldfastError('invalid_input', message)
}

/** Puts the content into it. What no content comes to in a thick one is cleared: it would show what others have left there. */
async function fill(
  pool: LvmPool,
  name: string,
  sizeBytes: number,
  content: ImageSource | null,
  turn: EngineTurn,
): Promise<void> {
  const device = devicePath(pool.place.group, name)
  const isThin = thinPoolOf(pool) !== null
  await turn.step('activate', () => activate(pool, name, 'write', turn))
  const from = clearedFrom(content?.sizeBytes ?? 0)
  if (!isThin && from < sizeBytes) await turn.run('clear', clearing(device, from, sizeBytes))
  if (content !== null) await turn.run('copy', copying(content, device, turn.directory('copy'), isThin))
  await turn.step('deactivate', () => deactivateNamed(pool, name, turn))
}

async function deactivateNamed(pool: LvmPool, name: string, turn: EngineTurn): Promise<void> {
  const row = rowNamed(await readOwn(pool, turn), name)
  if (row !== null) await deactivate(pool, row, turn)
}

/** A thin snapshot that may be written to: it needs what it was made from no more. */
export async function clone(
  pool: LvmPool,
  volumeId: string,
  of: { volumeId: string; snapshotId: string | null },
  turn: EngineTurn,
): Promise<void> {
  const source = of.snapshotId ?? of.volumeId
  await turn.step('look', async () => {
    requireAble(pool, 'clone')
    const contents = await tidy(pool, await readOwn(pool, turn), of.volumeId, turn)
    const parent = requireLiving(pool, contents, of.volumeId)
    if (of.snapshotId === null) await requireClosed(pool, parent, turn)
    else requireSnapshot(pool, contents, of.volumeId, of.snapshotId)
    await requireFree(pool, volumeId, 0, turn)
  })
  const made = { name: volumeId, tags: ownTags(pool) }
  await turn.step(
    'make',
    () => makeOnce(() => change(pool, commands.makeThinSnapshot(pool.place, source, made, 'rw'), turn)),
    () => removeOwn(pool, [volumeId], turn),
  )
}

/** Throws `unsupported` with the reason that the descriptor gives. */
export function requireAble({ settings }: LvmPool, act: 'clone' | 'snapshot' | 'restore' | 'flatten'): void {
  const provisioning = settings.mode === 'thin' ? 'thin' : 'full'
  const reason = descriptor.refuses(act, { format: 'raw', provisioning }, settings)
  if (reason !== null) throw new HoldfastError('unsupported', reason)
}

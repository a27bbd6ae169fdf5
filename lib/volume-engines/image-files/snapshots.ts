import { HoldfastError } from '@/lib/errors'
import type { EngineTurn } from '@/lib/volume-engines/contract/engine'
import { hasChildren, snapshotExists, snapshotMissing } from '@/lib/volume-engines/contract/refusals'
import type { Chains, Layer } from '@/lib/volume-engines/image-files/chains'
import { change } from '@/lib/volume-engines/image-files/change'
import { requireCan, USUAL_DISK } from '@/lib/volume-engines/image-files/create'
import {
  clearLeftNames,
  freezeDisk,
  isHiddenLayer,
  replaceDisk,
  sweepLayers,
  thawDisk,
} from '@/lib/volume-engines/image-files/layers'
import { backingName, layerNamed, newToken, nextFile, snapshotFile } from '@/lib/volume-engines/image-files/layout'
import { chainsOf, filePath, type Pool, workable, workableOrRunning } from '@/lib/volume-engines/image-files/pool'
import { longRun } from '@/lib/volume-engines/image-files/qemu-img'
import { freezeRunning, requireSnapshotsWhileRunning, thawRunning } from '@/lib/volume-engines/image-files/running'

export async function takeSnapshot(pool: Pool, volumeId: string, snapshotId: string, turn: EngineTurn): Promise<void> {
  const layer = snapshotFile(snapshotId)
  const found = await turn.step('check', async () => {
    const chains = await chainsOf(pool, [volumeId], turn)
    const { mark, sizeBytes, disk, machine } = await workableOrRunning(pool, volumeId, chains, turn)
    requireCan('snapshot', mark)
    if (hasSnapshot(chains, volumeId, snapshotId)) throw snapshotExists(volumeId, snapshotId)
    if (machine !== null) await requireSnapshotsWhileRunning(machine, turn)
    else await clearLeftNames(pool, volumeId, chains, turn)
    return { sizeBytes, token: newToken(), disk: disk.name, machine }
  })
  const { sizeBytes, token, disk = USUAL_DISK, machine = null } = found
  const freeze = { volumeId, layer, disk, sizeBytes, token }
  if (machine !== null) {
    const running = { ...freeze, machine }
    return await turn.step(
      'take',
      () => freezeRunning(pool, running, turn),
      () => thawRunning(pool, running, turn),
    )
  }
  await turn.step(
    'take',
    () => freezeDisk(pool, freeze, turn),
    () => thawDisk(pool, freeze, turn),
  )
}

/** What was written since is lost. Newer snapshots stay. */
export async function restoreSnapshot(
  pool: Pool,
  volumeId: string,
  snapshotId: string,
  turn: EngineTurn,
): Promise<void> {
  const backing = snapshotFile(snapshotId)
  const checked = await turn.step('check', async () => {
    const chains = await chainsOf(pool, [volumeId], turn)
    const volume = await workable(pool, volumeId, chains, turn)
    requireCan('restore', volume.mark)
    await clearLeftNames(pool, volumeId, chains, turn)
    if (!hasSnapshot(chains, volumeId, snapshotId)) throw snapshotMissing(volumeId, snapshotId)
    chains.chain({ volumeId, file: backing })
    const header = chains.file(volumeId, backing)?.header
    const isRead = typeof header === 'object' && header !== null
    const disk = volume.disk.name
    return { sizeBytes: isRead ? header.sizeBytes : volume.sizeBytes, token: newToken(), disk }
  })
  const { sizeBytes, token, disk = USUAL_DISK } = checked
  const next = `${volumeId}/${nextFile(token)}`
  const restore = async () => {
    await replaceDisk(pool, { volumeId, backing, disk, sizeBytes, token }, turn)
    await sweepOwn(pool, volumeId, turn)
  }
  await turn.step('restore', restore, () => change(pool.place.path, [{ do: 'remove', path: next }], turn))
}

/** What only the snapshot keeps is merged into what is based on it; nothing that can be read changes. */
export async function deleteSnapshot(
  pool: Pool,
  volumeId: string,
  snapshotId: string,
  turn: EngineTurn,
): Promise<void> {
  const layer = { volumeId, file: snapshotFile(snapshotId) }
  const plan = await turn.step('check', async () => {
    const chains = await chainsOf(pool, null, turn)
    await workable(pool, volumeId, chains, turn)
    await clearLeftNames(pool, volumeId, chains, turn)
    if (!hasSnapshot(chains, volumeId, snapshotId)) return null
    return planMerge(chains, layer, snapshotId)
  })
  if (plan === null) return
  if (plan.user !== null) {
    const { path } = pool.place
    const under = plan.base === '' ? ['-b', ''] : ['-F', 'qcow2', '-b', plan.base]
    const args = ['rebase', '-p', '-f', 'qcow2', ...under, filePath(pool, volumeId, plan.user)]
    await turn.run('merge', longRun(args, plan.sizeBytes, { readable: [path], writable: [path] }))
  }
  await turn.step('remove', async () => {
    const left = (await chainsOf(pool, null, turn)).users(layer)
    if (left.length > 0) throw new HoldfastError('conflict', 'Something else is based on this snapshot by now.')
    await change(pool.place.path, [{ do: 'remove', path: `${volumeId}/${layer.file}` }], turn)
    await sweepOwn(pool, volumeId, turn)
  })
}

interface Merge {
  /** The image of the same volume that is based on the snapshot; null: there is none. */
  user: string | null
  /** What it is based on afterwards, as it names it; empty: nothing. */
  base: string
  sizeBytes: number
}

/** Throws `in_use` where more than one image is based on the snapshot, or one of another volume. */
function planMerge(chains: Chains, layer: Layer, snapshotId: string): Merge {
  const { volumeId } = layer
  const users = chains.users(layer)
  const others = [...new Set(users.map((user) => user.volumeId).filter((id) => id !== volumeId))].sort()
  if (others.length > 0) throw hasChildren(`The snapshot ${snapshotId}`, others)
  if (users.length > 1) {
    throw new HoldfastError('in_use', `The volume and other snapshots go on from the snapshot ${snapshotId}.`, {
      details: { children: [], images: users.map(({ file }) => file) },
      recovery: 'Delete the snapshots that were taken after it first.',
    })
  }
  const [under] = chains.chain(layer)
  const header = chains.file(volumeId, layer.file)?.header
  return {
    user: users[0]?.file ?? null,
    base: under === undefined ? '' : backingName(volumeId, under),
    sizeBytes: typeof header === 'object' && header !== null ? header.sizeBytes : 0,
  }
}

/** Copies what it shares with other volumes; its own snapshots stay. */
export async function flattenVolume(pool: Pool, volumeId: string, turn: EngineTurn): Promise<void> {
  const { images, sizeBytes, bases } = await turn.step('check', async () => {
    const chains = await chainsOf(pool, [volumeId], turn)
    const { sizeBytes, mark } = await workable(pool, volumeId, chains, turn)
    requireCan('flatten', mark)
    const own = chains.directory(volumeId)?.files ?? []
    const based = own.flatMap(({ name, header }) => {
      const backing = typeof header === 'object' && header?.backing ? layerNamed(header.backing, volumeId) : null
      return backing === null || backing.volumeId === volumeId ? [] : [{ name, base: backing.volumeId }]
    })
    // Judged one by one: each is opened with all that is under it.
    for (const { name } of based) chains.chain({ volumeId, file: name })
    return { images: based.map(({ name }) => name), sizeBytes, bases: [...new Set(based.map(({ base }) => base))] }
  })
  const { path } = pool.place
  for (const [number, image] of images.entries()) {
    const args = ['rebase', '-p', '-f', 'qcow2', '-b', '', filePath(pool, volumeId, image)]
    await turn.run(`flatten-${number + 1}`, longRun(args, sizeBytes, { readable: [path], writable: [path] }))
  }
  if (bases.length > 0) await turn.step('sweep', () => sweepLayers(pool, bases, turn))
}

function hasSnapshot(chains: Chains, volumeId: string, snapshotId: string): boolean {
  return chains.snapshots(volumeId).some((one) => one.snapshotId === snapshotId)
}

async function sweepOwn(pool: Pool, volumeId: string, turn: EngineTurn): Promise<void> {
  const chains = await chainsOf(pool, [volumeId], turn)
  const { files } = chains.directory(volumeId) ?? {}
  if (files?.some(({ name }) => isHiddenLayer(name))) await sweepLayers(pool, [volumeId], turn)
}

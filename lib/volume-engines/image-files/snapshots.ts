import { HoldfastError } from '@/lib/errors'
import { formatBytes } from '@/lib/units'
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

/**
 * What only the snapshot keeps is merged into each image that is based on it, one after the other; nothing that can be read changes, and
 * one that was cut off in between leaves the snapshot and a volume that needs it less.
 */
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
    const merge = planMerge(chains, layer, snapshotId)
    await requireRoom(pool, merge, turn)
    return merge
  })
  if (plan === null) return
  const { path } = pool.place
  const under = plan.base === '' ? ['-b', ''] : ['-F', 'qcow2', '-b', plan.base]
  for (const [number, user] of usersOf(plan).entries()) {
    const args = ['rebase', '-p', '-f', 'qcow2', ...under, filePath(pool, volumeId, user)]
    const program = longRun(args, plan.sizeBytes, { readable: [path], writable: [path] })
    await turn.run(number === 0 ? 'merge' : `merge-${number + 1}`, program)
  }
  await turn.step('remove', async () => {
    const left = (await chainsOf(pool, null, turn)).users(layer)
    if (left.length > 0) throw new HoldfastError('conflict', 'Something else is based on this snapshot by now.')
    await change(pool.place.path, [{ do: 'remove', path: `${volumeId}/${layer.file}` }], turn)
    await sweepOwn(pool, volumeId, turn)
  })
}

interface Merge {
  /** An image of the same volume that is based on the snapshot; null: there is none. */
  user: string | null
  /** More of them, as after a restore. Absent in the journal of an older agent. */
  others?: string[]
  /** What they are based on afterwards, as they name it; empty: nothing. */
  base: string
  sizeBytes: number
  /** What the snapshot takes. Absent in the journal of an older agent. */
  keptBytes?: number
}

function usersOf({ user, others = [] }: Merge): string[] {
  return user === null ? [] : [user, ...others]
}

/** Throws `in_use` where an image of another volume is based on the snapshot. */
function planMerge(chains: Chains, layer: Layer, snapshotId: string): Merge {
  const { volumeId } = layer
  const users = chains.users(layer)
  const children = [...new Set(users.map((user) => user.volumeId).filter((id) => id !== volumeId))].sort()
  if (children.length > 0) throw hasChildren(`The snapshot ${snapshotId}`, children)
  // Judged one by one: each is opened with all that is under it.
  for (const user of users) chains.chain(user)
  const [under] = chains.chain(layer)
  const file = chains.file(volumeId, layer.file)
  const header = file?.header
  const [user = null, ...others] = users.map((one) => one.file)
  return {
    user,
    others,
    base: under === undefined ? '' : backingName(volumeId, under),
    sizeBytes: typeof header === 'object' && header !== null ? header.sizeBytes : 0,
    keptBytes: file?.allocatedBytes ?? 0,
  }
}

/**
 * Throws `conflict` where copies of what the snapshot keeps may not fit. With one image alone nothing is kept twice for long,
 * and deleting is what somebody does whose pool is full.
 */
async function requireRoom(pool: Pool, merge: Merge, { host }: EngineTurn): Promise<void> {
  const count = usersOf(merge).length
  if (count < 2) return
  const needed = count * (merge.keptBytes ?? 0)
  const room = await host.probe.statfs(pool.place.path)
  if (room.state === 'hung' || room.state === 'failed' || room.availableBytes >= needed) return
  const [wanted, left] = [needed, room.availableBytes].map(formatBytes)
  throw new HoldfastError(
    'conflict',
    `${count} images go on from this snapshot. Copying what it keeps into each may take ${wanted}, and ${left} are left.`,
    { recovery: 'Delete the snapshots that were taken after it first, or make room.' },
  )
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

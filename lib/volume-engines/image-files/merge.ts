import { HoldfastError } from '@/lib/errors'
import { formatBytes } from '@/lib/units'
import type { EngineTurn } from '@/lib/volume-engines/contract/engine'
import { hasChildren } from '@/lib/volume-engines/contract/refusals'
import type { Chains, Layer } from '@/lib/volume-engines/image-files/chains'
import { change } from '@/lib/volume-engines/image-files/change'
import { requireCan } from '@/lib/volume-engines/image-files/create'
import { clearLeftNames, sweepLayers } from '@/lib/volume-engines/image-files/layers'
import { backingName, layerNamed, newToken, snapshotFile } from '@/lib/volume-engines/image-files/layout'
import { mergeOf, mergeRunning, type RunningMerge, stopMerging } from '@/lib/volume-engines/image-files/merge-running'
import { chainsOf, filePath, type Pool, workableOrRunning } from '@/lib/volume-engines/image-files/pool'
import { longRun } from '@/lib/volume-engines/image-files/qemu-img'
import { roomAt } from '@/lib/volume-engines/image-files/room-at'
import { requireAbleWhileRunning } from '@/lib/volume-engines/image-files/running'
import { hasSnapshot, sweepOwn } from '@/lib/volume-engines/image-files/snapshots'

/**
 * What only the snapshot keeps is merged into each image that is based on it, one after the other; nothing that can be read changes, and
 * one that was cut off in between leaves the snapshot and a volume that needs it less. A machine that runs merges what it has open itself.
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
    const { disk, machine } = await workableOrRunning(pool, volumeId, chains, turn)
    if (machine === null) await clearLeftNames(pool, volumeId, chains, turn)
    // One that a machine was stopped in the middle of is not shown any more, and ends here.
    if (!hasSnapshot(chains, volumeId, snapshotId) && !chains.isGone(layer)) return null
    const how = machine === null ? null : mergeOf(chains, { volumeId, file: disk.name }, layer)
    const merge = planMerge(chains, layer, snapshotId, how)
    await requireRoom(pool, merge, turn)
    if (machine === null || how === null) return merge
    await requireAbleWhileRunning('The deletion of a snapshot', machine, turn)
    return { ...merge, running: { volumeId, disk: disk.name, machine, token: newToken(), how } }
  })
  if (plan === null) return
  // What the machine has open comes last: what it is written into is needed by nothing else then.
  const isFirstByMachine = plan.running !== undefined
  const users = [...usersOf(plan).entries()]
  for (const [number, user] of isFirstByMachine ? users.slice(1) : users)
    await mergeInto(pool, volumeId, { number, user, plan }, turn)
  const [first] = users
  if (plan.running !== undefined && first !== undefined) {
    const isMerged = await byMachine(pool, plan.running, turn)
    if (!isMerged) await mergeInto(pool, volumeId, { number: 0, user: first[1], plan }, turn)
  }
  await turn.step('remove', () => removeLayer(pool, layer, turn))
}

async function mergeInto(
  pool: Pool,
  volumeId: string,
  { number, user, plan }: { number: number; user: string; plan: Merge },
  turn: EngineTurn,
): Promise<void> {
  const { path } = pool.place
  const under = plan.base === '' ? ['-b', ''] : ['-F', 'qcow2', '-b', plan.base]
  const args = ['rebase', '-p', '-f', 'qcow2', ...under, filePath(pool, volumeId, user)]
  const program = longRun(args, plan.sizeBytes, { readable: [path], writable: [path] })
  await turn.run(number === 0 ? 'merge' : `merge-${number + 1}`, program)
}

/** False: the machine has stopped, and what it had not done is still to be done. */
function byMachine(pool: Pool, running: RunningMerge, turn: EngineTurn): Promise<boolean> {
  return turn.step(
    'merge-running',
    () => mergeRunning(pool, running, turn),
    () => stopMerging(pool, running, turn),
  )
}

async function removeLayer(pool: Pool, layer: Layer, turn: EngineTurn): Promise<void> {
  const { volumeId, file } = layer
  const chains = await chainsOf(pool, null, turn)
  // Another name of a layer that stands: a machine has merged that into it.
  if (chains.file(volumeId, file) === null) return
  if (chains.users(layer).length > 0) {
    throw new HoldfastError('conflict', 'Something else is based on this snapshot by now.')
  }
  const acts = chains.pathsOf(layer).map((path) => ({ do: 'remove', path }) as const)
  await change(pool.place.path, acts, turn)
  await sweepOwn(pool, volumeId, turn)
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
  /** `user` is merged by the machine that has it open. */
  running?: RunningMerge
}

function usersOf({ user, others = [] }: Merge): string[] {
  return user === null ? [] : [user, ...others]
}

/** `how`: a machine does it for what it has open, which is named first then. Throws `in_use` where another volume is based on the snapshot. */
function planMerge(chains: Chains, layer: Layer, snapshotId: string, how: RunningMerge['how'] | null): Merge {
  const { volumeId } = layer
  const users = chains.users(layer)
  const children = [...new Set(users.map((user) => user.volumeId).filter((id) => id !== volumeId))].sort()
  if (children.length > 0) throw hasChildren(`The snapshot ${snapshotId}`, children)
  // Judged one by one: each is opened with all that is under it.
  for (const user of users) chains.chain(user)
  const [under] = chains.chain(layer)
  const file = chains.file(volumeId, layer.file)
  const header = file?.header
  const top = how?.do === 'commit' ? how.top : null
  const names = users.map((one) => one.file)
  const [user = null, ...others] = how === null ? names : byMachineFirst(names, top ?? chains.directory(volumeId)?.disk)
  return {
    user,
    others,
    base: under === undefined ? '' : backingName(volumeId, under),
    sizeBytes: typeof header === 'object' && header !== null ? header.sizeBytes : 0,
    keptBytes: file?.allocatedBytes ?? 0,
  }
}

function byMachineFirst(names: readonly string[], first: string | undefined): string[] {
  return [...names.filter((name) => name === first), ...names.filter((name) => name !== first)]
}

/**
 * Throws `conflict` where copies of what the snapshot keeps may not fit. With one image alone nothing is kept twice for long,
 * and deleting is what somebody does whose pool is full.
 */
async function requireRoom(pool: Pool, merge: Merge, turn: EngineTurn): Promise<void> {
  const count = usersOf(merge).length
  if (count < 2) return
  const what = `${count} images go on from this snapshot. Copying what it keeps into each`
  const cure = 'Delete the snapshots that were taken after it first, or make room.'
  await requireBytes(pool, count * (merge.keptBytes ?? 0), { what, cure }, turn)
}

/** Throws `conflict` with the figures. `what` may take that much. */
async function requireBytes(
  { place }: Pool,
  needed: number,
  { what, cure }: { what: string; cure: string },
  turn: EngineTurn,
): Promise<void> {
  const available = await roomAt(place.path, turn)
  if (available >= needed) return
  const message = `${what} may take ${formatBytes(needed)}, and ${formatBytes(available)} are left.`
  throw new HoldfastError('conflict', message, { recovery: cure })
}

/** Copies what it shares with other volumes; its own snapshots stay. */
export async function flattenVolume(pool: Pool, volumeId: string, turn: EngineTurn): Promise<void> {
  const {
    images,
    sizeBytes,
    bases,
    running = null,
  } = await turn.step('check', async () => {
    const chains = await chainsOf(pool, [volumeId], turn)
    const { sizeBytes, mark, disk, machine, chain } = await workableOrRunning(pool, volumeId, chains, turn)
    requireCan('flatten', mark)
    const own = chains.directory(volumeId)?.files ?? []
    const based = own.flatMap(({ name, header }) => {
      const backing = typeof header === 'object' && header?.backing ? layerNamed(header.backing, volumeId) : null
      return backing === null || backing.volumeId === volumeId ? [] : [{ name, base: backing.volumeId }]
    })
    // Judged one by one: each is opened with all that is under it.
    for (const { name } of based) chains.chain({ volumeId, file: name })
    const found = {
      images: based.map(({ name }) => name),
      sizeBytes,
      bases: [...new Set(based.map(({ base }) => base))],
    }
    if (machine === null || !chain.some((layer) => layer.volumeId !== volumeId)) return { ...found, running: null }
    await requireAbleWhileRunning('Flattening', machine, turn)
    await requireRoomForPull(pool, chains, chain, turn)
    const how = { do: 'pull', layer: null } as const
    return { ...found, running: { volumeId, disk: disk.name, machine, token: newToken(), how } }
  })
  const { path } = pool.place
  const isPulled = running !== null && (await byMachine(pool, running, turn))
  for (const [number, image] of images.entries()) {
    if (isPulled && image === running.disk) continue
    const args = ['rebase', '-p', '-f', 'qcow2', '-b', '', filePath(pool, volumeId, image)]
    await turn.run(`flatten-${number + 1}`, longRun(args, sizeBytes, { readable: [path], writable: [path] }))
  }
  if (bases.length > 0) await turn.step('sweep', () => sweepLayers(pool, bases, turn))
}

/**
 * QEMU copies into nothing but what the machine writes to: what its snapshots keep is copied there too, and they keep it besides. Throws
 * `conflict` where that may not fit.
 */
async function requireRoomForPull(
  pool: Pool,
  chains: Chains,
  chain: readonly Layer[],
  turn: EngineTurn,
): Promise<void> {
  const keptBytes = chain.map(({ volumeId, file }) => chains.file(volumeId, file)?.allocatedBytes ?? 0)
  const needed = keptBytes.reduce((sum, bytes) => sum + bytes, 0)
  const cure = 'Make room, or delete its snapshots first.'
  await requireBytes(pool, needed, { what: 'Flattening it', cure }, turn)
}

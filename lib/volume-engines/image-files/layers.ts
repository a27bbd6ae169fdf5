import { HoldfastError } from '@/lib/errors'
import type { EngineContext } from '@/lib/volume-engines/contract/engine'
import { type Chains, isSame } from '@/lib/volume-engines/image-files/chains'
import { change } from '@/lib/volume-engines/image-files/change'
import { isGone, isTaken } from '@/lib/volume-engines/image-files/child-answer'
import { goneMark } from '@/lib/volume-engines/image-files/gone-layers'
import { nextFile } from '@/lib/volume-engines/image-files/layout'
import { chainsOf, filePath, type Pool } from '@/lib/volume-engines/image-files/pool'
import { overlayArguments, qemuImg } from '@/lib/volume-engines/image-files/qemu-img'

export const FROZEN = 0o444
export const WRITABLE = 0o644

/** What a machine writes to becomes a layer, and an empty image on top of it takes its place. */
export interface Freeze {
  volumeId: string
  /** Name of the layer. */
  layer: string
  /** Name of the disk. */
  disk: string
  sizeBytes: number
  /** Of the operation. */
  token: string
}

/**
 * May be repeated from any point at which it was cut off. The disk gets the name of the layer besides its own, and is replaced in one
 * moment: there is no time in which the volume has no disk (but on storages without hard links, where repeating mends it).
 */
export async function freezeDisk(
  pool: Pool,
  { volumeId, layer, disk, sizeBytes, token }: Freeze,
  context: EngineContext,
) {
  const next = `${volumeId}/${nextFile(token)}`
  const { path } = pool.place
  try {
    await change(
      path,
      [
        { do: 'remove', path: next },
        { do: 'link', path: `${volumeId}/${disk}`, to: `${volumeId}/${layer}` },
      ],
      context,
    )
  } catch (error) {
    if (!isTaken(error) && !isGone(error)) throw error
    // It was cut off after this.
    const chains = await chainsOf(pool, [volumeId], context)
    const [now, frozen] = [chains.file(volumeId, disk), chains.file(volumeId, layer)]
    if (frozen === null) throw error
    if (now !== null && now.inode !== frozen.inode) return
  }
  await qemuImg(volumeId, overlayArguments(`${path}/${next}`, layer, sizeBytes), context)
  await change(
    path,
    [
      { do: 'mode', path: `${volumeId}/${layer}`, mode: FROZEN },
      { do: 'mode', path: next, mode: WRITABLE },
      { do: 'replace', path: next, to: `${volumeId}/${disk}` },
    ],
    context,
  )
}

/** Takes `freezeDisk` back, as long as nothing was written since and nobody else uses the layer. */
export async function thawDisk(
  pool: Pool,
  { volumeId, layer, disk: name, token }: Freeze,
  context: EngineContext,
): Promise<void> {
  const chains = await chainsOf(pool, null, context)
  const [disk, frozen] = [chains.file(volumeId, name), chains.file(volumeId, layer)]
  const place = `${volumeId}/${layer}`
  const { path } = pool.place
  await change(path, [{ do: 'remove', path: `${volumeId}/${nextFile(token)}` }], context)
  if (frozen === null) return
  if (disk?.inode === frozen.inode) {
    await change(
      path,
      [
        { do: 'mode', path: place, mode: WRITABLE },
        { do: 'remove', path: place },
      ],
      context,
    )
    return
  }
  const users = chains.users({ volumeId, file: layer })
  const isAlone = users.every((user) => isSame(user, { volumeId, file: name }))
  const header = disk?.header
  const isEmpty = disk === null || (typeof header === 'object' && header !== null && disk.bytes <= header.emptyBytes)
  if (!isAlone || !isEmpty) return
  await change(
    path,
    [
      { do: 'mode', path: place, mode: WRITABLE },
      { do: 'replace', path: place, to: `${volumeId}/${name}` },
    ],
    context,
  )
}

export interface Replacement extends Omit<Freeze, 'layer'> {
  /** Name of the layer that the new disk is based on. */
  backing: string
}

/** An empty image on a layer of the same volume takes the place of the disk, and what that kept is lost. */
export async function replaceDisk(
  pool: Pool,
  { volumeId, backing, disk, sizeBytes, token }: Replacement,
  context: EngineContext,
): Promise<void> {
  const next = `${volumeId}/${nextFile(token)}`
  const { path } = pool.place
  await change(path, [{ do: 'remove', path: next }], context)
  await qemuImg(volumeId, overlayArguments(`${path}/${next}`, backing, sizeBytes), context)
  await change(
    path,
    [
      { do: 'mode', path: next, mode: WRITABLE },
      { do: 'replace', path: next, to: `${volumeId}/${disk}` },
    ],
    context,
  )
}

/** Of a volume that nothing has open: names that its layers had while they were its disk. */
export async function clearLeftNames(pool: Pool, volumeId: string, chains: Chains, context: EngineContext) {
  const { left = [], others } = chains.directory(volumeId) ?? {}
  if (left.length > 0) {
    const acts = left.map((name) => ({ do: 'remove', path: `${volumeId}/${name}` }) as const)
    await change(pool.place.path, acts, context)
  }
  if (others !== undefined && others.size > 0) await nameAnew(pool, volumeId, chains, context)
}

/** Images that lie on a layer by another name of it get the one that stands, which opens nothing but their headers. */
async function nameAnew(pool: Pool, volumeId: string, chains: Chains, context: EngineContext): Promise<void> {
  for (const { name, backing } of namedOtherwise(chains, volumeId)) {
    const stands = chains.standing({ volumeId, file: backing }).file
    const args = ['rebase', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', stands, filePath(pool, volumeId, name)]
    try {
      await qemuImg(volumeId, args, context)
    } catch (error) {
      // A machine on a clone has it open; the next change comes back to it.
      if (!(error instanceof HoldfastError) || error.code !== 'busy') throw error
    }
  }
  await clearOtherNames(pool, volumeId, [], context)
}

/** Images of a volume that name what they lie on by another name than that which stands. */
function namedOtherwise(chains: Chains, volumeId: string): { name: string; backing: string }[] {
  const { files, others } = chains.directory(volumeId) ?? {}
  return (files ?? []).flatMap(({ name, header }) => {
    const backing = typeof header === 'object' && header?.backing ? header.backing : ''
    return others?.has(backing) ? [{ name, backing }] : []
  })
}

/** Takes away other names of layers that no image goes by. `open`: names that a machine has them open by. */
export async function clearOtherNames(
  pool: Pool,
  volumeId: string,
  open: readonly string[],
  context: EngineContext,
): Promise<void> {
  const chains = await chainsOf(pool, [volumeId], context)
  const needed = new Set([...namedOtherwise(chains, volumeId).map(({ backing }) => backing), ...open])
  const { others = new Map() } = chains.directory(volumeId) ?? {}
  const unused = [...others.keys()].filter((name) => !needed.has(name))
  if (unused.length === 0) return
  // Without the mark before it is gone itself, it would be a snapshot again.
  const acts = unused.flatMap((name) =>
    [name, goneMark(name)].map((one) => ({ do: 'remove', path: `${volumeId}/${one}` }) as const),
  )
  await change(pool.place.path, acts, context)
}

/** Takes hidden layers of these volumes away that nothing is based on any more. */
export async function sweepLayers(pool: Pool, volumeIds: readonly string[], context: EngineContext): Promise<void> {
  for (;;) {
    const chains = await chainsOf(pool, null, context)
    const unused = volumeIds.flatMap((volumeId) => {
      if (chains.directory(volumeId)?.isTrashed !== false) return []
      return chains.unusedLayers(volumeId).flatMap((file) => chains.pathsOf({ volumeId, file }))
    })
    if (unused.length === 0) return
    await change(
      pool.place.path,
      unused.map((path) => ({ do: 'remove', path })),
      context,
    )
  }
}

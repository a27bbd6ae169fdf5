import type { PlacedPool } from '@/agent/resources/pools/pool-doors'
import type { VolumeWork } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import type { Confinement, EngineTurn, ImageSource, WorkProgram } from '@/lib/volume-engines/contract/engine'
import { longRun } from '@/lib/volume-engines/image-files/qemu-img'
import { requireSource } from './judge'
import { partOf } from './part-of'
import { type ContentParts, withContent } from './source'

/** What `qemu-img compare` ends with when it could read both, and they are not the same. */
const DIFFERENT = 1

export interface MoveParts {
  /** Of the volume as it is to be. */
  volumeId: string
  placed: PlacedPool
  /** Where it lies before. */
  from: PlacedPool
  work: VolumeWork & { do: 'move' }
  turn: EngineTurn
  done: ContentParts['done']
}

/**
 * Copies the volume into this pool, compares both, and puts the old one into the trash, which is the moment of the switch: it is refused
 * there when somebody has it open. What is undone is undone backwards: the old one comes out of the trash before the new one goes.
 */
export async function moveHere({ volumeId, placed, from, work, turn, done }: MoveParts): Promise<void> {
  const { sizeBytes, format, provisioning } = work
  const old = { from: 'volume', poolId: from.open.poolId, volumeId: work.from.volumeId, snapshotId: null } as const
  const check = () => requireSource(from, old.volumeId, turn)
  await withContent({ content: old, from, turn, done, check }, async (source) => {
    requireFits(sizeBytes, source)
    turn.log('The volume is copied.')
    const copying = partOf(turn, { name: 'copy', phase: 'copying' })
    await placed.engine.create(placed.open, { volumeId, sizeBytes, format, provisioning }, source, copying)
    const copy = { ...old, poolId: placed.open.poolId, volumeId }
    const opening = { content: copy, from: placed, turn, done, check: async () => undefined, step: 'work.copy' }
    await withContent(opening, async (made) => {
      turn.log('The copy is compared with it.')
      await compare(source, made, partOf(turn, { name: 'compare', phase: 'comparing' }))
    })
  })
  turn.log('Both are the same. The old one goes into the trash of its pool.')
  await from.engine.trash(from.open, old.volumeId, partOf(turn, { name: 'old', phase: null }))
}

function requireFits(sizeBytes: number, source: ImageSource): void {
  if (source.sizeBytes <= sizeBytes) return
  const message = `The volume has ${source.sizeBytes} bytes and does not fit into ${sizeBytes} bytes.`
  throw new HoldfastError('invalid_input', message, { details: { sizeBytes, contentBytes: source.sizeBytes } })
}

/** Reads all of both. Throws `conflict` where they differ; a copy that is larger has to be empty at its end. */
async function compare(source: ImageSource, copy: ImageSource, turn: EngineTurn): Promise<void> {
  try {
    await turn.run('read', comparing(source, copy, turn.directory('read')))
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.details?.exitCode !== DIFFERENT) throw error
    throw new HoldfastError('conflict', 'The copy is not the same as the volume, so the volume stays where it is.', {
      details: { said: error.details.said },
      recovery: 'Look whether something writes to the volume, and move it again.',
    })
  }
}

/** `directory`: where the files of the program are. */
export function comparing(source: ImageSource, copy: ImageSource, directory: string): WorkProgram {
  const [one, other] = [placedIn(source, directory, 'source'), placedIn(copy, directory, 'copy')]
  const files = { ...one.files, ...other.files }
  const confined = confinementOf([one, other])
  const total = Math.max(source.sizeBytes, copy.sizeBytes)
  const args = ['compare', '-p', '-f', one.format, '-F', other.format, '--', one.location, other.location]
  return { ...longRun(args, total, confined), ...(Object.keys(files).length === 0 ? {} : { files }) }
}

interface Placed extends ImageSource {
  /** Of its files, absolute. */
  paths: string[]
}

/** Each of two has files of its own, which may have the same names. */
function placedIn(image: ImageSource, directory: string, name: string): Placed {
  const files = Object.entries(image.files ?? {}).map(([file, content]) => [`${name}-${file}`, content] as const)
  return {
    ...image,
    location: image.location.replaceAll('{directory}/', `${directory}/${name}-`),
    files: Object.fromEntries(files),
    paths: files.map(([file]) => `${directory}/${file}`),
  }
}

/** As narrow as the one from outside asks for, with the way to the other; none where both are ours. */
function confinementOf(images: readonly Placed[]): Confinement | undefined {
  if (images.every(({ confined }) => confined === undefined)) return undefined
  const readable = images.flatMap(({ confined, location, paths }) => [
    ...(confined?.readable ?? (location.startsWith('/') ? [location] : [])),
    ...paths,
  ])
  const isFar = images.some(({ paths }) => paths.length > 0)
  return { readable: [...new Set(readable)], ...(isFar ? { network: true } : {}) }
}

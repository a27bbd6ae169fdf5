import { ProblemError } from '@/lib/drivers/problems/problem'
import { type ProblemReport, toldError } from '@/lib/drivers/problems/report'
import type { HoldfastError } from '@/lib/errors'
import type { SeenVolume } from '@/lib/volume-engines/contract/engine'
import { goneMark, goneSnapshots, isHidden, otherNames } from '@/lib/volume-engines/image-files/gone-layers'
import { diskFile, layerNamed, SNAPSHOT_FILE } from '@/lib/volume-engines/image-files/layout'
import { livingDisk } from '@/lib/volume-engines/image-files/living-disk'
import { parseVolumeMark, type VolumeMark } from '@/lib/volume-engines/image-files/mark'
import type { Qcow2Header } from '@/lib/volume-engines/image-files/qcow2-header'
import type { SeenDirectory, SeenFile, Survey } from '@/lib/volume-engines/image-files/survey'

/** 1 PiB: no disk of a machine is larger. */
export const MOST_BYTES = 1024 ** 5
/** QEMU opens each of them; a chain that is longer was not made by us. */
const MOST_LAYERS = 200

export interface Layer {
  volumeId: string
  file: string
}

/** A volume of which all that would be opened with it was looked at. */
export interface JudgedVolume {
  volumeId: string
  isTrashed: boolean
  mark: VolumeMark
  disk: SeenFile
  sizeBytes: number
  /** From the layer right under the disk to the last one; empty for one that stands alone. */
  chain: Layer[]
}

/** `files` without other names of what is a layer by now, which are in `left` and `others`. */
interface JudgedDirectory extends SeenDirectory {
  /** Of a qcow2 volume: what a machine writes to. */
  disk: string
  left: string[]
  /** Of layers, each with the one that stands. */
  others: ReadonlyMap<string, string>
  /** Layers whose snapshot was deleted. */
  gone: ReadonlySet<string>
  /** All that lies there. */
  all: readonly SeenFile[]
}

/** The volumes of a survey, and which layers each of them needs. */
export class Chains {
  readonly #poolId: string
  readonly #volumes: ReadonlyMap<string, JudgedDirectory>

  /** What is in two places, which a cut off move on some storages may leave, counts as living. */
  constructor(poolId: string, { volumes }: Survey) {
    this.#poolId = poolId
    const sorted = [...volumes].sort((one, other) => Number(other.isTrashed) - Number(one.isTrashed))
    this.#volumes = new Map(
      sorted.map((volume) => {
        const all = volume.files ?? []
        const { name, left } = livingDisk(all)
        const gone = goneSnapshots(all)
        const others = otherNames(all, gone)
        const files = volume.files?.filter((file) => !left.includes(file.name) && !others.has(file.name)) ?? null
        return [volume.name, { ...volume, files, disk: name, left, others, gone, all }]
      }),
    )
  }

  directory(volumeId: string): JudgedDirectory | null {
    return this.#volumes.get(volumeId) ?? null
  }

  file(volumeId: string, name: string): SeenFile | null {
    return this.directory(volumeId)?.files?.find((file) => file.name === name) ?? null
  }

  /** By the name of it that stands. */
  standing({ volumeId, file }: Layer): Layer {
    return { volumeId, file: this.directory(volumeId)?.others.get(file) ?? file }
  }

  /** All names of this file in its directory, its own last. */
  namesOf({ volumeId, file }: Layer): string[] {
    const all = this.directory(volumeId)?.all ?? []
    const inode = all.find(({ name }) => name === file)?.inode
    return [...all.flatMap(({ name, inode: other }) => (other === inode && name !== file ? [name] : [])), file]
  }

  /** A snapshot that was deleted, and that images still need for what it keeps. */
  isGone({ volumeId, file }: Layer): boolean {
    const directory = this.directory(volumeId)
    return directory?.gone.has(file) === true && directory.files?.some(({ name }) => name === file) === true
  }

  /** null: it is not there. Throws a problem that says why it cannot be opened. */
  judge(volumeId: string): JudgedVolume | null {
    const directory = this.directory(volumeId)
    if (directory === null) return null
    if (directory.files === null) throw new ProblemError('image.not_a_file', { image: volumeId })
    const mark = parseVolumeMark(directory.mark, volumeId, this.#poolId)
    if (mark === null) throw new ProblemError('image.no_mark', { image: `${volumeId}/volume.json` })
    const disk = this.#readable(volumeId, mark.format === 'raw' ? diskFile('raw') : directory.disk)
    if (mark.format === 'raw') {
      return { volumeId, isTrashed: directory.isTrashed, mark, disk, sizeBytes: disk.bytes, chain: [] }
    }
    const chain = this.chain({ volumeId, file: disk.name })
    const { sizeBytes } = this.#header(volumeId, disk)
    return { volumeId, isTrashed: directory.isTrashed, mark, disk, sizeBytes, chain }
  }

  /** What a qcow2 image of ours needs, all of it judged. Throws a problem. */
  chain(image: Layer): Layer[] {
    const layers: Layer[] = []
    for (let at: Layer | null = image; at !== null; ) {
      const file = this.#readable(at.volumeId, at.file)
      at = this.#backing(at.volumeId, file)
      if (at === null) break
      if (layers.length >= MOST_LAYERS || layers.some((one) => isSame(one, at as Layer)) || isSame(image, at)) {
        throw new ProblemError('image.broken', { image: nameOf(image), found: 'its layers go in a circle' })
      }
      layers.push(at)
    }
    return layers
  }

  /** Images, also in the trash, that are based on this layer. Those that cannot be read count by their names alone. */
  users(layer: Layer): Layer[] {
    return this.#images().filter((image) => {
      const header = this.file(image.volumeId, image.file)?.header
      if (typeof header !== 'object' || header?.backing == null) return false
      const backing = layerNamed(header.backing, image.volumeId)
      return backing !== null && isSame(this.standing(backing), layer)
    })
  }

  /** Other volumes that need something of this one, sorted. */
  childrenOf(volumeId: string): string[] {
    const direct = this.#images().filter((image) => {
      if (image.volumeId === volumeId) return false
      const header = this.file(image.volumeId, image.file)?.header
      const backing = typeof header === 'object' && header?.backing ? layerNamed(header.backing, image.volumeId) : null
      return backing?.volumeId === volumeId
    })
    return [...new Set(direct.map((image) => image.volumeId))].sort()
  }

  /** Hidden layers of a volume that nothing is based on. */
  unusedLayers(volumeId: string): string[] {
    return this.hiddenLayers(volumeId).filter((file) => this.users({ volumeId, file }).length === 0)
  }

  hiddenLayers(volumeId: string): string[] {
    const { files, gone } = this.directory(volumeId) ?? {}
    return (files ?? []).map(({ name }) => name).filter((name) => isHidden(name, gone ?? new Set()))
  }

  /** Paths of all that goes with a layer: names that a machine may have it by first, and last the marks that its snapshot was deleted. */
  pathsOf(layer: Layer): string[] {
    const names = this.namesOf(layer)
    const { gone } = this.directory(layer.volumeId) ?? {}
    const marks = names.filter((name) => gone?.has(name)).map(goneMark)
    return [...names, ...marks].map((name) => `${layer.volumeId}/${name}`)
  }

  /** Snapshots of a volume. A second name of the disk is none yet: it was cut off while it was taken. */
  snapshots(volumeId: string): { snapshotId: string; file: SeenFile }[] {
    const { files, disk: living, gone } = this.directory(volumeId) ?? {}
    const disk = files?.find(({ name }) => name === living)
    return (files ?? []).flatMap((file) => {
      const [, snapshotId] = SNAPSHOT_FILE.exec(file.name) ?? []
      const isOne = snapshotId !== undefined && file.inode !== disk?.inode && gone?.has(file.name) !== true
      return isOne ? [{ snapshotId, file }] : []
    })
  }

  /** As a look tells of it; null: it is not there. */
  seen(volumeId: string): SeenVolume | null {
    const directory = this.directory(volumeId)
    if (directory === null) return null
    const mark = parseVolumeMark(directory.mark, volumeId, this.#poolId)
    const files = directory.files ?? []
    const shown = {
      volumeId,
      isTrashed: directory.isTrashed,
      format: mark?.format ?? 'qcow2',
      allocatedBytes: allocated(files),
      snapshots: this.snapshots(volumeId).map(({ snapshotId, file }) => ({
        snapshotId,
        sizeBytes: file.allocatedBytes,
      })),
      // A layer is also open while a clone is in use; the volume itself is not then.
      isInUse: files.some(({ name, isLocked }) => isLocked && /^disk[._]/.test(name)),
      ...(mark?.format === 'raw' || directory.disk === diskFile('qcow2') ? {} : { imageName: directory.disk }),
    } as const
    try {
      const judged = this.judge(volumeId)
      return { ...shown, sizeBytes: judged?.sizeBytes ?? null, parent: parentOf(judged), problem: null }
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      return { ...shown, sizeBytes: null, parent: null, problem: reported(error) }
    }
  }

  volumeIds(): string[] {
    return [...this.#volumes.keys()].sort()
  }

  #images(): Layer[] {
    return [...this.#volumes.values()].flatMap(({ name, files }) =>
      (files ?? []).filter((file) => file.name.endsWith('.qcow2')).map((file) => ({ volumeId: name, file: file.name })),
    )
  }

  #readable(volumeId: string, name: string): SeenFile {
    const file = this.file(volumeId, name)
    if (file === null) {
      throw new ProblemError('image.missing_layer', { image: volumeId, found: nameOf({ volumeId, file: name }) })
    }
    if (file.kind !== 'file') throw new ProblemError('image.not_a_file', { image: nameOf({ volumeId, file: name }) })
    return file
  }

  #header(volumeId: string, file: SeenFile): Qcow2Header {
    const image = nameOf({ volumeId, file: file.name })
    const header = readableHeader(image, file.header ?? 'it is not a qcow2 image')
    if (header.sizeBytes > MOST_BYTES) throw new ProblemError('image.too_large', { image, found: header.sizeBytes })
    return header
  }

  #backing(volumeId: string, file: SeenFile): Layer | null {
    const { backing, backingFormat } = this.#header(volumeId, file)
    if (backing === null) return null
    const layer = layerNamed(backing, volumeId)
    if (layer === null || backingFormat !== 'qcow2') {
      const found = layer === null ? backing : `${backing} as ${backingFormat ?? 'a format to be guessed'}`
      throw new ProblemError('image.foreign_layer', { image: nameOf({ volumeId, file: file.name }), found })
    }
    return this.standing(layer)
  }
}

/** Throws a problem for a header that would have QEMU open other files, besides its backing file, or that cannot be used. */
export function readableHeader(image: string, header: Qcow2Header | string): Qcow2Header {
  if (typeof header === 'string') throw new ProblemError('image.broken', { image, found: header })
  if (header.hasDataFile) throw new ProblemError('image.data_file', { image })
  if (header.isEncrypted) throw new ProblemError('image.encrypted', { image })
  if (header.isCorrupt) throw new ProblemError('image.broken', { image, found: 'QEMU has marked it so' })
  if (header.hasUnknownFeatures)
    throw new ProblemError('image.unsupported', { image, found: 'a qcow2 image with features that are not known here' })
  return header
}

export function isSame(one: Layer, other: Layer): boolean {
  return one.volumeId === other.volumeId && one.file === other.file
}

function nameOf({ volumeId, file }: Layer): string {
  return `${volumeId}/${file}`
}

function parentOf(judged: JudgedVolume | null): SeenVolume['parent'] {
  const layer = judged?.chain.find(({ volumeId }) => volumeId !== judged.volumeId)
  if (layer === undefined) return null
  const [, snapshotId = null] = SNAPSHOT_FILE.exec(layer.file) ?? []
  return { volumeId: layer.volumeId, snapshotId }
}

/** A file with two names takes its room once. */
function allocated(files: readonly SeenFile[]): number {
  const byInode = new Map(files.map((file) => [file.inode, file.allocatedBytes]))
  return [...byInode.values()].reduce((sum, bytes) => sum + bytes, 0)
}

function reported(error: HoldfastError): ProblemReport & { message: string } {
  const { code: _code, ...report } = toldError(error)
  return report
}

import { CommandError } from '@/lib/drivers/problems/command-error'
import { ProblemError } from '@/lib/drivers/problems/problem'
import type { EngineContext, ImageSource } from '@/lib/volume-engines/contract/engine'
import { foreignMissing } from '@/lib/volume-engines/contract/refusals'
import { MOST_BYTES, readableHeader } from '@/lib/volume-engines/image-files/chains'
import { type ImageInfo, parseInfo } from '@/lib/volume-engines/image-files/info'
import { lookAt, type Pool } from '@/lib/volume-engines/image-files/pool'
import { qemuImg } from '@/lib/volume-engines/image-files/qemu-img'
import { type SeenOther, survey } from '@/lib/volume-engines/image-files/survey'

/** What can be opened at all, of what is known by its first bytes. */
const FORMATS = new Set(['qcow2', 'vmdk', 'vdi', 'vhdx', 'vpc'])
/** Images of this format carry nothing that tells; so somebody must have said it with the name. */
const RAW_NAME = /\.(?:raw|img|iso)$/i
/** Of a disc: it is read as the bytes that it is. */
export const ISO = 'iso'
/** Of a vmdk that is one file. */
const WHOLE = new Set(['monolithicSparse', 'streamOptimized'])
/** The confinement itself could not be made. */
const NOT_CONFINED = 125

/** As somebody else's file shows what it is, without a look inside; null: it does not. */
export function foreignFormat({ name, format }: Pick<SeenOther, 'name' | 'format'>): string | null {
  return format ?? (RAW_NAME.test(name) ? 'raw' : null)
}

/** Throws `not_found`. */
export async function findForeign(pool: Pool, name: string, context: EngineContext): Promise<SeenOther> {
  const { others } = await lookAt(pool, null, context)
  const found = others.find((other) => other.name === name)
  if (found === undefined) throw foreignMissing(name)
  return found
}

/** The same of one file in a directory of ours that is no pool. Throws `not_found`, or a problem. */
export async function inspectImage(directory: string, name: string, context: EngineContext): Promise<ImageSource> {
  const { others } = await survey(directory, null, context)
  const found = others.find((other) => other.name === name)
  if (found === undefined) throw foreignMissing(name)
  return await inspectForeign({ place: { path: directory } }, found, context)
}

/**
 * Looks into an image that somebody else has put there. What would have QEMU open anything else is refused: first by our own look at the
 * header, then by what QEMU says of it in confinement. Throws a problem.
 */
export async function inspectForeign(
  pool: { place: { path: string } },
  image: SeenOther,
  context: EngineContext,
): Promise<ImageSource> {
  const { name } = image
  if (image.kind !== 'file') throw new ProblemError('image.not_a_file', { image: name })
  const format = foreignFormat(image)
  if (format === null) throw new ProblemError('image.unknown_format', { image: name })
  const location = `${pool.place.path}/${name}`
  const confined = { readable: [pool.place.path] }
  if (format === 'raw' || format === ISO) {
    if (image.bytes === 0) throw new ProblemError('image.broken', { image: name, found: 'it is empty' })
    return { format: 'raw', location, sizeBytes: judgedSize(name, image.bytes), confined }
  }
  if (format === 'luks') throw new ProblemError('image.encrypted', { image: name })
  if (!FORMATS.has(format)) throw new ProblemError('image.unsupported', { image: name, found: `a ${format} image` })
  if (format === 'qcow2') {
    const { backing, sizeBytes } = readableHeader(name, image.header ?? 'its header cannot be read')
    if (backing !== null) throw new ProblemError('image.backing', { image: name, found: backing })
    judgedSize(name, sizeBytes)
  }
  const info = await infoOf(name, format, location, confined, context)
  return { format, location, sizeBytes: judgeInfo(name, location, format, info), confined }
}

async function infoOf(
  name: string,
  format: string,
  location: string,
  confined: { readable: string[] },
  context: EngineContext,
): Promise<ImageInfo> {
  try {
    return parseInfo(await qemuImg(name, ['info', '-f', format, '--output=json', location], context, confined))
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode === NOT_CONFINED) throw error
    const found = 'qemu-img cannot read it'
    throw new ProblemError('image.broken', { image: name, found }, { said: error.stderr, cause: error })
  }
}

/** Bytes. Throws the problem that forbids to open such an image. */
export function judgeInfo(name: string, location: string, format: string, info: ImageInfo): number {
  if (info.format !== format) {
    throw new ProblemError('image.broken', { image: name, found: `it is ${info.format}, and not ${format}` })
  }
  if (info.backing !== null) throw new ProblemError('image.backing', { image: name, found: info.backing })
  if (info.dataFile !== null) throw new ProblemError('image.data_file', { image: name })
  if (info.isEncrypted) throw new ProblemError('image.encrypted', { image: name })
  if (info.isCorrupt) throw new ProblemError('image.broken', { image: name, found: 'QEMU has marked it so' })
  if (format === 'vmdk') judgeExtents(name, location, info)
  return judgedSize(name, info.sizeBytes)
}

function judgeExtents(name: string, location: string, { createType, hasParent, extents }: ImageInfo): void {
  if (hasParent) throw new ProblemError('image.backing', { image: name, found: 'another image' })
  const others = extents.filter((extent) => extent !== location)
  if (extents.length !== 1 || others.length > 0 || createType === null || !WHOLE.has(createType)) {
    throw new ProblemError('image.extents', { image: name, found: others.join(', ') })
  }
}

function judgedSize(name: string, sizeBytes: number): number {
  if (sizeBytes > MOST_BYTES || sizeBytes <= 0 || !Number.isSafeInteger(sizeBytes)) {
    throw new ProblemError('image.too_large', { image: name, found: sizeBytes })
  }
  return sizeBytes
}

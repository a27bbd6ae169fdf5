import { ProblemError } from '@/lib/drivers/problems/problem'
import type { EngineTurn, ImageSource, NewVolume } from '@/lib/volume-engines/contract/engine'
import { readingOf } from '@/lib/volume-engines/contract/reading'
import { snapshotMissing, volumeExists, wouldShrink } from '@/lib/volume-engines/contract/refusals'
import { change } from '@/lib/volume-engines/image-files/change'
import { imageFiles } from '@/lib/volume-engines/image-files/descriptor'
import { findForeign, inspectForeign } from '@/lib/volume-engines/image-files/foreign'
import { clearLeftNames, freezeDisk, thawDisk } from '@/lib/volume-engines/image-files/layers'
import { backingName, diskFile, layerFile, snapshotFile } from '@/lib/volume-engines/image-files/layout'
import { chainsOf, living, type Pool, workable } from '@/lib/volume-engines/image-files/pool'
import { createArguments, longRun, overlayArguments, qemuImg, refusal } from '@/lib/volume-engines/image-files/qemu-img'
import { Staging } from '@/lib/volume-engines/image-files/staging'

/** Empty, or with the content of something else. */
export async function createVolume(
  pool: Pool,
  volume: NewVolume,
  content: ImageSource | null,
  turn: EngineTurn,
): Promise<void> {
  const { volumeId, format, provisioning, sizeBytes } = volume
  if (content !== null && content.sizeBytes > sizeBytes) throw wouldShrink(volumeId, content.sizeBytes, sizeBytes)
  const isFull = provisioning === 'full'
  const staging = await Staging.claim(pool, volumeId, { format, provisioning }, turn)
  const make = async () => {
    await staging.begin(turn)
    if (content !== null || isFull) return
    await qemuImg(volumeId, createArguments(staging.path, format, sizeBytes, false), turn)
  }
  await turn.step('make', make, () => staging.takeBack(turn))
  if (content !== null) {
    await turn.run('fill', fill(staging, volume, content, turn))
    if (content.sizeBytes < sizeBytes) {
      const args = ['resize', '-q', '-f', format, staging.path, String(sizeBytes)]
      await turn.step('size', () => qemuImg(volumeId, args, turn).then(() => null))
    }
  } else if (isFull) {
    await turn.run('fill', longRun(createArguments(staging.path, format, sizeBytes, true), sizeBytes))
  }
  await staging.publish(turn)
}

function fill(staging: Staging, volume: NewVolume, content: ImageSource, turn: EngineTurn) {
  const { location, confined } = readingOf(content, turn.directory('fill'))
  const preallocation = volume.provisioning === 'full' ? ['-o', 'preallocation=falloc'] : []
  const args = ['convert', '-p', '-f', content.format, '-O', volume.format, ...preallocation, location, staging.path]
  const { files } = content
  const target = staging.path.slice(0, staging.path.lastIndexOf('/'))
  const limits = { ...confined, writable: [...(confined.writable ?? []), target] }
  return { ...longRun(args, content.sizeBytes, limits), ...(files === undefined ? {} : { files }) }
}

/** As a step of an older agent means it, which named none. */
export const USUAL_DISK = diskFile('qcow2')

/** At once: both share what they have in common. */
export async function cloneVolume(
  pool: Pool,
  volumeId: string,
  of: { volumeId: string; snapshotId: string | null },
  turn: EngineTurn,
): Promise<void> {
  const staging = await Staging.claim(pool, volumeId, { format: 'qcow2', provisioning: 'thin' }, turn)
  const base = await turn.step('parent', async () => {
    const chains = await chainsOf(pool, [of.volumeId, volumeId], turn)
    if (chains.directory(volumeId) !== null) throw volumeExists(volumeId)
    const { mark, sizeBytes, disk } =
      of.snapshotId === null ? await workable(pool, of.volumeId, chains, turn) : living(of.volumeId, chains)
    requireCan('clone', mark)
    if (of.snapshotId === null) {
      await clearLeftNames(pool, of.volumeId, chains, turn)
      return { sizeBytes, token: staging.token, disk: disk.name }
    }
    const found = chains.snapshots(of.volumeId).find(({ snapshotId }) => snapshotId === of.snapshotId)
    if (found === undefined) throw snapshotMissing(of.volumeId, of.snapshotId)
    chains.chain({ volumeId: of.volumeId, file: found.file.name })
    const header = found.file.header
    return {
      sizeBytes: typeof header === 'object' && header !== null ? header.sizeBytes : sizeBytes,
      token: null,
      disk: disk.name,
    }
  })
  const { sizeBytes, token, disk = USUAL_DISK } = base
  const layer = of.snapshotId === null ? layerFile(staging.token) : snapshotFile(of.snapshotId)
  if (token !== null) {
    const freeze = { volumeId: of.volumeId, layer, disk, sizeBytes, token }
    await turn.step(
      'freeze',
      () => freezeDisk(pool, freeze, turn),
      () => thawDisk(pool, freeze, turn),
    )
  }
  const backing = backingName(volumeId, { volumeId: of.volumeId, file: layer })
  const make = async () => {
    await staging.begin(turn)
    await qemuImg(volumeId, overlayArguments(staging.path, backing, sizeBytes), turn)
  }
  await turn.step('make', make, () => staging.takeBack(turn))
  await staging.publish(turn)
}

/** Throws `unsupported` with the reason. */
export function requireCan(
  act: Parameters<typeof imageFiles.refuses>[0],
  shape: Parameters<typeof imageFiles.refuses>[1],
): void {
  const reason = imageFiles.refuses(act, shape, imageFiles.settings.parse({}))
  if (reason !== null) throw refusal(reason)
}

/** A foreign image becomes a volume where it is; only its name changes. */
export async function adoptForeign(pool: Pool, name: string, volumeId: string, turn: EngineTurn): Promise<void> {
  const format = await turn.step('inspect', async () => {
    const image = await inspectForeign(pool, await findForeign(pool, name, turn), turn)
    if (image.format !== 'qcow2' && image.format !== 'raw') {
      throw new ProblemError('image.unsupported', { image: name, found: `a ${image.format} image` })
    }
    if (image.sizeBytes % 512 !== 0) {
      throw new ProblemError('image.unsupported', { image: name, found: 'not a whole number of blocks of 512 bytes' })
    }
    return image.format
  })
  const staging = await Staging.claim(pool, volumeId, { format, provisioning: 'thin' }, turn)
  await turn.step(
    'make',
    () => staging.begin(turn),
    () => staging.takeBack(turn, name),
  )
  await turn.step('move', () => change(pool.place.path, [{ do: 'replace', path: name, to: staging.disk }], turn))
  await staging.publish(turn)
}

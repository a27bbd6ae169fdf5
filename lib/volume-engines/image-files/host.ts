import { inodesOf, type Usage } from '@/lib/drivers/contract/values'
import { HoldfastError } from '@/lib/errors'
import type {
  EngineContext,
  ImageSource,
  OutsideImage,
  PoolView,
  SeenVolume,
  VolumeEngine,
} from '@/lib/volume-engines/contract/engine'
import type { DirectoryPlace } from '@/lib/volume-engines/contract/place'
import { snapshotMissing } from '@/lib/volume-engines/contract/refusals'
import { namingMachines } from '@/lib/volume-engines/contract/running-machines'
import { adoptForeign, cloneVolume, createVolume } from '@/lib/volume-engines/image-files/create'
import type { ImageFilesSettings } from '@/lib/volume-engines/image-files/descriptor'
import { findForeign, foreignFormat, inspectForeign } from '@/lib/volume-engines/image-files/foreign'
import { diskFile, snapshotFile } from '@/lib/volume-engines/image-files/layout'
import { growVolume, purgeVolume, trashVolume, untrashVolume } from '@/lib/volume-engines/image-files/life'
import { deleteSnapshot, flattenVolume } from '@/lib/volume-engines/image-files/merge'
import {
  chainsOf,
  filePath,
  living,
  lookAt,
  openPool,
  type Pool,
  releasePool,
  workable,
} from '@/lib/volume-engines/image-files/pool'
import { restoreSnapshot, takeSnapshot } from '@/lib/volume-engines/image-files/snapshots'
import type { SeenOther } from '@/lib/volume-engines/image-files/survey'
import { findTemplate, isTemplate, lookAtTemplates } from '@/lib/volume-engines/image-files/templates'

/** The host half: volumes as image files, by `qemu-img` and by children of our own. */
export const imageFilesEngine: VolumeEngine<DirectoryPlace, ImageFilesSettings> = {
  open: openPool,
  release: releasePool,
  look,
  find,
  source: async (pool, what, context) =>
    'foreign' in what
      ? inspectForeign(pool, await outside(pool, what, context), context)
      : ownSource(pool, what, context),
  create: createVolume,
  clone: cloneVolume,
  grow: growVolume,
  snapshot: takeSnapshot,
  deleteSnapshot,
  restore: restoreSnapshot,
  flatten: flattenVolume,
  trash: trashVolume,
  untrash: untrashVolume,
  purge: purgeVolume,
  adopt: adoptForeign,
}

async function look(pool: Pool, isKeeper: boolean, context: EngineContext): Promise<PoolView> {
  const { chains, others } = await lookAt(pool, isKeeper ? null : [], context)
  const capacity = await capacityOf(pool, context)
  const volumes = chains.volumeIds().flatMap((volumeId) => chains.seen(volumeId) ?? [])
  const { templates_path: folder } = pool.settings
  const foreign = others
    .filter(({ name, kind }) => name !== folder || kind !== 'directory')
    .map((other) => ({
      name: other.name,
      kind: other.kind,
      bytes: other.kind === 'file' ? other.bytes : null,
      format: other.kind === 'file' ? foreignFormat(other) : null,
    }))
  const named = await namingMachines(isKeeper ? volumes : [], (volume) => diskPath(pool, volume), context)
  const templates = isKeeper ? await lookAtTemplates(pool, context) : null
  return { capacity, warning: null, volumes: named, foreign: isKeeper ? foreign : [], templates }
}

/** What somebody else has put there: beside the volumes, or among the templates. */
function outside(pool: Pool, { foreign: name, as }: OutsideImage, context: EngineContext): Promise<SeenOther> {
  return isTemplate(pool, name) ? findTemplate(pool, name, context, as) : findForeign(pool, name, context)
}

async function find(pool: Pool, volumeId: string, context: EngineContext): Promise<SeenVolume | null> {
  const seen = (await chainsOf(pool, [volumeId], context)).seen(volumeId)
  if (seen === null) return null
  const [named = null] = await namingMachines([seen], (volume) => diskPath(pool, volume), context)
  return named
}

function diskPath(pool: Pool, { volumeId, format, imageName = diskFile(format) }: SeenVolume): string {
  return filePath(pool, volumeId, imageName)
}

async function capacityOf(pool: Pool, { host }: EngineContext): Promise<Usage> {
  const answer = await host.probe.statfs(pool.place.path)
  if (answer.state === 'hung') throw new HoldfastError('timed_out', 'The storage of the pool does not answer.')
  if (answer.state === 'failed') {
    throw new HoldfastError('backend_unreachable', `The storage of the pool does not answer (${answer.errno}).`)
  }
  const { totalBytes, freeBytes, availableBytes } = answer
  return { totalBytes, usedBytes: totalBytes - freeBytes, availableBytes, fileCount: null, ...inodesOf(answer) }
}

async function ownSource(
  pool: Pool,
  { volumeId, snapshotId }: { volumeId: string; snapshotId: string | null },
  context: EngineContext,
): Promise<ImageSource> {
  const chains = await chainsOf(pool, [volumeId], context)
  const confined = { readable: [pool.place.path] }
  if (snapshotId === null) {
    const { mark, disk, sizeBytes } = await workable(pool, volumeId, chains, context)
    return { format: mark.format, location: filePath(pool, volumeId, disk.name), sizeBytes, confined }
  }
  living(volumeId, chains)
  const file = snapshotFile(snapshotId)
  const found = chains.snapshots(volumeId).find((one) => one.snapshotId === snapshotId)
  const header = found?.file.header
  if (typeof header !== 'object' || header === null) throw snapshotMissing(volumeId, snapshotId)
  chains.chain({ volumeId, file })
  return { format: 'qcow2', location: filePath(pool, volumeId, file), sizeBytes: header.sizeBytes, confined }
}

import { type PoolStats, parseCephDf } from '@/lib/ceph/pool-stats'
import type { Usage } from '@/lib/drivers/contract/values'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { toldError } from '@/lib/drivers/problems/report'
import { HoldfastError } from '@/lib/errors'
import type { EngineContext, PoolView, SeenForeign, SeenVolume } from '@/lib/volume-engines/contract/engine'
import { namingMachines } from '@/lib/volume-engines/contract/running-machines'
import { type Cluster, imageName, type RbdPool, valuesOf, withCluster } from '@/lib/volume-engines/rbd/cluster'
import {
  askUsage,
  listTrash,
  listTrashedSnapshots,
  measure,
  measureAll,
  type Question,
  showTrashed,
} from '@/lib/volume-engines/rbd/commands'
import { allImages, findImage, findTrashed, isOpen, snapshotsOf, unlikeOurs } from '@/lib/volume-engines/rbd/images'
import { isSnapshot, isVolume, MARK_IMAGE } from '@/lib/volume-engines/rbd/names'
import {
  type ImageUsage,
  type ListedImage,
  type Parent,
  type parseImages,
  parseInfo,
  parseSnapshots,
  parseTrash,
  parseUsage,
} from '@/lib/volume-engines/rbd/parse-rbd'

/** Whether somebody has an image open is one more question for each; of more than these, a look tells only who writes. */
const MOST_ASKED = 16
const AT_ONCE = 4
/** Of images without `fast-diff` it is counted block by block; what they take is not worth more of a look. */
const MEASURE_MS = 20_000

export async function look(pool: RbdPool, isKeeper: boolean, context: EngineContext): Promise<PoolView> {
  return await withCluster(pool, context, async (cluster) => {
    const stats = await statsOf(cluster)
    if (!isKeeper) {
      const taken = pool.place.namespace === '' ? null : await usageOfAll(cluster)
      return { capacity: capacityOf(cluster, stats, taken), warning: null, volumes: [], foreign: [] }
    }
    const images = await allImages(cluster)
    const ours = images.filter(({ name }) => isVolume(name))
    const others = images.filter(({ name }) => !isVolume(name) && name !== MARK_IMAGE)
    const used = await each(
      ours,
      async ({ name, isLocked }) => isLocked || (ours.length <= MOST_ASKED && (await isOpen(cluster, name))),
    )
    const gone = await trashed(cluster)
    // Last: it may take all the time that is left, and all else is known then.
    const usage = await usageOfAll(cluster)
    const living = ours.map((image, at) => seen(cluster, image, usage?.get(image.name) ?? null, used[at] ?? false))
    const named = await namingMachines(living, ({ volumeId }) => imageName(pool, volumeId), context)
    const capacity = capacityOf(cluster, stats, usage)
    return { capacity, warning: null, volumes: [...named, ...gone], foreign: others.map(foreign) }
  })
}

export async function find(pool: RbdPool, volumeId: string, context: EngineContext): Promise<SeenVolume | null> {
  return await withCluster(pool, context, async (cluster) => {
    const image = await findImage(cluster, volumeId)
    if (image === null) {
      const imageId = await findTrashed(cluster, volumeId)
      return imageId === null ? null : await seenTrashed(cluster, volumeId, imageId)
    }
    const snapshots = (await snapshotsOf(cluster, volumeId)).map(({ name }) => name)
    const usage = await usageBy(cluster, measure(pool.place, volumeId))
    const isInUse = await isOpen(cluster, volumeId)
    const problem = await unlikeOurs(cluster, volumeId)
    const found = {
      ...seen(cluster, { ...image, snapshots }, usage?.get(volumeId) ?? null, isInUse),
      problem: problem === null ? null : toldError(problem),
    }
    const [named = null] = await namingMachines([found], () => imageName(pool, volumeId), context)
    return named
  })
}

async function statsOf(cluster: Cluster): Promise<PoolStats> {
  const stats = parseCephDf((await cluster.ask(askUsage)).stdout).find(({ name }) => name === cluster.where.pool)
  if (stats === undefined) throw new ProblemError('ceph.no_pool', { ...valuesOf(cluster.where), found: undefined })
  return stats
}

/** Used and free as clients see it, copies taken into account; in a namespace, used is what its images take. */
function capacityOf({ where }: Cluster, stats: PoolStats, usage: Map<string, ImageUsage> | null): Usage {
  const usedBytes = where.namespace === '' ? stats.storedBytes : sumOf(usage)
  const { availableBytes } = stats
  const totalBytes = usedBytes === null ? null : usedBytes + availableBytes
  return { totalBytes, usedBytes, availableBytes, fileCount: null }
}

function sumOf(usage: Map<string, ImageUsage> | null): number | null {
  if (usage === null) return null
  return [...usage.values()].reduce((sum, { totalBytes }) => sum + totalBytes, 0)
}

function usageOfAll(cluster: Cluster): Promise<Map<string, ImageUsage> | null> {
  return usageBy(cluster, measureAll(cluster.where))
}

/** Null where it cannot be told, as of large images without `fast-diff` in time. */
async function usageBy(cluster: Cluster, question: Question): Promise<Map<string, ImageUsage> | null> {
  try {
    const stdout = await cluster.read(question, MEASURE_MS)
    return stdout === null ? null : parseUsage(stdout)
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code === 'cancelled') throw error
    cluster.context.log(`What the images take could not be read: ${error.message}`)
    return null
  }
}

type Shape = Pick<ListedImage, 'name' | 'sizeBytes' | 'parent' | 'snapshots'>

function seen(cluster: Cluster, image: Shape, usage: ImageUsage | null, isInUse: boolean): SeenVolume {
  return {
    volumeId: image.name,
    isTrashed: false,
    format: 'raw',
    sizeBytes: image.sizeBytes,
    allocatedBytes: usage?.totalBytes ?? null,
    parent: parentOf(cluster, image.parent),
    snapshots: image.snapshots
      .filter(isSnapshot)
      .map((snapshotId) => ({ snapshotId, sizeBytes: usage?.snapshots.get(snapshotId) ?? null })),
    isInUse,
    problem: null,
  }
}

/** A volume of this pool; what an adopted image was cloned from is none. */
function parentOf({ where }: Cluster, parent: Parent | null): SeenVolume['parent'] {
  if (parent === null || parent.pool !== where.pool || parent.namespace !== where.namespace) return null
  if (!isVolume(parent.image)) return null
  return { volumeId: parent.image, snapshotId: isSnapshot(parent.snapshot) ? parent.snapshot : null }
}

async function trashed(cluster: Cluster): Promise<SeenVolume[]> {
  const all = parseTrash((await cluster.ask(listTrash(cluster.where))).stdout).filter(({ name }) => isVolume(name))
  const found = await each(all, ({ id, name }) => seenTrashed(cluster, name, id))
  return found.filter((one) => one !== null)
}

async function seenTrashed(cluster: Cluster, volumeId: string, imageId: string): Promise<SeenVolume | null> {
  const info = await cluster.read(showTrashed(cluster.where, imageId))
  if (info === null) return null
  const image = parseInfo(info)
  const listed = await cluster.read(listTrashedSnapshots(cluster.where, imageId))
  const snapshots = listed === null ? [] : parseSnapshots(listed).map(({ name }) => name)
  // Nothing tells what an image in the trash takes.
  return { ...seen(cluster, { ...image, name: volumeId, snapshots }, null, false), isTrashed: true }
}

function foreign({ name, sizeBytes }: ReturnType<typeof parseImages>[number]): SeenForeign {
  return { name, kind: 'volume', bytes: sizeBytes, format: 'raw' }
}

/** In their order, a few at a time: each is a program of its own. */
async function each<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const found: R[] = []
  for (let start = 0; start < all.length; start += AT_ONCE) {
    found.push(...(await Promise.all(all.slice(start, start + AT_ONCE).map(work))))
  }
  return found
}

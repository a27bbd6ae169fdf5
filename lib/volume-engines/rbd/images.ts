import { ProblemError } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'
import { snapshotMissing, volumeInUse, volumeMissing, volumeTrashed } from '@/lib/volume-engines/contract/refusals'
import { BUSY, type Cluster, INVALID, NOT_FOUND, valuesOf } from '@/lib/volume-engines/rbd/cluster'
import {
  listChildren,
  listImages,
  listMeta,
  listSnapshots,
  listTrash,
  removeImage,
  removeSnapshot,
  setMeta,
  showImage,
  showWatchers,
  unprotectSnapshot,
} from '@/lib/volume-engines/rbd/commands'
import { baseOf, POOL_KEY, VOLUME_KEY } from '@/lib/volume-engines/rbd/names'
import {
  type ImageSnapshot,
  type ListedImage,
  parseChildren,
  parseImages,
  parseInfo,
  parseMeta,
  parseSnapshots,
  parseTrash,
  parseWatchers,
} from '@/lib/volume-engines/rbd/parse-rbd'

export type Image = ReturnType<typeof parseInfo>

/** What RADOS keeps of a client that was killed is gone after 30 s. */
const KILLED_MS = 45_000
const LOOK_MS = 1_000

// ---- what is there

/** An image that is not in the trash. */
export async function findImage(cluster: Cluster, name: string): Promise<Image | null> {
  const stdout = await cluster.read(showImage(cluster.where, name))
  return stdout === null ? null : parseInfo(stdout)
}

/** The id of an image in the trash. */
export async function findTrashed(cluster: Cluster, name: string): Promise<string | null> {
  const { stdout } = await cluster.ask(listTrash(cluster.where))
  return parseTrash(stdout).find((one) => one.name === name)?.id ?? null
}

export async function allImages(cluster: Cluster): Promise<ListedImage[]> {
  return parseImages((await cluster.ask(listImages(cluster.where))).stdout)
}

export async function snapshotsOf(cluster: Cluster, name: string): Promise<ImageSnapshot[]> {
  return parseSnapshots((await cluster.ask(listSnapshots(cluster.where, name))).stdout)
}

/** Names of what was cloned from it, also of what is in the trash; sorted. */
export async function childrenOf(cluster: Cluster, name: string, snapshot?: string): Promise<string[]> {
  const { where } = cluster
  return parseChildren((await cluster.ask(listChildren(where, name, snapshot))).stdout, where).sort()
}

/** Has anybody the image open? `trash mv` and `rollback` would not mind. */
export async function isOpen(cluster: Cluster, name: string): Promise<boolean> {
  const stdout = await cluster.read(showWatchers(cluster.where, name))
  return stdout !== null && parseWatchers(stdout).length > 0
}

export async function metaOf(cluster: Cluster, name: string): Promise<Record<string, string>> {
  const stdout = await cluster.read(listMeta(cluster.where, name))
  return stdout === null ? {} : parseMeta(stdout)
}

// ---- what must be so

/** What it says it is, where that is not the volume of this name; null: it is ours. */
export async function unlikeOurs(cluster: Cluster, volumeId: string): Promise<ProblemError | null> {
  const meta = await metaOf(cluster, volumeId)
  const { poolId } = cluster.pool
  if (meta[VOLUME_KEY] === volumeId && meta[POOL_KEY] === poolId) return null
  const found = `${meta[VOLUME_KEY] ?? 'no volume'} of ${meta[POOL_KEY] ?? 'no pool'}`
  return new ProblemError('rbd.image_unlike_ours', { ...valuesOf(cluster.where), image: volumeId, found })
}

/** A volume of ours that is not in the trash. Throws `not_found`, and `conflict` for one in the trash or with another mark. */
export async function requireVolume(cluster: Cluster, volumeId: string): Promise<Image> {
  const image = await findImage(cluster, volumeId)
  if (image === null) {
    throw (await findTrashed(cluster, volumeId)) === null ? volumeMissing(volumeId) : volumeTrashed(volumeId)
  }
  const problem = await unlikeOurs(cluster, volumeId)
  if (problem !== null) throw problem
  return image
}

/** Throws `busy`. */
export async function requireIdle(cluster: Cluster, volumeId: string): Promise<void> {
  if (await isOpen(cluster, volumeId)) throw volumeInUse(volumeId)
}

/** Throws `not_found`. */
export async function requireSnapshot(cluster: Cluster, volumeId: string, snapshotId: string): Promise<ImageSnapshot> {
  const found = (await snapshotsOf(cluster, volumeId)).find(({ name }) => name === snapshotId)
  if (found === undefined) throw snapshotMissing(volumeId, snapshotId)
  return found
}

export async function isThere(cluster: Cluster, volumeId: string): Promise<boolean> {
  return (await findImage(cluster, volumeId)) !== null || (await findTrashed(cluster, volumeId)) !== null
}

// ---- changes that several acts make

export async function markAsOurs(cluster: Cluster, volumeId: string): Promise<void> {
  const { where, pool } = cluster
  await cluster.ask(setMeta(where, volumeId, POOL_KEY, pool.poolId))
  await cluster.ask(setMeta(where, volumeId, VOLUME_KEY, volumeId))
}

/** Takes back what an operation has made. Waits for the end of what it has killed. */
export async function removeMade(cluster: Cluster, volumeId: string): Promise<void> {
  const { where, context } = cluster
  const over = performance.now() + KILLED_MS
  while (await isOpen(cluster, volumeId)) {
    if (performance.now() > over) throw volumeInUse(volumeId)
    await pauseFor(LOOK_MS, context.signal)
    context.signal.throwIfAborted()
  }
  await cluster.ask(removeImage(where, volumeId), [NOT_FOUND])
}

/** A snapshot without children; protected or not, there or not. */
export async function dropSnapshot(cluster: Cluster, name: string, snapshot: string): Promise<void> {
  const { where } = cluster
  const { exitCode } = await cluster.ask(unprotectSnapshot(where, name, snapshot), [NOT_FOUND, BUSY, INVALID])
  if (exitCode === BUSY) throw new HoldfastError('in_use', `A clone needs the snapshot ${snapshot} of ${name}.`)
  await cluster.ask(removeSnapshot(where, name, snapshot), [NOT_FOUND])
}

/** Removes what a volume was cloned from, where that was taken for it alone and it needs it no more. */
export async function dropBaseOf(cluster: Cluster, cloneId: string): Promise<void> {
  const base = baseOf(cloneId)
  for (const { name, snapshots } of await allImages(cluster)) {
    if (!snapshots.includes(base)) continue
    if ((await childrenOf(cluster, name, base)).length === 0) await dropSnapshot(cluster, name, base)
  }
}

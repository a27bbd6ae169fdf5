import type { SnapshotConsistency } from '@/lib/agent-protocol/pools'
import { pauseFor } from '@/lib/pause'
import type { EngineTurn } from '@/lib/volume-engines/contract/engine'
import {
  foreignMissing,
  hasChildren,
  notTrashed,
  snapshotExists,
  volumeExists,
  volumeInUse,
  volumeMissing,
  wouldShrink,
} from '@/lib/volume-engines/contract/refusals'
import { tellNewSize } from '@/lib/volume-engines/contract/running-machines'
import {
  BUSY,
  type Cluster,
  EXISTS,
  INVALID,
  imageName,
  longWork,
  NOT_FOUND,
  type RbdPool,
  withCluster,
} from '@/lib/volume-engines/rbd/cluster'
import {
  growImage,
  listTrashedSnapshots,
  purgeImage,
  purgeSnapshots,
  removeMeta,
  renameImage,
  restoreImage,
  rollBack,
  takeSnapshot,
  trashImage,
  unprotectTrashed,
} from '@/lib/volume-engines/rbd/commands'
import {
  childrenOf,
  dropBaseOf,
  dropSnapshot,
  findImage,
  findTrashed,
  isThere,
  markAsOurs,
  requireIdle,
  requireSnapshot,
  requireVolume,
  snapshotsOf,
} from '@/lib/volume-engines/rbd/images'
import { isVolume, MARK_IMAGE, POOL_KEY, VOLUME_KEY } from '@/lib/volume-engines/rbd/names'
import { parsePercent, parseSnapshots } from '@/lib/volume-engines/rbd/parse-rbd'

/**
 * Until then nobody else's schedule (`rbd trash purge`) removes it: when it is purged is for the controller, which does not say it here.
 * Before 2106, where the time of Ceph ends.
 */
const PROTECTED_DAYS = 10 * 365
const DAY_MS = 86_400_000
const AGAIN_MS = 2_000

export async function grow(pool: RbdPool, volumeId: string, sizeBytes: number, turn: EngineTurn): Promise<void> {
  await turn.step('check', () =>
    withCluster(pool, turn, async (cluster) => {
      const image = await requireVolume(cluster, volumeId)
      if (sizeBytes < image.sizeBytes) throw wouldShrink(volumeId, image.sizeBytes, sizeBytes)
    }),
  )
  await turn.step('grow', () =>
    withCluster(pool, turn, async (cluster) => {
      const image = await requireVolume(cluster, volumeId)
      if (image.sizeBytes < sizeBytes) await cluster.ask(growImage(pool.place, volumeId, sizeBytes))
      // One that has the image open by way of the kernel has it as a device of another name, and sees it there.
      await tellNewSize(volumeId, imageName(pool, volumeId), sizeBytes, turn)
    }),
  )
}

/** Of one that nobody has open. */
export async function snapshot(
  pool: RbdPool,
  volumeId: string,
  snapshotId: string,
  turn: EngineTurn,
): Promise<SnapshotConsistency> {
  await turn.step('check', () =>
    withCluster(pool, turn, async (cluster) => {
      await requireVolume(cluster, volumeId)
      const taken = await snapshotsOf(cluster, volumeId)
      if (taken.some(({ name }) => name === snapshotId)) throw snapshotExists(volumeId, snapshotId)
      await requireIdle(cluster, volumeId)
    }),
  )
  await turn.step(
    'snapshot',
    () => withCluster(pool, turn, (cluster) => cluster.ask(takeSnapshot(pool.place, volumeId, snapshotId), [EXISTS])),
    () => withCluster(pool, turn, (cluster) => dropSnapshot(cluster, volumeId, snapshotId)),
  )
  return 'unused'
}

export async function deleteSnapshot(
  pool: RbdPool,
  volumeId: string,
  snapshotId: string,
  turn: EngineTurn,
): Promise<void> {
  const isTaken = await turn.step('check', () =>
    withCluster(pool, turn, async (cluster) => {
      await requireVolume(cluster, volumeId)
      const taken = await snapshotsOf(cluster, volumeId)
      if (!taken.some(({ name }) => name === snapshotId)) return false
      const children = await childrenOf(cluster, volumeId, snapshotId)
      if (children.length > 0) throw hasChildren(`The snapshot ${snapshotId}`, children)
      return true
    }),
  )
  if (!isTaken) return
  await turn.step('delete', () => withCluster(pool, turn, (cluster) => dropSnapshot(cluster, volumeId, snapshotId)))
}

export async function restore(pool: RbdPool, volumeId: string, snapshotId: string, turn: EngineTurn): Promise<void> {
  const bytes = await turn.step('check', () =>
    withCluster(pool, turn, async (cluster) => {
      await requireVolume(cluster, volumeId)
      const { sizeBytes } = await requireSnapshot(cluster, volumeId, snapshotId)
      await requireIdle(cluster, volumeId)
      return sizeBytes
    }),
  )
  const question = rollBack(pool.place, volumeId, snapshotId)
  await turn.run('restore', longWork(pool, question, turn.directory('restore'), { bytes, percentOf: parsePercent }))
}

export async function trash(pool: RbdPool, volumeId: string, turn: EngineTurn): Promise<void> {
  const isLiving = await turn.step('check', () =>
    withCluster(pool, turn, async (cluster) => {
      if ((await findImage(cluster, volumeId)) === null && (await findTrashed(cluster, volumeId)) !== null) return false
      await requireVolume(cluster, volumeId)
      const children = await childrenOf(cluster, volumeId)
      if (children.length > 0) throw hasChildren(`The volume ${volumeId}`, children)
      await requireIdle(cluster, volumeId)
      return true
    }),
  )
  if (!isLiving) return
  await turn.step(
    'trash',
    () => withCluster(pool, turn, (cluster) => putIntoTrash(cluster, volumeId)),
    () => withCluster(pool, turn, (cluster) => takeFromTrash(cluster, volumeId)),
  )
}

export async function untrash(pool: RbdPool, volumeId: string, turn: EngineTurn): Promise<void> {
  const isTrashed = await turn.step('check', () =>
    withCluster(pool, turn, async (cluster) => {
      if ((await findTrashed(cluster, volumeId)) !== null) return true
      if ((await findImage(cluster, volumeId)) === null) throw volumeMissing(volumeId)
      return false
    }),
  )
  if (!isTrashed) return
  await turn.step(
    'untrash',
    () => withCluster(pool, turn, (cluster) => takeFromTrash(cluster, volumeId)),
    () => withCluster(pool, turn, (cluster) => putIntoTrash(cluster, volumeId)),
  )
}

/** In the trash already: success. */
async function putIntoTrash(cluster: Cluster, volumeId: string): Promise<void> {
  const expiresAt = new Date(Date.now() + PROTECTED_DAYS * DAY_MS).toISOString().replace(/\.\d+Z$/, 'Z')
  const { exitCode } = await cluster.ask(trashImage(cluster.where, volumeId, expiresAt), [NOT_FOUND])
  if (exitCode === NOT_FOUND && (await findTrashed(cluster, volumeId)) === null) throw volumeMissing(volumeId)
}

/** Not in the trash: success. */
async function takeFromTrash(cluster: Cluster, volumeId: string): Promise<void> {
  const imageId = await findTrashed(cluster, volumeId)
  if (imageId !== null) await cluster.ask(restoreImage(cluster.where, imageId), [NOT_FOUND])
}

export async function purge(pool: RbdPool, volumeId: string, turn: EngineTurn): Promise<void> {
  await turn.step('check', () =>
    withCluster(pool, turn, async (cluster) => {
      if ((await findImage(cluster, volumeId)) !== null) throw notTrashed(volumeId)
    }),
  )
  // One step, since a volume without its snapshots would be neither what was there nor gone.
  await turn.step('purge', () =>
    withCluster(pool, turn, async (cluster) => {
      const imageId = await findTrashed(cluster, volumeId)
      if (imageId !== null) await deleteForGood(cluster, volumeId, imageId)
      await dropBaseOf(cluster, volumeId)
    }),
  )
}

/** What it does not finish in time goes on where it ended when it is asked for again. */
async function deleteForGood(cluster: Cluster, volumeId: string, imageId: string): Promise<void> {
  const { where, context } = cluster
  const listed = await cluster.read(listTrashedSnapshots(where, imageId))
  const snapshots = listed === null ? [] : parseSnapshots(listed)
  for (const { name, isProtected } of snapshots) {
    if (isProtected) await cluster.ask(unprotectTrashed(where, imageId, name), [NOT_FOUND, INVALID])
  }
  if (snapshots.length > 0) await cluster.ask(purgeSnapshots(where, imageId), [NOT_FOUND])
  for (;;) {
    const { exitCode } = await cluster.ask(purgeImage(where, imageId), [NOT_FOUND, BUSY])
    if (exitCode !== BUSY) return
    // Somebody has it open, or was killed in the last half minute.
    if (performance.now() + AGAIN_MS > context.deadlineAt) throw volumeInUse(volumeId)
    await pauseFor(AGAIN_MS, context.signal)
    context.signal.throwIfAborted()
  }
}

export async function adopt(pool: RbdPool, name: string, volumeId: string, turn: EngineTurn): Promise<void> {
  await turn.step('check', () =>
    withCluster(pool, turn, async (cluster) => {
      if (isVolume(name) || name === MARK_IMAGE || (await findImage(cluster, name)) === null) throw foreignMissing(name)
      if (await isThere(cluster, volumeId)) throw volumeExists(volumeId)
      await requireIdle(cluster, name)
    }),
  )
  await turn.step(
    'adopt',
    () =>
      withCluster(pool, turn, async (cluster) => {
        await cluster.ask(renameImage(pool.place, name, volumeId), [NOT_FOUND])
        await markAsOurs(cluster, volumeId)
      }),
    () => withCluster(pool, turn, (cluster) => giveBack(cluster, volumeId, name)),
  )
}

async function giveBack(cluster: Cluster, volumeId: string, name: string): Promise<void> {
  if ((await findImage(cluster, volumeId)) === null) return
  for (const key of [POOL_KEY, VOLUME_KEY]) await cluster.ask(removeMeta(cluster.where, volumeId, key), [NOT_FOUND])
  await cluster.ask(renameImage(cluster.where, volumeId, name))
}

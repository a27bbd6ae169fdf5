import type { EngineTurn } from '@/lib/volume-engines/contract/engine'
import { volumeExists } from '@/lib/volume-engines/contract/refusals'
import {
  BUSY,
  type Cluster,
  EXISTS,
  INVALID,
  longWork,
  NOT_FOUND,
  type RbdPool,
  withCluster,
} from '@/lib/volume-engines/rbd/cluster'
import {
  askOldestClient,
  cloneImage,
  flattenImage,
  protectSnapshot,
  takeSnapshot,
  unprotectSnapshot,
} from '@/lib/volume-engines/rbd/commands'
import {
  dropBaseOf,
  findImage,
  isThere,
  markAsOurs,
  removeMade,
  requireIdle,
  requireSnapshot,
  requireVolume,
} from '@/lib/volume-engines/rbd/images'
import { baseOf } from '@/lib/volume-engines/rbd/names'
import { CLONE_V2_SINCE, knowsCloneV2, parsePercent } from '@/lib/volume-engines/rbd/parse-rbd'

interface Checked {
  format: 1 | 2
  wasProtected: boolean
}

export async function clone(
  pool: RbdPool,
  volumeId: string,
  of: { volumeId: string; snapshotId: string | null },
  turn: EngineTurn,
): Promise<void> {
  const base = of.snapshotId ?? baseOf(volumeId)
  const { format, wasProtected } = await turn.step('check', () =>
    withCluster(pool, turn, (cluster) => check(cluster, volumeId, of)),
  )
  if (of.snapshotId === null) {
    await turn.step(
      'base',
      () => withCluster(pool, turn, (cluster) => cluster.ask(takeSnapshot(pool.place, of.volumeId, base), [EXISTS])),
      () => withCluster(pool, turn, (cluster) => dropBaseOf(cluster, volumeId)),
    )
  }
  if (format === 1 && !wasProtected) {
    await turn.step(
      'protect',
      () => withCluster(pool, turn, (cluster) => cluster.ask(protectSnapshot(pool.place, of.volumeId, base), [BUSY])),
      () => withCluster(pool, turn, (cluster) => unprotect(cluster, of.volumeId, base)),
    )
  }
  await turn.step(
    'clone',
    () =>
      withCluster(pool, turn, async (cluster) => {
        await cluster.ask(cloneImage(pool.place, of.volumeId, base, volumeId, format), [EXISTS])
        // A clone begins with the metadata of its parent.
        await markAsOurs(cluster, volumeId)
      }),
    () => withCluster(pool, turn, (cluster) => removeMade(cluster, volumeId)),
  )
}

async function check(
  cluster: Cluster,
  volumeId: string,
  of: { volumeId: string; snapshotId: string | null },
): Promise<Checked> {
  await requireVolume(cluster, of.volumeId)
  if (await isThere(cluster, volumeId)) throw volumeExists(volumeId)
  const format = await cloneFormat(cluster)
  if (of.snapshotId !== null) {
    const { isProtected } = await requireSnapshot(cluster, of.volumeId, of.snapshotId)
    return { format, wasProtected: isProtected }
  }
  await requireIdle(cluster, of.volumeId)
  return { format, wasProtected: false }
}

/** Version 2 only where every client that the cluster lets in can open it. */
async function cloneFormat(cluster: Cluster): Promise<1 | 2> {
  const oldest = (await cluster.ask(askOldestClient)).stdout
  if (knowsCloneV2(oldest)) return 2
  cluster.context.log(
    `The cluster lets in clients from ${oldest.trim() || 'unknown'} on, so the snapshot is protected and the clone is of version 1. From ${CLONE_V2_SINCE} on it need not be: ceph osd set-require-min-compat-client ${CLONE_V2_SINCE}`,
  )
  return 1
}

/** Where another clone needs it meanwhile, it stays protected. */
async function unprotect(cluster: Cluster, name: string, snapshot: string): Promise<void> {
  await cluster.ask(unprotectSnapshot(cluster.where, name, snapshot), [NOT_FOUND, BUSY, INVALID])
}

export async function flatten(pool: RbdPool, volumeId: string, turn: EngineTurn): Promise<void> {
  const checked = await turn.step('check', () =>
    withCluster(pool, turn, async (cluster) => {
      const { parent, sizeBytes } = await requireVolume(cluster, volumeId)
      return { hasParent: parent !== null, sizeBytes }
    }),
  )
  if (!checked.hasParent) return
  // One that was flattened before an agent was cut off cannot be flattened again.
  const image = await withCluster(pool, turn, (cluster) => findImage(cluster, volumeId))
  if (image !== null && image.parent !== null) {
    const progress = { bytes: checked.sizeBytes, percentOf: parsePercent }
    await turn.run('flatten', longWork(pool, flattenImage(pool.place, volumeId), turn.directory('flatten'), progress))
  }
  await turn.step('base', () => withCluster(pool, turn, (cluster) => dropBaseOf(cluster, volumeId)))
}

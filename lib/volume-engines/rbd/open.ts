import type { EngineContext } from '@/lib/volume-engines/contract/engine'
import { otherPool, poolMarkMissing, poolNotEmpty } from '@/lib/volume-engines/contract/refusals'
import { type Cluster, EXISTS, NOT_FOUND, type RbdPool, withCluster } from '@/lib/volume-engines/rbd/cluster'
import { createImage, listTrash, removeImage, setMeta } from '@/lib/volume-engines/rbd/commands'
import { rbd } from '@/lib/volume-engines/rbd/descriptor'
import { allImages, findImage, metaOf } from '@/lib/volume-engines/rbd/images'
import { isVolume, MARK_IMAGE, POOL_KEY } from '@/lib/volume-engines/rbd/names'
import { parseTrash } from '@/lib/volume-engines/rbd/parse-rbd'

export async function open(pool: RbdPool, isNew: boolean, context: EngineContext): Promise<void> {
  await withCluster(pool, context, async (cluster) => {
    const found = await markIn(cluster)
    if (found === pool.poolId) return
    if (found !== null && found !== '') throw otherPool(found)
    if (!isNew) throw poolMarkMissing(pool.poolId)
    await mark(cluster)
  })
}

/** The id of the pool that has this place; empty: an agent was cut off before it had written it; null: no mark. */
async function markIn(cluster: Cluster): Promise<string | null> {
  if ((await findImage(cluster, MARK_IMAGE)) === null) return null
  return (await metaOf(cluster, MARK_IMAGE))[POOL_KEY] ?? ''
}

async function mark(cluster: Cluster): Promise<void> {
  const { where, pool } = cluster
  await cluster.ask(createImage(where, MARK_IMAGE, rbd.granule({})), [EXISTS])
  await cluster.ask(setMeta(where, MARK_IMAGE, POOL_KEY, pool.poolId))
  // Two pools may have been made here at the same moment: the one that wrote last has it.
  const found = await markIn(cluster)
  if (found !== pool.poolId) throw otherPool(found ?? 'none')
}

export async function release(pool: RbdPool, context: EngineContext): Promise<void> {
  await withCluster(pool, context, async (cluster) => {
    if ((await markIn(cluster)) !== pool.poolId) return
    const living = (await allImages(cluster)).map(({ name }) => name)
    const trashed = parseTrash((await cluster.ask(listTrash(pool.place))).stdout).map(({ name }) => name)
    const volumes = [...living, ...trashed].filter(isVolume)
    if (volumes.length > 0) throw poolNotEmpty(volumes)
    await cluster.ask(removeImage(pool.place, MARK_IMAGE), [NOT_FOUND])
  })
}

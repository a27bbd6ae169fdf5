import type { Db } from '@/lib/db/client'
import { taken } from '@/lib/db/conflict'
import * as repository from '@/lib/mounts/repository'

/** Throws `conflict` that says which other mount has this place on one of these hosts, or is still there. */
export async function requireFreePlace(
  tx: Db,
  mountId: string,
  mountPoint: string,
  hostIds: readonly string[],
): Promise<void> {
  if (hostIds.length === 0) return
  const found = await repository.findAtPlace(tx, mountId, mountPoint, hostIds)
  if (!found) return
  const { id, name, deletedAt } = found.mount
  const leaving = found.isWanted ? '' : ', which has not moved away yet'
  const state = deletedAt === null ? leaving : ', which is still being removed'
  const message = `Host '${found.host.name}' has mount '${name}' at ${mountPoint} already${state}; choose another mount point.`
  throw taken('mount_point', message, { kind: 'mount', id, name })
}

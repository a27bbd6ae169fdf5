import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { holdRows } from '@/lib/db/hold-rows'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { buryOwnedMount } from '@/lib/mounts/owned-mount'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { closeOn } from '@/lib/pools/membership'
import * as repository from '@/lib/pools/repository'
import { changedMeanwhile, findPool, requireGeneration } from '@/lib/pools/service'
import { sentenceList } from '@/lib/volumes/words'

/**
 * Closes an empty pool everywhere and forgets it; the row goes when every host has let go of it. Asked again while a host has not, it
 * tries again at once. Returns the operation's id; null when it is gone already. Throws `in_use` with the volumes that are in it.
 */
export async function deletePool(actor: Actor, id: string, ifMatch: number | undefined): Promise<string | null> {
  authorize(actor, 'pools.write')
  const { operation, mountId } = await inTransaction(async (tx) => {
    await holdRows(tx, 'pool', [id])
    const before = await findPool(id, tx)
    requireGeneration(before, ifMatch)
    await requireNoVolumes(tx, before)
    const isRevoked = (row: (typeof before.hosts)[number]) => row.host.revokedAt !== null
    await repository.removeHosts(
      tx,
      id,
      before.hosts.filter((row) => isRevoked(row) || hasNothing(row)).map(({ hostId }) => hostId),
    )
    const hostIds = before.hosts.filter((row) => !isRevoked(row) && !hasNothing(row)).map(({ hostId }) => hostId)
    const target = { kind: 'pool', id, name: before.name }
    const started = hostIds.length > 0 ? await close(tx, actor, before, hostIds, ifMatch) : null
    if (hostIds.length === 0) await forgetPool(tx, before)
    await recordAudit(tx, actor, {
      action: 'pool.deleted',
      target,
      change: { backend: before.backend.id, mount: before.mountId, hosts: hostIds, operation: started },
    })
    return { operation: started, mountId: before.mountId }
  })
  publishChanged('pool', id)
  if (mountId !== null) publishChanged('mount', mountId)
  if (operation !== null) announceOperation(operation)
  return operation
}

/** Its host has let go of it before. */
function hasNothing({ desired, observedGeneration }: repository.PoolOnHostRecord): boolean {
  return desired === 'closed' && observedGeneration === null
}

async function requireNoVolumes(tx: Db, { id, name }: repository.PoolRecord): Promise<void> {
  const volumes = await repository.findVolumes(tx, id)
  const unknown = await repository.countUnknown(tx, id)
  if (volumes.length === 0 && unknown > 0)
    throw new HoldfastError(
      'in_use',
      `Pool '${name}' has ${unknown === 1 ? 'a volume' : `${unknown} volumes`} that this installation does not know. Take ${unknown === 1 ? 'it' : 'them'} in, or delete ${unknown === 1 ? 'it' : 'them'}, first.`,
    )
  if (volumes.length === 0) return
  const names = volumes.map((volume) => `'${volume.name}'${volume.phase === 'trashed' ? ' (in the trash)' : ''}`)
  throw new HoldfastError(
    'in_use',
    `Pool '${name}' has ${volumes.length === 1 ? 'a volume' : `${volumes.length} volumes`}: ${sentenceList(names)}. Move or delete ${volumes.length === 1 ? 'it' : 'them'} for good first.`,
    { details: { used_by: volumes.map((volume) => ({ kind: 'volume', id: volume.id, name: volume.name })) } },
  )
}

async function close(
  tx: Db,
  actor: Actor,
  before: repository.PoolRecord,
  hostIds: readonly string[],
  ifMatch: number | undefined,
): Promise<string> {
  const { id, name, mountId, deletedAt } = before
  const pool = { id, backendId: before.backend.id, mountId }
  if (deletedAt === null) {
    const generation = await repository.update(tx, id, before.generation, { deletedAt: new Date() })
    if (generation === null) throw changedMeanwhile(ifMatch)
    await closeOn(tx, pool, hostIds, generation)
    if (mountId !== null) await buryOwnedMount(tx, mountId)
  } else await closeOn(tx, pool, hostIds, before.generation)
  const target = { kind: 'pool', id, name }
  const payload = { poolId: id, hostIds: [...hostIds] }
  return startOperation(tx, actor, { kind: 'pool.remove', target, payload, hostIds })
}

/** No host has anything of it. */
export async function forgetPool(tx: Db, { id, mountId }: repository.PoolRecord): Promise<void> {
  await repository.remove(tx, id)
  if (mountId === null) return
  await buryOwnedMount(tx, mountId)
  await repository.removeGoneMount(tx, mountId)
}

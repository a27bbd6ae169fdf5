import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { holdRows } from '@/lib/db/hold-rows'
import { inTransaction } from '@/lib/db/transaction'
import { publishChanged } from '@/lib/events/process-bus'
import { buryOwnedMount, ownedMountName } from '@/lib/mounts/owned-mount'
import * as mounts from '@/lib/mounts/repository'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { requireNoLeases } from '@/lib/repositories/leases'
import * as repository from '@/lib/repositories/repository'
import { findRepository, requireGeneration } from '@/lib/repositories/service'

/**
 * Forgets a repository, and has its mount taken off every host; what lies there stays. Returns the operation that does, null when there is
 * nothing to unmount. Throws `in_use` with the leases while programs work in it.
 */
export async function deleteRepository(actor: Actor, id: string, ifMatch: number | undefined): Promise<string | null> {
  authorize(actor, 'repositories.admin')
  const { operation, mountId } = await inTransaction(async (tx) => {
    await holdRows(tx, 'repository', [id])
    const before = await findRepository(id, tx)
    requireGeneration(before, ifMatch)
    requireNoLeases(before)
    const { name, mountId: mount } = before
    await repository.remove(tx, id)
    const hostIds: string[] = []
    if (mount !== null) {
      await buryOwnedMount(tx, mount)
      hostIds.push(...((await mounts.findById(mount, tx))?.hosts.map(({ hostId }) => hostId) ?? []))
      if (hostIds.length === 0) await mounts.remove(tx, mount)
    }
    const started =
      mount !== null && hostIds.length > 0
        ? await startOperation(tx, actor, {
            kind: 'mount.remove',
            target: { kind: 'mount', id: mount, name: ownedMountName({ kind: 'repository', name }) },
            payload: { mountId: mount, hostIds },
            hostIds,
          })
        : null
    await recordAudit(tx, actor, {
      action: 'repository.deleted',
      target: { kind: 'repository', id, name },
      change: { backend: before.backend.id, mount, hosts: hostIds, operation: started },
    })
    return { operation: started, mountId: mount }
  })
  publishChanged('repository', id)
  if (mountId !== null) publishChanged('mount', mountId)
  if (operation !== null) announceOperation(operation)
  return operation
}

import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import type { CheckMount } from '@/lib/mounts/schema'
import { findMount } from '@/lib/mounts/service'
import { announceOperation, startOperation } from '@/lib/operations/service'

const MIB = 1_048_576

/**
 * Has a file of this size written into the mount on one host and read back, and taken away again. Returns the operation's id; its
 * result is `MountCheckResult`. Throws `not_found` when the mount is not on that host, and `conflict` when it cannot be written.
 */
export async function checkMount(actor: Actor, id: string, given: CheckMount): Promise<string> {
  authorize(actor, 'mounts.write')
  const { host_id: hostId, size_mib: size } = given
  const mount = await findMount(id)
  const row = mount.hosts.find((entry) => entry.hostId === hostId && !entry.removed)
  if (row === undefined) throw new HoldfastError('not_found', `Mount '${mount.name}' is not on this host.`)
  const target = { kind: 'mount', id, name: mount.name }
  const payload = { mountId: id, hostId, sizeBytes: size * MIB }
  const operation = await inTransaction(async (tx) => {
    const started = await startOperation(tx, actor, { kind: 'mount.check', target, payload, hostIds: [hostId] })
    await recordAudit(tx, actor, {
      action: 'mount.check_requested',
      target,
      change: { host_id: hostId, size_mib: size, operation: started },
    })
    return started
  })
  announceOperation(operation)
  return operation
}

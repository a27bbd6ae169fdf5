import 'server-only'
import type { z } from 'zod'
import { ConsumersMessage } from '@/lib/agent-protocol/messages'
import { type Actor, authorize } from '@/lib/auth/actor'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import type { MountConsumersQuery, MountConsumersView } from '@/lib/mounts/schema'
import { findMount } from '@/lib/mounts/service'
import { announceOperation, errorOfOperation, startOperation, waitForOperation } from '@/lib/operations/service'

const WAIT_MS = 20_000

/**
 * Asks a host who uses a mount there: processes, and the container or virtual machine that they belong to. Nothing is kept but the
 * operation's log. Throws `not_found` when the mount is not on that host, and what the host says when it cannot tell.
 */
export async function mountConsumers(
  actor: Actor,
  id: string,
  query: z.infer<typeof MountConsumersQuery>,
  signal: AbortSignal,
): Promise<MountConsumersView> {
  authorize(actor, 'mounts.read')
  const { host_id: hostId } = query
  const mount = await findMount(id)
  const row = mount.hosts.find((entry) => entry.hostId === hostId)
  if (!row) throw new HoldfastError('not_found', `Mount '${mount.name}' is not on this host.`)
  const target = { kind: 'host', id: hostId, name: row.host.name }
  const payload = { hostId, mountId: id }
  const operation = await inTransaction((tx) =>
    startOperation(tx, actor, { kind: 'host.inspect_mount', target, payload, hostIds: [hostId] }),
  )
  announceOperation(operation)
  const ended = await waitForOperation(operation, WAIT_MS, signal)
  const found = ConsumersMessage.safeParse(ended.result)
  if (ended.status === 'failed' || ended.status === 'cancelled') throw errorOfOperation(ended)
  if (!found.success) throw new HoldfastError('timed_out', 'The host has not answered yet; ask again in a moment.')
  return { ...found.data, host_id: hostId, host_name: row.host.name, asked_at: new Date().toISOString() }
}

import type { ChangedMount } from '@/lib/agent-protocol/workload-mounts'
import { type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import type { Write } from '@/lib/controller/resources/kind'
import type { OperationPayload } from '@/lib/operations/schema'
import * as attachments from '@/lib/workloads/attachment-repository'

/** How long the command may wait at the host for its turn, in milliseconds. */
const TTL_MS = 60_000

type Payload = OperationPayload<'workload.attach_mount'>

/** What came of it is remembered with the end of the operation. */
export async function attachMount(payload: Payload, context: OperationContext): Promise<KindResult> {
  const told = await ask('attachMount', payload, context)
  const { mount, hostId, target, workloadName, by } = payload
  const { attachmentId: id, mountId, subPath, inside, readOnly } = mount
  const row = { id, mountId, subPath, inside, readOnly, hostId, target, workloadName, createdBy: by }
  return ended(payload, told, context, (tx) => attachments.remember(tx, { ...row, workloadId: told.workloadId }))
}

export async function detachMount(payload: Payload, context: OperationContext): Promise<KindResult> {
  const told = await ask('detachMount', payload, context)
  return ended(payload, told, context, (tx) => attachments.forget(tx, payload.mount.attachmentId))
}

async function ask(
  verb: 'attachMount' | 'detachMount',
  payload: Payload,
  { client, hostOf, fence, operationId, signal, hear }: OperationContext,
): Promise<ChangedMount> {
  const { workloadId, hostId, target, nativeId, mount, accepted } = payload
  // Workloads have no desired row: each wish stands for itself.
  const envelope = { operationId, resourceId: workloadId, generation: 0, fence: await fence(hostId), ttlMs: TTL_MS }
  const command = { ...envelope, workload: { target, nativeId }, mount, accepted }
  return client.call(hostOf(hostId), verb, command, { signal, onMessage: (message) => hear(hostId, message) })
}

function ended(payload: Payload, told: ChangedMount, context: OperationContext, write: Write): KindResult {
  const { workloadId, hostId, mount } = payload
  context.done(succeeded(hostId))
  const ids = [...new Set([workloadId, told.workloadId])]
  return {
    result: { workload_id: told.workloadId, is_live: told.isLive, is_kept: told.isKept },
    writes: [(tx) => attachments.follow(tx, workloadId, told.workloadId), write],
    events: [
      ...ids.map((id) => ({ topic: 'workload', id, kind: 'changed' }) as const),
      { topic: 'mount', id: mount.mountId, kind: 'changed' },
    ],
  }
}

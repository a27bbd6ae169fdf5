import { turnOf } from '@/lib/controller/operations/containers'
import { type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import type { OperationPayload } from '@/lib/operations/schema'
import * as attachments from '@/lib/workloads/attachment-repository'

/** How long the command may wait at the host for its turn, in milliseconds. */
const TTL_MS = 60_000

/** Which volumes it has is told by its host, as of any machine. */
export async function createMachine(
  { hostId, machine }: OperationPayload<'machine.create'>,
  context: OperationContext,
): Promise<KindResult> {
  const { client, hostOf } = context
  const resourceId = turnOf(hostId, { target: 'libvirt', name: machine.name })
  const command = { ...(await envelope(resourceId, hostId, context)), machine }
  const told = await client.call(hostOf(hostId), 'createMachine', command, heard(hostId, context))
  context.done(succeeded(hostId))
  return {
    result: { workload_id: told.workloadId, native_id: told.nativeId, is_running: told.isRunning },
    events: [
      { topic: 'workload', id: told.workloadId, kind: 'changed' },
      ...machine.disks.map(({ volumeId: id }) => ({ topic: 'volume', id, kind: 'changed' }) as const),
    ],
  }
}

/** The mounts that it was given are forgotten with the end of the operation. */
export async function removeMachine(
  { workloadId, workloadName: name, hostId, machine }: OperationPayload<'machine.remove'>,
  context: OperationContext,
): Promise<KindResult> {
  const command = { ...(await envelope(workloadId, hostId, context)), machine }
  const told = await context.client.call(context.hostOf(hostId), 'removeMachine', command, heard(hostId, context))
  context.done(succeeded(hostId))
  return {
    result: { kept_volumes: told.volumeIds },
    writes: [(tx) => attachments.forgetOf(tx, { id: workloadId, name, target: 'libvirt', hostId })],
    events: [
      { topic: 'workload', id: workloadId, kind: 'changed' },
      ...told.volumeIds.map((id) => ({ topic: 'volume', id, kind: 'changed' }) as const),
    ],
  }
}

async function envelope(resourceId: string, hostId: string, { operationId, fence }: OperationContext) {
  return { operationId, resourceId, generation: 0, fence: await fence(hostId), ttlMs: TTL_MS }
}

function heard(hostId: string, { signal, hear }: OperationContext) {
  return { signal, onMessage: (message: Parameters<typeof hear>[1]) => hear(hostId, message) }
}

import { createHash } from 'node:crypto'
import { type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import { derivedId } from '@/lib/ids'
import type { OperationPayload } from '@/lib/operations/schema'
import { reveal } from '@/lib/secret'
import * as attachments from '@/lib/workloads/attachment-repository'
import { environmentChange, environmentDestination } from '@/lib/workloads/container-env'

/** How long the command may wait at the host for its turn, in milliseconds. */
const TTL_MS = 60_000

/** Its mounts are remembered with the end of the operation. */
export async function createContainer(
  { hostId, container, ownerId, sealedEnv, by }: OperationPayload<'container.create'>,
  context: OperationContext,
): Promise<KindResult> {
  const { client, hostOf, signal, hear, openFor } = context
  const secrets = Object.entries(sealedEnv).map(([field, sealed]) => ({ field, sealed }))
  const destination = environmentDestination({ ...container, hostId })
  const opened = Object.entries(await openFor(ownerId, secrets, destination, environmentChange))
  const env = Object.fromEntries(opened.map(([name, value]) => [name, reveal(value)]))
  const command = { ...(await envelope(turnOf(hostId, container), hostId, context)), container, env }
  const heard = { signal, onMessage: (message: Parameters<typeof hear>[1]) => hear(hostId, message) }
  const { workloadId, nativeId, isRunning } = await client.call(hostOf(hostId), 'createContainer', command, heard)
  context.done(succeeded(hostId))
  const { target, name: workloadName } = container
  return {
    result: { workload_id: workloadId, native_id: nativeId, is_running: isRunning },
    writes: container.mounts.map(({ attachmentId: id, mountId, subPath, inside, readOnly }) => {
      const row = { id, mountId, subPath, inside, readOnly, hostId, target, workloadName, workloadId, createdBy: by }
      return (tx) => attachments.remember(tx, row)
    }),
    events: [
      { topic: 'workload', id: workloadId, kind: 'changed' },
      ...container.mounts.map(({ mountId }) => ({ topic: 'mount', id: mountId, kind: 'changed' }) as const),
    ],
  }
}

/** What it was given is forgotten with the end of the operation. */
export async function removeContainer(
  { workloadId, workloadName: name, hostId, target, nativeId }: OperationPayload<'container.remove'>,
  context: OperationContext,
): Promise<KindResult> {
  const { client, hostOf, signal, hear } = context
  const command = { ...(await envelope(workloadId, hostId, context)), workload: { target, nativeId } }
  const heard = { signal, onMessage: (message: Parameters<typeof hear>[1]) => hear(hostId, message) }
  const { volumes } = await client.call(hostOf(hostId), 'removeContainer', command, heard)
  context.done(succeeded(hostId))
  return {
    result: { kept_volumes: volumes.map((volume) => ({ name: volume.name, target: volume.inside })) },
    writes: [(tx) => attachments.forgetOf(tx, { id: workloadId, name, target, hostId })],
    events: [{ topic: 'workload', id: workloadId, kind: 'changed' }],
  }
}

/** What is not there yet has no id: two of one name wait for each other by this. */
export function turnOf(hostId: string, { target, name }: { target: string; name: string }): string {
  return derivedId(
    'workload',
    createHash('sha256')
      .update(JSON.stringify([hostId, target, 'name', name]))
      .digest(),
  )
}

async function envelope(resourceId: string, hostId: string, { operationId, fence }: OperationContext) {
  return { operationId, resourceId, generation: 0, fence: await fence(hostId), ttlMs: TTL_MS }
}

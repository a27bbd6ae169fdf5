import type { ChangedDisk } from '@/lib/agent-protocol/machine-disks'
import { type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import type { OperationPayload } from '@/lib/operations/schema'

/** How long the command may wait at the host for its turn, in milliseconds. */
const TTL_MS = 60_000

export async function attachDisk(
  payload: OperationPayload<'machine.attach_disk'>,
  context: OperationContext,
): Promise<KindResult> {
  const { hostId, machine, disk } = payload
  const command = { ...(await envelope(payload, context)), machine, disk }
  const told = await context.client.call(context.hostOf(hostId), 'attachDisk', command, heard(payload, context))
  return ended(payload, told, disk.volumeId, context)
}

export async function detachDisk(
  payload: OperationPayload<'machine.detach_disk'>,
  context: OperationContext,
): Promise<KindResult> {
  const { hostId, machine, volumeId } = payload
  const command = { ...(await envelope(payload, context)), machine, volumeId }
  const told = await context.client.call(context.hostOf(hostId), 'detachDisk', command, heard(payload, context))
  return ended(payload, told, volumeId, context)
}

export async function powerMachine(
  payload: OperationPayload<'machine.power'>,
  context: OperationContext,
): Promise<KindResult> {
  const { hostId, workloadId, machine, action } = payload
  const command = { ...(await envelope(payload, context)), machine, action }
  const told = await context.client.call(context.hostOf(hostId), 'powerMachine', command, heard(payload, context))
  context.done(succeeded(hostId))
  return { result: told, events: [{ topic: 'workload', id: workloadId, kind: 'changed' }] }
}

export async function addClipboard(
  payload: OperationPayload<'machine.add_clipboard'>,
  context: OperationContext,
): Promise<KindResult> {
  const { hostId, workloadId, machine } = payload
  const command = { ...(await envelope(payload, context)), machine }
  const told = await context.client.call(context.hostOf(hostId), 'addClipboard', command, heard(payload, context))
  context.done(succeeded(hostId))
  return { result: { is_live: told.isLive }, events: [{ topic: 'workload', id: workloadId, kind: 'changed' }] }
}

export async function powerContainer(
  payload: OperationPayload<'container.power'>,
  context: OperationContext,
): Promise<KindResult> {
  const { hostId, workloadId, target, nativeId, action } = payload
  const command = { ...(await envelope(payload, context)), target, nativeId, action }
  const told = await context.client.call(context.hostOf(hostId), 'powerContainer', command, heard(payload, context))
  context.done(succeeded(hostId))
  return { result: told, events: [{ topic: 'workload', id: workloadId, kind: 'changed' }] }
}

interface Place {
  workloadId: string
  hostId: string
}

/** Machines have no desired row: each wish stands for itself. */
async function envelope({ workloadId, hostId }: Place, { operationId, fence }: OperationContext) {
  return { operationId, resourceId: workloadId, generation: 0, fence: await fence(hostId), ttlMs: TTL_MS }
}

function heard({ hostId }: Place, { signal, hear }: OperationContext) {
  return { signal, onMessage: (message: Parameters<typeof hear>[1]) => hear(hostId, message) }
}

function ended(place: Place, told: ChangedDisk, volumeId: string, context: OperationContext): KindResult {
  context.done(succeeded(place.hostId))
  return {
    result: { target: told.target, is_live: told.isLive, is_kept: told.isKept },
    events: [
      { topic: 'workload', id: place.workloadId, kind: 'changed' },
      { topic: 'volume', id: volumeId, kind: 'changed' },
    ],
  }
}

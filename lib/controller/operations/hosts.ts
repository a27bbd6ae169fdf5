import { type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import type { OperationPayload } from '@/lib/operations/schema'

export async function refreshHost(
  payload: OperationPayload<'host.refresh'>,
  context: OperationContext,
): Promise<KindResult> {
  await context.refreshHost(payload.hostId)
  context.done(succeeded(payload.hostId))
  return {}
}

export async function inspectMount(
  payload: OperationPayload<'host.inspect_mount'>,
  context: OperationContext,
): Promise<KindResult> {
  const { hostId, mountId } = payload
  const answer = await context.client.call(
    context.hostOf(hostId),
    'inspectMount',
    { mountId },
    { signal: context.signal },
  )
  context.done(succeeded(hostId))
  return { result: JSON.parse(JSON.stringify(answer)) }
}

export async function listExistingMounts(
  { hostId }: OperationPayload<'host.existing_mounts'>,
  context: OperationContext,
): Promise<KindResult> {
  const found = await context.client.call(context.hostOf(hostId), 'listForeignMounts', {}, { signal: context.signal })
  context.done(succeeded(hostId))
  return { result: JSON.parse(JSON.stringify(found)) }
}

export async function installTools(
  payload: OperationPayload<'host.install_tools'>,
  context: OperationContext,
): Promise<KindResult> {
  const { hostId, commands } = payload
  const { tools } = await context.client.call(
    context.hostOf(hostId),
    'installTools',
    {
      operationId: context.operationId,
      resourceId: hostId,
      // Tools have no desired row: each wish stands for itself.
      generation: 0,
      fence: await context.fence(hostId),
      ttlMs: 60_000,
      commands,
    },
    { signal: context.signal, onMessage: (message) => context.hear(hostId, message) },
  )
  context.done(succeeded(hostId))
  await context.refreshHost(hostId)
  return { result: JSON.parse(JSON.stringify({ tools })) }
}

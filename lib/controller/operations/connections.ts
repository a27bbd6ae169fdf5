import { failed, type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import { findConnection } from '@/lib/controller/resources/connections/connections-repository'
import type { OperationPayload } from '@/lib/operations/schema'

type Payload = OperationPayload<'backend.connect' | 'backend.disconnect'>

/**
 * Brings a block storage on one host to what is wanted there. What cannot be done now stays wanted: a host that is away converges
 * when it returns.
 */
async function carryOut({ hostId, backendId }: Payload, context: OperationContext): Promise<KindResult> {
  const row = await findConnection(context.prisma, backendId, hostId)
  if (row === null) {
    context.log(hostId, 'The backend or the host has been removed.')
    context.done(succeeded(hostId))
    return {}
  }
  const outcome = await context.connections.carryOut({
    operationId: context.operationId,
    row,
    options: { signal: context.signal, onMessage: (message) => context.hear(hostId, message) },
  })
  const events = [{ topic: 'backend' as const, id: backendId, kind: 'changed' as const }]
  if (context.signal.aborted) return {}
  const { error, connection } = outcome
  if (connection) context.log(hostId, connection.summary)
  context.done(error ? failed(hostId, error) : succeeded(hostId), outcome.store)
  return {
    events,
    ...(error ? { failure: error } : {}),
    ...(connection ? { result: JSON.parse(JSON.stringify(connection)) } : {}),
  }
}

/** Opens a block storage on one host. What stands there is the operation's result. */
export function connectBackend(payload: Payload, context: OperationContext): Promise<KindResult> {
  return carryOut(payload, context)
}

/** Closes it there again, with nothing of ours left on the host. */
export function disconnectBackend(payload: Payload, context: OperationContext): Promise<KindResult> {
  return carryOut(payload, context)
}

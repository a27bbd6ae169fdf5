import { usageColumns } from '@/lib/controller/backend-status'
import { KeyedLocks } from '@/lib/controller/limits'
import { findBackend, saveBackend } from '@/lib/controller/mounts-repository'
import { type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import { HoldfastError } from '@/lib/errors'
import type { OperationPayload } from '@/lib/operations/schema'

type Payload = OperationPayload<'backend.connect' | 'backend.disconnect'>

/** A login may have to wait for another one on the same host. */
const TTL_MS = 120_000

/** One host at a time for one backend: two that find the same LUN empty must not both write to it. */
const inTurn = new KeyedLocks()

async function commandFor({ hostId, backendId }: Payload, context: OperationContext) {
  const stored = await findBackend(context.prisma, backendId)
  if (!stored) throw new HoldfastError('not_found', 'The backend has been deleted.')
  const backend = await context.open({
    ...stored,
    sealedSecrets: Object.fromEntries(stored.secrets.map(({ field, sealed }) => [field, sealed])),
  })
  const request = {
    operationId: context.operationId,
    resourceId: backendId,
    generation: stored.generation,
    fence: context.fence(),
    ttlMs: TTL_MS,
    backend,
  }
  const options = {
    signal: context.signal,
    onMessage: (message: Parameters<typeof context.hear>[1]) => context.hear(hostId, message),
  }
  return { request, options }
}

/** Opens a block storage on one host. What stands there is the operation's result. */
export function connectBackend(payload: Payload, context: OperationContext): Promise<KindResult> {
  const { hostId, backendId } = payload
  return inTurn.run(backendId, async () => {
    const { request, options } = await commandFor(payload, context)
    const connection = await context.client.call(context.hostOf(hostId), 'connectBackend', request, options)
    context.log(hostId, connection.summary)
    context.done(succeeded(hostId))
    const at = new Date()
    return {
      result: JSON.parse(JSON.stringify(connection)),
      writes: [
        (tx) =>
          saveBackend(tx, backendId, {
            observedStatus: 'online',
            observedError: null,
            observedAt: at,
            ...(connection.usage ? usageColumns(connection.usage, at) : {}),
          }),
      ],
      events: [{ topic: 'backend', id: backendId, kind: 'changed' }],
    }
  })
}

/** Closes it there again, with nothing of ours left on the host. */
export function disconnectBackend(payload: Payload, context: OperationContext): Promise<KindResult> {
  const { hostId, backendId } = payload
  return inTurn.run(backendId, async () => {
    const { request, options } = await commandFor(payload, context)
    await context.client.call(context.hostOf(hostId), 'disconnectBackend', request, options)
    context.done(succeeded(hostId))
    return { events: [{ topic: 'backend', id: backendId, kind: 'changed' }] }
  })
}

import { failureReason } from '@/lib/agent-client/client'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import { type VolumeWork, VolumeWorkResult } from '@/lib/agent-protocol/pools'
import { followJob } from '@/lib/controller/jobs/follow-job'
import { failed, type KindResult, type OperationContext } from '@/lib/controller/operations/context'
import { prepareSharedGroup } from '@/lib/controller/operations/shared-group'
import { findBackend } from '@/lib/controller/resources/backend-repository'
import type { Write } from '@/lib/controller/resources/kind'
import { requireIdleElsewhere } from '@/lib/controller/resources/volumes/elsewhere'
import { storeUncertain, storeWork } from '@/lib/controller/resources/volumes/outcome'
import { VOLUME_GENERATION } from '@/lib/controller/resources/volumes/restore'
import { sealedParts } from '@/lib/db/sealed-secrets'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { undoWork, type VolumeWorkPayload } from '@/lib/volumes/undo'

/** How long the job may wait at the host for its turn, in milliseconds. */
const TTL_MS = 60_000

/** One change of one volume: a job of the host that looks after it. What came of it is stored with the end of the operation. */
export async function workOnVolume(payload: VolumeWorkPayload, context: OperationContext): Promise<KindResult> {
  const { ended, write } = await follow(payload, context)
  const { volumeId, sourceId } = payload
  const ids = sourceId === null ? [volumeId] : [volumeId, sourceId]
  return {
    ...ended,
    writes: [write],
    events: [
      ...ids.map((id) => ({ topic: 'volume', id, kind: 'changed' }) as const),
      ...poolsOf(payload).map((id) => ({ topic: 'pool', id, kind: 'changed' }) as const),
    ],
  }
}

function poolsOf({ poolId, work }: VolumeWorkPayload): string[] {
  return work.do === 'move' ? [poolId, work.from.poolId] : [poolId]
}

async function follow(
  payload: VolumeWorkPayload,
  context: OperationContext,
): Promise<{ ended: KindResult; write: Write }> {
  const { volumeId, poolId, hostId, work } = payload
  const { client, hostOf, fence, operationId, signal } = context
  try {
    // A job that was begun goes on: only what is sent anew is asked about.
    if (!context.isResumed) {
      await prepareSharedGroup(payload, context)
      await requireIdleElsewhere(context.prisma, payload)
    }
    const ended = await followJob(context, hostId, async () => {
      const envelope = { operationId, resourceId: volumeId, generation: VOLUME_GENERATION, ttlMs: TTL_MS }
      const command = {
        ...envelope,
        fence: await fence(hostId),
        poolId,
        volumeId,
        work,
        ...(await backendOf(work, context)),
      }
      return client.call(hostOf(hostId), 'workOnVolume', command, { signal })
    })
    const { failure } = ended
    // Part of it is still there, on a host that may not take it away any more.
    if (failure?.details?.left !== undefined) return { ended, write: (tx) => storeUncertain(tx, payload, failure) }
    // It was taken back on the host.
    if (failure ?? ended.ending) return { ended, write: (tx) => undoWork(tx, payload) }
    const { volume, source = null, consistency = null } = VolumeWorkResult.parse(ended.result)
    const seen: Parameters<typeof storeWork>[2] = (tx, host, row) => context.commands.stored(tx, 'volume', host, row)
    return { ended, write: (tx) => storeWork(tx, { payload, volume, source, consistency, at: new Date() }, seen) }
  } catch (error) {
    if (signal.aborted) throw error
    const failure = toHoldfastError(error)
    context.done(failed(hostId, failure))
    const isUncertain = await mayGoOn(failure, hostId, context)
    const write: Write = (tx) => (isUncertain ? storeUncertain(tx, payload, failure) : undoWork(tx, payload))
    return { ended: { failure }, write }
  }
}

/** What its content is fetched from, opened for this one call. */
async function backendOf(work: VolumeWork, { prisma, open }: OperationContext): Promise<{ backend?: WireBackend }> {
  if (work.do !== 'create' || work.content?.from !== 'backend') return {}
  const stored = await findBackend(prisma, work.content.backendId)
  if (!stored) throw new HoldfastError('not_found', 'The backend that it comes from has been deleted.')
  return { backend: await open({ ...stored, ...sealedParts(stored.secrets) }) }
}

/** Was it begun, as far as anybody knows? */
async function mayGoOn(failure: HoldfastError, hostId: string, context: OperationContext): Promise<boolean> {
  const reason = failureReason(failure)
  if (context.isResumed || reason === 'lost' || reason === 'timeout') return true
  await context.flush()
  return (await context.storedJob(hostId)) !== null
}

import { followJob } from '@/lib/controller/jobs/follow-job'
import type { KindResult, OperationContext } from '@/lib/controller/operations/context'
import { HoldfastError } from '@/lib/errors'
import type { OperationPayload } from '@/lib/operations/schema'

/** How long the job may wait at the host for its turn, in milliseconds. */
const TTL_MS = 20_000

/** How fast a mount is on one host, and whether what is read there is what was written. A job of that host. */
export async function checkMount(
  { mountId, hostId, sizeBytes }: OperationPayload<'mount.check'>,
  context: OperationContext,
): Promise<KindResult> {
  const { client, hostOf, fence, operationId, signal, kinds, prisma } = context
  const [row] = await kinds.get('mount').desired.find(prisma, mountId, [hostId])
  if (row === undefined) throw new HoldfastError('not_found', 'The mount is no longer wanted on this host.')
  const { desiredGeneration: generation } = row
  return followJob(context, hostId, async () => {
    const command = { operationId, resourceId: mountId, generation, fence: await fence(hostId), ttlMs: TTL_MS }
    return client.call(hostOf(hostId), 'checkMount', { ...command, mountId, sizeBytes }, { signal })
  })
}

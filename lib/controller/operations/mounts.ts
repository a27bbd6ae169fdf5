import { failed, type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import { runRollout } from '@/lib/controller/operations/rollout'
import { findDesiredOfMount } from '@/lib/controller/resources/mounts/mounts-repository'
import { HoldfastError } from '@/lib/errors'
import type { OperationPayload } from '@/lib/operations/schema'

type MountPayload = OperationPayload<'mount.apply' | 'mount.remove' | 'mount.abandon'>

/**
 * Brings each host to its desired row. What cannot be done now stays desired: the reconciler goes on with it, so a host that is
 * away converges when it returns.
 */
async function onEveryHost(payload: MountPayload, context: OperationContext, abandon: boolean): Promise<KindResult> {
  const { mountId, hostIds } = payload
  const rows = await findDesiredOfMount(context.prisma, mountId, hostIds)
  await Promise.all(
    rows.map(async (row) => {
      const command = {
        operationId: context.operationId,
        row,
        options: {
          signal: context.signal,
          onMessage: (message: Parameters<typeof context.hear>[1]) => context.hear(row.hostId, message),
        },
      }
      const outcome = await (abandon ? context.mounts.abandon(command) : context.mounts.carryOut(command))
      if (context.signal.aborted) return
      context.done(outcome.error ? failed(row.hostId, outcome.error) : succeeded(row.hostId), outcome.store)
    }),
  )
  const found = new Set(rows.map((row) => row.hostId))
  for (const hostId of hostIds) {
    if (found.has(hostId)) continue
    // Removed before this operation came to it: nothing is left to do.
    context.log(hostId, 'The mount is no longer wanted on this host.')
    context.done(succeeded(hostId))
  }
  if (rows.length === 0 && hostIds.length === 0) {
    return { failure: new HoldfastError('not_found', 'The mount has no hosts.') }
  }
  return { events: [{ topic: 'mount', id: mountId, kind: 'changed' }] }
}

export function applyMount(payload: OperationPayload<'mount.apply'>, context: OperationContext): Promise<KindResult> {
  if (context.rollout) return runRollout(context.rollout, [payload], context)
  return onEveryHost(payload, context, false)
}

export function removeMount(payload: OperationPayload<'mount.remove'>, context: OperationContext): Promise<KindResult> {
  if (context.rollout) return runRollout(context.rollout, [payload], context, { isRemoval: true })
  return onEveryHost(payload, context, false)
}

export function abandonMount(
  payload: OperationPayload<'mount.abandon'>,
  context: OperationContext,
): Promise<KindResult> {
  return onEveryHost(payload, context, true)
}

/** A change of a backend is only an operation of its own as a rollout; otherwise each of its mounts has one. */
export async function applyBackend(
  { mounts }: OperationPayload<'backend.apply'>,
  context: OperationContext,
): Promise<KindResult> {
  if (!context.rollout) throw new HoldfastError('internal', 'The stored request has no rollout.')
  return runRollout(context.rollout, mounts, context)
}

import { failed, type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import { runRollout } from '@/lib/controller/operations/rollout'
import type { CommandMode } from '@/lib/controller/resources/kind'
import { HoldfastError } from '@/lib/errors'
import type { OperationPayload } from '@/lib/operations/schema'

interface Wanted {
  kind: string
  id: string
  hostIds: readonly string[]
  mode?: CommandMode
}

/**
 * Brings each host to its desired row. What cannot be done now stays desired: the reconciler goes on with it, so a host that is
 * away converges when it returns.
 */
async function onEveryHost({ kind, id, hostIds, mode }: Wanted, context: OperationContext): Promise<KindResult> {
  const { kinds, commands } = context
  const resource = kinds.get(kind)
  const rows = await resource.desired.find(context.prisma, id, hostIds)
  const outcomes = await Promise.all(
    rows.map(async (row) => {
      const { hostId } = row
      const outcome = await commands.carryOut(resource, {
        operationId: context.operationId,
        row,
        options: { signal: context.signal, onMessage: (message) => context.hear(hostId, message) },
        ...(mode ? { mode } : {}),
      })
      if (context.signal.aborted) return outcome
      if (outcome.line !== undefined) context.log(hostId, outcome.line)
      context.done(outcome.error ? failed(hostId, outcome.error) : succeeded(hostId), outcome.store)
      return outcome
    }),
  )
  const found = new Set(rows.map((row) => row.hostId))
  for (const hostId of hostIds) {
    if (found.has(hostId)) continue
    // Removed before this operation came to it: nothing is left to do.
    context.log(hostId, `The ${kind} is no longer wanted on this host.`)
    context.done(succeeded(hostId))
  }
  if (hostIds.length === 0) return { failure: new HoldfastError('not_found', `The ${kind} has no hosts.`) }
  const [only] = outcomes
  return {
    ...(outcomes.length === 1 && only?.result !== undefined ? { result: only.result } : {}),
    events: [{ topic: resource.topic, id, kind: 'changed' }],
  }
}

type MountPayload = OperationPayload<'mount.apply'>

export function applyMount(payload: MountPayload, context: OperationContext): Promise<KindResult> {
  if (context.rollout) return runRollout(context.rollout, [mountOf(payload)], context)
  return onEveryHost(mountOf(payload), context)
}

export function removeMount(payload: OperationPayload<'mount.remove'>, context: OperationContext): Promise<KindResult> {
  if (context.rollout) return runRollout(context.rollout, [mountOf(payload)], context, { isRemoval: true })
  return onEveryHost(mountOf(payload), context)
}

export function abandonMount(
  payload: OperationPayload<'mount.abandon'>,
  context: OperationContext,
): Promise<KindResult> {
  return onEveryHost({ ...mountOf(payload), mode: 'abandon' }, context)
}

/** A change of a backend is only an operation of its own as a rollout; otherwise each of its mounts has one. */
export async function applyBackend(
  { mounts }: OperationPayload<'backend.apply'>,
  context: OperationContext,
): Promise<KindResult> {
  if (!context.rollout) throw new HoldfastError('internal', 'The stored request has no rollout.')
  return runRollout(context.rollout, mounts.map(mountOf), context)
}

/** Opens a block storage on one host, or closes it there. What stands there is the operation's result. */
export function carryOutConnection(
  { hostId, backendId }: OperationPayload<'backend.connect' | 'backend.disconnect'>,
  context: OperationContext,
): Promise<KindResult> {
  return onEveryHost({ kind: 'connection', id: backendId, hostIds: [hostId] }, context)
}

function mountOf({ mountId, hostIds }: MountPayload): { kind: string; id: string; hostIds: string[] } {
  return { kind: 'mount', id: mountId, hostIds }
}

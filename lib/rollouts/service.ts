import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { restoreBackend } from '@/lib/backends/update-service'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import type { OperationView } from '@/lib/operations/schema'
import { announceOperation, cancelOperation, readOperation } from '@/lib/operations/service'
import { rolloutKind } from '@/lib/rollouts/kinds'
import * as repository from '@/lib/rollouts/repository'
import { type Before, type ResumeRollout, RolloutState } from '@/lib/rollouts/schema'

type Found = NonNullable<Awaited<ReturnType<typeof repository.findOperation>>>

interface Stopped {
  operation: Found
  state: RolloutState
}

/** Goes on with a rollout that has stopped. */
export function resumeRollout(actor: Actor, id: string, { failed }: ResumeRollout): Promise<OperationView> {
  return decide(actor, id, 'operation.resumed', { failed }, async (tx, { operation, state }) => {
    const wave = state.waves[state.wave]?.hostIds ?? []
    const isUndone = ({ hostId, status }: Found['hosts'][number]) =>
      wave.includes(hostId) && (status === 'failed' || status === 'paused')
    if (failed === 'retry') {
      const again = operation.hosts.filter(isUndone).map(({ hostId }) => hostId)
      await repository.setHosts(tx, id, again, 'queued')
    }
    const next = failed === 'retry' ? { retries: state.retries + 1 } : { wave: state.wave + 1, resumeAt: null }
    return { to: 'queued', state: { ...state, ...next } }
  })
}

/** Restores the definition from before and applies it to the hosts that the change has reached; the others never hear of it. */
export function rollBack(actor: Actor, id: string): Promise<OperationView> {
  return decide(actor, id, 'operation.rolled_back', {}, async (tx, { operation, state }) => {
    await restore(tx, before(state), operation)
    const isReached = ({ status }: Found['hosts'][number]) => status !== 'queued'
    const hostIds = (reached: boolean) =>
      operation.hosts.filter((host) => isReached(host) === reached).map(({ hostId }) => hostId)
    await repository.setHosts(tx, id, hostIds(false), 'cancelled')
    await repository.setHosts(tx, id, hostIds(true), 'queued')
    return { to: 'queued', state: { ...state, phase: 'rollback', resumeAt: null } }
  })
}

/**
 * Stops a rollout where it is. Hosts that have the change keep it. Hosts that it has not reached keep what they have until something
 * is changed, synced or restarted there; hosts that would have got a new mount are left unmounted.
 */
function stopHere(actor: Actor, id: string): Promise<OperationView> {
  return decide(actor, id, 'operation.cancelled', {}, async (tx, { operation, state }) => {
    const { backend, resources } = before(state)
    const of = backend === null ? 'resource' : 'backend'
    for (const each of resources) await rolloutKind(each.kind).leaveAsIs(tx, each.id, each.wish, id, of)
    const queued = operation.hosts.filter(({ status }) => status === 'queued').map(({ hostId }) => hostId)
    await repository.setHosts(tx, id, queued, 'cancelled')
    return { to: 'cancelled', state: { ...state, outcome: 'stopped', before: null } }
  })
}

/** A rollout that has not begun is as if it had never been asked for. */
function withdraw(actor: Actor, id: string): Promise<OperationView> {
  const decision = async (tx: Db, { operation, state }: Stopped): Promise<Decision> => {
    if (operation.attempt > 0) throw isRunning(operation)
    await restore(tx, before(state), operation)
    await repository.setHosts(
      tx,
      id,
      operation.hosts.map(({ hostId }) => hostId),
      'cancelled',
    )
    return { to: 'cancelled', state: { ...state, outcome: 'rolled_back', before: null } }
  }
  return decide(actor, id, 'operation.cancelled', {}, decision, 'queued')
}

/** What has not begun is as if it had never been asked for; a rollout that has stopped stays where it is. Throws `conflict` otherwise. */
export async function cancel(actor: Actor, id: string): Promise<OperationView> {
  authorize(actor, 'operations.write')
  const { rollout, status } = await readOperation(id)
  if (rollout === null) return cancelOperation(actor, id)
  return status === 'queued' ? withdraw(actor, id) : stopHere(actor, id)
}

interface Decision {
  to: 'queued' | 'cancelled'
  state: RolloutState
}

async function decide(
  actor: Actor,
  id: string,
  action: string,
  change: Record<string, unknown>,
  decision: (tx: Db, stopped: Stopped) => Promise<Decision>,
  from: 'paused' | 'queued' = 'paused',
): Promise<OperationView> {
  authorize(actor, 'operations.write')
  const resources = await inTransaction(async (tx) => {
    const operation = await repository.findOperation(tx, id)
    if (!operation) throw new HoldfastError('not_found', 'Operation not found')
    if (operation.rollout === null) throw new HoldfastError('conflict', 'This operation is no rollout.')
    if (operation.status !== from) throw isRunning(operation)
    const state = RolloutState.parse(operation.rollout)
    // First, so that of two who decide at once only one does.
    const { to, state: next } = await decision(tx, { operation, state })
    if (!(await repository.move(tx, id, from, to, next, new Date()))) throw isRunning(operation)
    await recordAudit(tx, actor, {
      action,
      target: { kind: 'operation', id, name: operation.targetName ?? id },
      change: { ...change, of: { kind: operation.targetKind, id: operation.targetId } },
    })
    return before(state).resources
  })
  publishChanged('operation', id)
  for (const resource of resources) publishChanged(rolloutKind(resource.kind).topic, resource.id)
  announceOperation(id)
  return readOperation(id)
}

function before(state: RolloutState): Before {
  if (!state.before) throw new HoldfastError('conflict', 'The rollout is over.')
  return state.before
}

function isRunning({ status }: Pick<Found, 'status'>): HoldfastError {
  const words =
    status === 'queued' || status === 'running'
      ? 'The rollout is under way; it can be changed when it has stopped by itself.'
      : 'The rollout is over.'
  return new HoldfastError('conflict', words)
}

async function restore(tx: Db, { backend, resources }: Before, operation: Found): Promise<void> {
  const at = new Date()
  if (backend) await restoreBackend(tx, backend, at)
  const hostIds = new Set(operation.hosts.map(({ hostId }) => hostId))
  for (const { kind, id, wish } of resources) await rolloutKind(kind).restore(tx, id, wish, hostIds, at)
}

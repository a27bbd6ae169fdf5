import { failureReason } from '@/lib/agent-client/client'
import { failed, type KindResult, type OperationContext, succeeded, waiting } from '@/lib/controller/operations/context'
import { beginHosts, findHostStatuses, type StoredStatus } from '@/lib/controller/operations/repository'
import type { Write } from '@/lib/controller/resources/kind'
import { reportOf } from '@/lib/drivers/problems/report'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { pauseFor } from '@/lib/pause'
import { release } from '@/lib/rollouts/repository'
import type { RolloutState } from '@/lib/rollouts/schema'
import { allowedFailures, type HostResult, reasonToStop } from '@/lib/rollouts/waves'

/** One resource of a rollout, and the hosts that it is for. */
export interface RolloutTarget {
  kind: string
  id: string
  hostIds: readonly string[]
}

/** Reasons of the connection that mean: the host is not there now. Any other failure is one of the change. */
const AWAY: ReadonlySet<string> = new Set(['refused', 'unreachable', 'connect_timeout'])

function isAway(error: HoldfastError): boolean {
  const reason = failureReason(error)
  return reason === undefined ? error.code === 'host_unreachable' : AWAY.has(reason)
}

/**
 * Wave after wave. After each one its failures decide; what was decided is stored before the next begins, so a controller that
 * takes over goes on at the same host. A rollout that must not go on is parked, and a person decides.
 */
export async function runRollout(
  state: RolloutState,
  targets: readonly RolloutTarget[],
  context: OperationContext,
  { isRemoval = false } = {},
): Promise<KindResult> {
  const events = targets.map(({ kind, id }) => ({ topic: context.kinds.get(kind).topic, id, kind: 'changed' as const }))
  try {
    const result =
      state.phase === 'rollback'
        ? await rollBack(state, targets, context)
        : await goForward(state, targets, context, isRemoval)
    return { ...result, events }
  } catch (error) {
    if (context.signal.aborted) return {}
    const known = toHoldfastError(error)
    const { code, message } = known
    context.log(null, `The rollout has stopped: ${message}`)
    return { ending: { status: 'paused', errorCode: code, error: message, report: reportOf(known) }, events }
  }
}

async function goForward(
  initial: RolloutState,
  targets: readonly RolloutTarget[],
  context: OperationContext,
  isRemoval: boolean,
): Promise<KindResult> {
  let state = initial
  for (let wave = state.waves[state.wave]; wave !== undefined; wave = state.waves[state.wave]) {
    await untilDue(state, context)
    if (context.signal.aborted) return {}
    await runWave(state, wave.hostIds, targets, context)
    if (context.signal.aborted) return {}
    const statuses = await findHostStatuses(context.prisma, context.operationId)
    const isLast = state.wave === state.waves.length - 1
    const results = wave.hostIds.map((hostId) => resultOf(statuses.get(hostId)))
    const reason = reasonToStop(results, allowedFailures(state.maxFailures, wave.hostIds.length), isLast)
    // Of a removal nothing would be left to decide about.
    if (reason !== null && !(isLast && isRemoval)) {
      const words = `Stopped in wave ${state.wave + 1} of ${state.waves.length}: ${reason}.`
      context.log(null, words)
      return { ending: { status: 'paused', errorCode: 'command_failed', error: words } }
    }
    const pauseMs = isLast ? 0 : state.pauseSeconds * 1_000
    const resumeAt = pauseMs > 0 ? new Date(Date.now() + pauseMs).toISOString() : null
    state = { ...state, wave: state.wave + 1, resumeAt }
    await context.saveRollout(state)
  }
  return finished(state, context)
}

/** What is stored about a host of a wave that has run. Without a row the host was deleted: nobody is left to ask. */
function resultOf(status: StoredStatus | undefined): HostResult {
  if (status === undefined || status === 'paused') return 'waiting'
  return status === 'succeeded' ? 'succeeded' : 'failed'
}

async function untilDue({ resumeAt, wave, waves }: RolloutState, context: OperationContext): Promise<void> {
  const ms = resumeAt === null ? 0 : new Date(resumeAt).getTime() - Date.now()
  if (ms <= 0) return
  context.log(null, `Wave ${wave + 1} of ${waves.length} begins in ${Math.ceil(ms / 1_000)} s.`)
  await pauseFor(ms, context.signal)
}

async function runWave(
  state: RolloutState,
  hostIds: readonly string[],
  targets: readonly RolloutTarget[],
  context: OperationContext,
): Promise<void> {
  const { prisma, operationId } = context
  const statuses = await findHostStatuses(prisma, operationId)
  const todo = hostIds.filter((hostId) => ['queued', 'running'].includes(statuses.get(hostId) ?? ''))
  if (todo.length === 0) return
  const count = todo.length === 1 ? '1 host' : `${todo.length} hosts`
  context.log(null, `Wave ${state.wave + 1} of ${state.waves.length}: ${count}.`)
  await runHosts(state, todo, targets, context)
}

async function runHosts(
  state: RolloutState,
  hostIds: readonly string[],
  targets: readonly RolloutTarget[],
  context: OperationContext,
): Promise<void> {
  await beginHosts(context.prisma, context.operationId, hostIds, new Date())
  await Promise.all(hostIds.map((hostId) => runHost(state, hostId, targets, context)))
  if (!context.signal.aborted) await context.flush()
}

/** A host that has answered, or cannot, is in the reconciler's hands from then on. */
async function runHost(
  state: RolloutState,
  hostId: string,
  targets: readonly RolloutTarget[],
  context: OperationContext,
): Promise<void> {
  const letGo: Write = (tx) => release(tx, context.operationId, [hostId])
  if (context.isAway(hostId)) {
    const error = new HoldfastError('host_unreachable', 'The host is away; it follows when it returns.')
    return context.done(waiting(hostId, error), letGo)
  }
  const stores: Write[] = [letGo]
  const errors: HoldfastError[] = []
  for (const { kind: name, id, hostIds } of targets) {
    if (!hostIds.includes(hostId)) continue
    const kind = context.kinds.get(name)
    const [row] = await kind.desired.find(context.prisma, id, [hostId])
    // Let go of meanwhile: nothing is left to do.
    if (!row) continue
    // The host may keep the result of an id, and would hand it out again.
    const isFirst = state.phase === 'forward' && state.retries === 0 && targets.length === 1
    const outcome = await context.commands.carryOut(kind, {
      operationId: isFirst ? context.operationId : newId('operation'),
      row,
      options: { signal: context.signal, onMessage: (message) => context.hear(hostId, message) },
    })
    stores.push(outcome.store)
    if (outcome.error) errors.push(outcome.error)
  }
  if (context.signal.aborted) return
  const worst = errors.find((error) => !isAway(error)) ?? errors[0]
  const told = worst === undefined ? succeeded(hostId) : isAway(worst) ? waiting(hostId, worst) : failed(hostId, worst)
  context.done(told, async (tx) => {
    for (const store of stores) await store(tx)
  })
}

/** The definition is restored already; hosts that had the change get it at once, all of them. */
async function rollBack(
  state: RolloutState,
  targets: readonly RolloutTarget[],
  context: OperationContext,
): Promise<KindResult> {
  const statuses = await findHostStatuses(context.prisma, context.operationId)
  const todo = [...statuses].filter(([, status]) => status === 'queued' || status === 'running').map(([id]) => id)
  if (todo.length > 0) {
    context.log(null, `Rolling back: ${todo.length === 1 ? '1 host' : `${todo.length} hosts`}.`)
    await runHosts(state, todo, targets, context)
  }
  if (context.signal.aborted) return {}
  return finished(state, context)
}

async function finished(state: RolloutState, context: OperationContext): Promise<KindResult> {
  const statuses = [...(await findHostStatuses(context.prisma, context.operationId)).values()]
  const count = (wanted: StoredStatus) => statuses.filter((status) => status === wanted).length
  const [bad, away, good] = [count('failed'), count('paused'), count('succeeded')]
  const isBack = state.phase === 'rollback'
  const parts = [
    ...(bad > 0 ? [`${bad} ${bad === 1 ? 'host' : 'hosts'} failed; Holdfast goes on trying`] : []),
    ...(away > 0
      ? [`${away} ${away === 1 ? 'host is' : 'hosts are'} away and ${away === 1 ? 'follows' : 'follow'}`]
      : []),
  ]
  const status = isBack ? 'cancelled' : bad + away === 0 ? 'succeeded' : good === 0 && bad > 0 ? 'failed' : 'partial'
  return {
    ending: {
      status,
      errorCode: parts.length === 0 ? null : bad > 0 ? 'command_failed' : 'host_unreachable',
      error: parts.length === 0 ? null : `${parts.join('; ')}.`,
      // What was to be returned to, sealed secrets included, is not kept any longer.
      rollout: { ...state, before: null, outcome: isBack ? 'rolled_back' : 'completed' },
    },
    writes: [(tx) => release(tx, context.operationId)],
  }
}

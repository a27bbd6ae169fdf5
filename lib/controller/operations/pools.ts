import { failed, type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import type { ResourceRef } from '@/lib/controller/resources/kind'
import { findBaseOfPool, findKeeper } from '@/lib/controller/resources/pools/pools-repository'
import { retryContention } from '@/lib/db/conflict'
import { HoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import type { OperationPayload } from '@/lib/operations/schema'

/** The host is as wanted; or what keeps it from that; or this controller stops. */
export type Done = { error: HoldfastError | null } | 'stopped'

/**
 * Brings a pool to its desired rows, with the mount or connection that it lies on: that first where the pool is to be opened, the pool
 * first where it is to be closed. What cannot be done now stays desired, and the reconciler goes on with it.
 */
export async function carryOutPool(
  { poolId, hostIds }: OperationPayload<'pool.apply' | 'pool.remove'>,
  context: OperationContext,
): Promise<KindResult> {
  if (hostIds.length === 0) return { failure: new HoldfastError('not_found', 'The pool has no hosts.') }
  const base = await findBaseOfPool(context.prisma, poolId)
  const pool = { kind: 'pool', id: poolId }
  // Where several hosts have the same content, the one that looks after it is the first to make a mark there.
  const keeperId = await findKeeper(context.prisma, poolId)
  const things = { pool, base }
  const kept = hostIds.filter((hostId) => hostId === keeperId)
  const first = Promise.all(kept.map((hostId) => onHost(hostId, things, null, context)))
  const others = hostIds.filter((hostId) => hostId !== keeperId)
  await Promise.all([first, ...others.map((hostId) => onHost(hostId, things, first, context))])
  const touched = base === null ? [pool] : [pool, base]
  return {
    events: touched.map(({ kind, id }) => ({ topic: context.kinds.get(kind).topic, id, kind: 'changed' })),
  }
}

/** `before`: what the pool waits for where it is to be opened; what it lies on is made ready meanwhile. */
async function onHost(
  hostId: string,
  { pool, base }: { pool: ResourceRef; base: ResourceRef | null },
  before: Promise<unknown> | null,
  context: OperationContext,
): Promise<void> {
  const { desired } = context.kinds.get('pool')
  const [row] = await desired.find(context.prisma, pool.id, [hostId])
  if (row === undefined) {
    // Removed before this operation came to it: nothing is left to do.
    context.log(hostId, 'The pool is no longer wanted on this host.')
    context.done(succeeded(hostId))
    return
  }
  const done = desired.isLeaving(row)
    ? await bringPool([pool, base], hostId, context)
    : await openAfter(before, { pool, base }, hostId, context)
  if (done === 'stopped') return
  context.done(done.error === null ? succeeded(hostId) : failed(hostId, done.error))
}

async function openAfter(
  before: Promise<unknown> | null,
  { pool, base }: { pool: ResourceRef; base: ResourceRef | null },
  hostId: string,
  context: OperationContext,
): Promise<Done> {
  const ready = await bringPool([base], hostId, context)
  if (ready === 'stopped' || ready.error !== null) return ready
  await before
  return bringPool([pool], hostId, context)
}

/** One after the other, up to the first that does not get to where it is wanted. */
export async function bringPool(
  steps: readonly (ResourceRef | null)[],
  hostId: string,
  context: OperationContext,
): Promise<Done> {
  for (const step of steps) {
    if (step === null) continue
    const done = await carryOut(step, hostId, context)
    if (done === 'stopped' || done.error !== null) return done
  }
  return { error: null }
}

/** Stored before the next step, which looks for what it needs in the database. */
async function carryOut({ kind, id }: ResourceRef, hostId: string, context: OperationContext): Promise<Done> {
  const { kinds, commands, prisma, signal } = context
  const resource = kinds.get(kind)
  const [row] = await resource.desired.find(prisma, id, [hostId])
  const circumstances = { now: new Date(), wasRestarted: false, isBack: true }
  if (row === undefined || !resource.desired.needsCommand(row, circumstances)) return { error: null }
  const outcome = await commands.carryOut(resource, {
    // A host takes an id for one command; that of the operation is for what the operation is about.
    operationId: kind === 'pool' ? context.operationId : newId('operation'),
    row,
    options: { signal, onMessage: (message) => context.hear(hostId, message) },
  })
  if (signal.aborted) return 'stopped'
  await retryContention(() => prisma.$transaction((tx) => outcome.store(tx)))
  if (outcome.line !== undefined) context.log(hostId, outcome.line)
  return { error: outcome.error ?? null }
}

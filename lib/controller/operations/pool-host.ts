import { failed, type KindResult, type OperationContext, succeeded } from '@/lib/controller/operations/context'
import { bringPool } from '@/lib/controller/operations/pools'
import type { ResourceRef } from '@/lib/controller/resources/kind'
import { findBaseOfPool } from '@/lib/controller/resources/pools/pools-repository'
import type { Db } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { HoldfastError } from '@/lib/errors'
import type { OperationPayload } from '@/lib/operations/schema'
import { openOn } from '@/lib/pools/membership'
import { setKeeper } from '@/lib/pools/repository'

type Move = OperationPayload<'pool.move_host'>

/**
 * Closes a pool on one host and then opens it on another one. It is wanted on the second one only after the first one has said that it
 * let go of it, also when another controller goes on with this. When it cannot be closed, it is wanted where it was.
 */
export async function movePoolHost(move: Move, context: OperationContext): Promise<KindResult> {
  const { poolId, fromHostId, toHostId } = move
  const { prisma, kinds } = context
  const pool: ResourceRef = { kind: 'pool', id: poolId }
  const base = await findBaseOfPool(prisma, poolId)
  const touched = base === null ? [pool] : [pool, base]
  const events = touched.map(({ kind, id }) => ({ topic: kinds.get(kind).topic, id, kind: 'changed' }) as const)
  const inTransaction = <T>(work: (tx: Db) => Promise<T>) => retryContention(() => prisma.$transaction(work))
  if (!(await isWantedOn(prisma, poolId, toHostId))) {
    context.log(fromHostId, 'The pool is closed here first.')
    const left = await bringPool([pool, base], fromHostId, context)
    if (left === 'stopped') return { events }
    if (left.error !== null) {
      await inTransaction((tx) => wantBack(tx, move))
      context.log(fromHostId, 'It could not be closed, so it stays here.')
      context.done(failed(fromHostId, left.error))
      return { failure: left.error, events }
    }
    await inTransaction((tx) => wantThere(tx, move))
    context.log(toHostId, 'The other host has let go of it. It is opened here.')
  }
  context.done(succeeded(fromHostId))
  const opened = await bringPool([base, pool], toHostId, context)
  if (opened === 'stopped') return { events }
  if (opened.error === null) {
    context.done(succeeded(toHostId))
    return { events }
  }
  context.done(failed(toHostId, opened.error))
  return { failure: opened.error, events }
}

/** Did this operation come so far before? */
async function isWantedOn(db: Db, poolId: string, hostId: string): Promise<boolean> {
  return (await db.poolOnHost.count({ where: { poolId, hostId, desired: 'open' } })) > 0
}

/** The next generation of a pool that is still to be there, with what it lies on. Throws `conflict`. */
async function nextOf(tx: Db, poolId: string) {
  const { count } = await tx.pool.updateMany({
    where: { id: poolId, deletedAt: null },
    data: { generation: { increment: 1 } },
  })
  const row = await tx.pool.findUnique({
    where: { id: poolId },
    select: { id: true, backendId: true, mountId: true, generation: true },
  })
  if (count === 0 || row === null) throw new HoldfastError('conflict', 'The pool is being removed.')
  return row
}

async function wantBack(tx: Db, { poolId, fromHostId }: Move): Promise<void> {
  const { generation, ...pool } = await nextOf(tx, poolId)
  await openOn(tx, pool, [fromHostId], generation)
  await setKeeper(tx, poolId, fromHostId, generation)
}

/** Throws `conflict` where somebody else has it, or is to have it. */
async function wantThere(tx: Db, { poolId, toHostId }: Move): Promise<void> {
  const { generation, ...pool } = await nextOf(tx, poolId)
  const holder = await tx.poolOnHost.findFirst({
    where: { poolId, OR: [{ desired: 'open' }, { observedGeneration: { not: null } }] },
    select: { host: { select: { name: true } } },
  })
  if (holder !== null) throw new HoldfastError('conflict', `Host '${holder.host.name}' has the pool meanwhile.`)
  await openOn(tx, pool, [toHostId], generation)
  await setKeeper(tx, poolId, toHostId, generation)
}

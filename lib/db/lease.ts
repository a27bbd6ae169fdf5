import type { Db, PrismaClient } from '@/lib/db/client'
import { uniqueViolation } from '@/lib/db/conflict'

/** The right to do a named piece of work. Commands carry `fence`, so that agents refuse those of an earlier holder. */
export interface HeldLease {
  name: string
  holder: string
  /** Grows with every change of holder, and never shrinks. */
  fence: number
  expiresAt: Date
}

/**
 * Takes the lease if nobody holds it, its time has run out, or this holder had it before; undefined if another one has it.
 * Times are those of the caller's clock: a clock that runs ahead may take a lease early, and the fence then keeps the
 * earlier holder's commands from being carried out. Not inside a transaction: losing the first race would abort it.
 */
export async function acquireLease(
  db: PrismaClient,
  name: string,
  holder: string,
  ttlMs: number,
): Promise<HeldLease | undefined> {
  const now = Date.now()
  const expiresAt = new Date(now + ttlMs)
  const [taken] = await db.lease.updateManyAndReturn({
    where: { name, OR: [{ expiresAt: { lt: new Date(now) } }, { holder }] },
    data: { holder, expiresAt, fence: { increment: 1 } },
  })
  if (taken) return taken
  if (await db.lease.findUnique({ where: { name }, select: { name: true } })) return undefined
  try {
    return await db.lease.create({ data: { name, holder, expiresAt, fence: 1 } })
  } catch (error) {
    if (uniqueViolation(error)) return undefined
    throw error
  }
}

/** Prolongs the lease; undefined if another holder has had it in the meantime: stop the work at once. */
export async function renewLease(db: Db, lease: HeldLease, ttlMs: number): Promise<HeldLease | undefined> {
  const [renewed] = await db.lease.updateManyAndReturn({
    where: { name: lease.name, holder: lease.holder, fence: lease.fence },
    data: { expiresAt: new Date(Date.now() + ttlMs) },
  })
  return renewed
}

/**
 * Raises the fence of a lease that is ours above `above`: others have seen higher fences than the database knows of, as after the
 * restore of a backup. Undefined if another holder has it in the meantime.
 */
export async function raiseFence(db: Db, lease: HeldLease, above: number): Promise<HeldLease | undefined> {
  const [raised] = await db.lease.updateManyAndReturn({
    where: { name: lease.name, holder: lease.holder, fence: lease.fence },
    data: { fence: Math.max(lease.fence, above) + 1 },
  })
  return raised
}

/** Gives the lease back early. The row stays, so that the fence goes on growing. False if it was no longer ours. */
export async function releaseLease(db: Db, lease: HeldLease): Promise<boolean> {
  const { count } = await db.lease.updateMany({
    where: { name: lease.name, holder: lease.holder, fence: lease.fence },
    data: { expiresAt: new Date(0) },
  })
  return count === 1
}

import { db, type Prisma } from '@/lib/db/client'
import { uniqueViolation } from '@/lib/db/conflict'

export interface StoredAnswer {
  requestHash: string
  /** null while the first request is still running. */
  status: number | null
  body: unknown
}

/** True when this call now owns the key. */
export async function claim(row: {
  key: string
  actorId: string
  requestHash: string
  now: Date
  until: Date
}): Promise<boolean> {
  const { key, actorId, requestHash, now, until } = row
  // A key whose time has passed is free again, for exactly one caller.
  const taken = await db().idempotencyKey.updateMany({
    where: { key, expiresAt: { lte: now } },
    data: { actorId, requestHash, status: null, createdAt: now, expiresAt: until },
  })
  if (taken.count === 1) return true
  try {
    await db().idempotencyKey.create({
      data: { key, actorId, requestHash, createdAt: now, expiresAt: until },
      select: { key: true },
    })
    return true
  } catch (error) {
    if (uniqueViolation(error)) return false
    throw error
  }
}

export function find(key: string): Promise<StoredAnswer | null> {
  return db().idempotencyKey.findUnique({ where: { key }, select: { requestHash: true, status: true, body: true } })
}

export async function complete(key: string, status: number, body: Prisma.InputJsonValue, until: Date): Promise<void> {
  await db().idempotencyKey.updateMany({ where: { key }, data: { status, body, expiresAt: until } })
}

export async function release(key: string): Promise<void> {
  await db().idempotencyKey.deleteMany({ where: { key, status: null } })
}

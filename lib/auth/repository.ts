import { type Db, db, type Prisma } from '@/lib/db/client'
import { isContention } from '@/lib/db/conflict'
import { diskProblem } from '@/lib/errors'
import type { Role } from '@/lib/users/schema'

// ---- sessions --------------------------------------------------------------------------------------------------------

export interface SessionRow {
  id: string
  userId: string
  createdAt: Date
  lastSeenAt: Date
  expiresAt: Date
  revokedAt: Date | null
  address: string | null
  userAgent: string | null
}

export function findSessionWithUser(id: string) {
  return db().session.findUnique({
    where: { id },
    include: {
      user: {
        select: {
          id: true,
          username: true,
          role: true,
          disabledAt: true,
          oidcSubject: true,
          totp: { select: { confirmedAt: true } },
          _count: { select: { passkeys: true } },
        },
      },
    },
  })
}

export async function insertSession(tx: Db, row: SessionRow): Promise<void> {
  await tx.session.create({ data: row, select: { id: true } })
}

export async function touchSession(id: string, at: Date): Promise<void> {
  await whenPossible(db().session.updateMany({ where: { id, revokedAt: null }, data: { lastSeenAt: at } }))
}

/** When somebody was here last is not worth a refusal while the database is busy, or its disk full: the next request says it again. */
async function whenPossible(write: Promise<unknown>): Promise<void> {
  await write.catch((error: unknown) => {
    if (!isContention(error) && diskProblem(error) === null) throw error
  })
}

/** Sessions that have not been revoked and have not reached their end. */
export function findLiveSessions(userId: string, now: Date): Promise<SessionRow[]> {
  return db().session.findMany({
    where: { userId, revokedAt: null, expiresAt: { gt: now } },
    orderBy: { lastSeenAt: 'desc' },
  })
}

/** True when there was such a session and it was still live. */
export async function revokeSession(tx: Db, id: string, userId: string, at: Date): Promise<boolean> {
  const { count } = await tx.session.updateMany({ where: { id, userId, revokedAt: null }, data: { revokedAt: at } })
  return count > 0
}

export async function revokeSessionsOf(tx: Db, userId: string, at: Date, exceptId?: string): Promise<number> {
  const { count } = await tx.session.updateMany({
    where: { userId, revokedAt: null, ...(exceptId === undefined ? {} : { id: { not: exceptId } }) },
    data: { revokedAt: at },
  })
  return count
}

// ---- rules of sign-in -------------------------------------------------------------------------------------------------

const RULES_KEY = 'sign_in_rules'

export async function findSignInRules(): Promise<unknown> {
  return (await db().setting.findUnique({ where: { key: RULES_KEY }, select: { value: true } }))?.value
}

export async function saveSignInRules(tx: Db, value: Prisma.InputJsonObject): Promise<void> {
  await tx.setting.upsert({ where: { key: RULES_KEY }, create: { key: RULES_KEY, value }, update: { value } })
}

// ---- API tokens ------------------------------------------------------------------------------------------------------

export interface TokenRow {
  id: string
  name: string
  tokenHash: string
  prefix: string
  role: Role
  scopes: unknown
  createdBy: string
  ownerId: string | null
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
}

export function findTokenByHash(tokenHash: string): Promise<TokenRow | null> {
  return db().apiToken.findUnique({ where: { tokenHash } })
}

/** The user in whose name a token acts. */
export function findTokenOwner(id: string): Promise<{ role: Role; disabledAt: Date | null } | null> {
  return db().user.findUnique({ where: { id }, select: { role: true, disabledAt: true } })
}

export async function touchToken(id: string, at: Date): Promise<void> {
  await whenPossible(db().apiToken.updateMany({ where: { id, revokedAt: null }, data: { lastUsedAt: at } }))
}

// ---- sign-in attempts ------------------------------------------------------------------------------------------------

export async function insertAttempt(key: string, at: Date): Promise<number> {
  const { id } = await db().loginAttempt.create({ data: { key, at, success: false }, select: { id: true } })
  return id
}

/** The oldest failures since `since`, at most `limit`. */
export function findFailures(key: string, since: Date, limit: number): Promise<{ at: Date }[]> {
  return db().loginAttempt.findMany({
    where: { key, success: false, at: { gt: since } },
    orderBy: { at: 'asc' },
    select: { at: true },
    take: limit,
  })
}

/** Neither these attempts nor earlier failures under these keys count any more. */
export async function forgiveAttempts(ids: readonly number[], keys: readonly string[]): Promise<void> {
  await db().loginAttempt.updateMany({
    where: { OR: [{ id: { in: [...ids] } }, { key: { in: [...keys] }, success: false }] },
    data: { success: true },
  })
}

export async function deleteAttempts(ids: readonly number[]): Promise<void> {
  await db().loginAttempt.deleteMany({ where: { id: { in: [...ids] } } })
}

export async function deleteAttemptsBefore(at: Date): Promise<void> {
  await db().loginAttempt.deleteMany({ where: { at: { lt: at } } })
}

// ---- first-run setup -------------------------------------------------------------------------------------------------

/** Only the newest link works. */
export async function replaceSetupToken(tx: Db, tokenHash: string, now: Date, expiresAt: Date): Promise<void> {
  await tx.setupToken.updateMany({ where: { usedAt: null }, data: { usedAt: now } })
  await tx.setupToken.create({ data: { tokenHash, createdAt: now, expiresAt } })
}

/** True for exactly one caller. */
export async function useSetupToken(tx: Db, tokenHash: string, now: Date): Promise<boolean> {
  const { count } = await tx.setupToken.updateMany({
    where: { tokenHash, usedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now },
  })
  return count === 1
}

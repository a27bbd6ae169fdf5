import { type Db, db, type Prisma } from '@/lib/db/client'
import type { Role } from '@/lib/users/schema'

export interface UserRow {
  id: string
  username: string
  displayName: string | null
  /** Not null: signs in by single sign-on and has no password. */
  oidcSubject: string | null
  role: Role
  disabledAt: Date | null
  createdAt: Date
  updatedAt: Date
  lastSignInAt: Date | null
}

const COLUMNS = {
  id: true,
  username: true,
  displayName: true,
  oidcSubject: true,
  role: true,
  disabledAt: true,
  createdAt: true,
  updatedAt: true,
  lastSignInAt: true,
} as const satisfies Prisma.UserSelect

export function findAll(): Promise<UserRow[]> {
  return db().user.findMany({ select: COLUMNS, orderBy: { username: 'asc' } })
}

export function findById(id: string, tx: Db = db()): Promise<UserRow | null> {
  return tx.user.findUnique({ where: { id }, select: COLUMNS })
}

/** With the password hash. */
export function findByUsername(username: string) {
  return db().user.findUnique({ where: { username } })
}

export async function findPasswordHash(id: string): Promise<string | null> {
  const found = await db().user.findUnique({ where: { id }, select: { passwordHash: true } })
  return found?.passwordHash ?? null
}

/** The user whom the identity provider means. */
export function findByIdentity(tx: Db, identity: Identity): Promise<UserRow | null> {
  return tx.user.findUnique({ where: { oidcIssuer_oidcSubject: identity }, select: COLUMNS })
}

export interface Identity {
  oidcIssuer: string
  oidcSubject: string
}

export interface NewUserRow extends Partial<Identity> {
  id: string
  username: string
  displayName: string | null
  passwordHash: string
  role: Role
}

export function insert(tx: Db, row: NewUserRow): Promise<UserRow> {
  return tx.user.create({ data: row, select: COLUMNS })
}

export interface UserChange {
  displayName?: string | null
  role?: Role
  passwordHash?: string
  disabledAt?: Date | null
}

export function update(tx: Db, id: string, change: UserChange): Promise<UserRow> {
  return tx.user.update({ where: { id }, data: change, select: COLUMNS })
}

export async function updateLastSignIn(id: string, at: Date): Promise<void> {
  await db().user.updateMany({ where: { id }, data: { lastSignInAt: at } })
}

/** Takes hold of the user until the transaction ends, as a change of the password does. False when the password is another. */
export async function updateLastSignInBy(
  tx: Db,
  { id, passwordHash }: { id: string; passwordHash: string },
  at: Date,
): Promise<boolean> {
  const { count: found } = await tx.user.updateMany({
    where: { id, passwordHash, disabledAt: null },
    data: { lastSignInAt: at },
  })
  return found === 1
}

export async function remove(tx: Db, id: string): Promise<void> {
  await tx.user.delete({ where: { id }, select: { id: true } })
}

export function count(tx: Db = db()): Promise<number> {
  return tx.user.count()
}

export function countUsableAdmins(tx: Db): Promise<number> {
  return tx.user.count({ where: { role: 'admin', disabledAt: null } })
}

/** Sessions that have not been revoked and have not ended, by user. */
export async function countSessions(seenAfter: Date, now: Date): Promise<Map<string, number>> {
  const groups = await db().session.groupBy({
    by: ['userId'],
    where: { revokedAt: null, expiresAt: { gt: now }, lastSeenAt: { gt: seenAfter } },
    _count: { _all: true },
  })
  return new Map(groups.map((group) => [group.userId, group._count._all]))
}

/**
 * Serialises changes that depend on how many administrators there are, until the transaction ends: two of them must not
 * disable each other at the same time. SQLite has one writer anyway.
 */
export async function lockAdministrators(tx: Db): Promise<void> {
  await tx.setting.upsert({
    where: { key: 'administrators_lock' },
    create: { key: 'administrators_lock', value: 1 },
    update: { value: 1 },
  })
}

// ---- links to a new password ------------------------------------------------------------------------------------------

/** Only the newest link of a user works. */
export async function replaceResetLink(tx: Db, userId: string, tokenHash: string, expiresAt: Date): Promise<void> {
  const link = { tokenHash, expiresAt, createdAt: new Date() }
  await tx.passwordReset.upsert({
    where: { userId },
    create: { userId, ...link },
    update: link,
    select: { userId: true },
  })
}

export function findResetLink(tokenHash: string, now: Date, tx: Db = db()) {
  return tx.passwordReset.findFirst({
    where: { tokenHash, expiresAt: { gt: now }, user: { disabledAt: null } },
    select: { user: { select: COLUMNS } },
  })
}

/** True for exactly one caller. */
export async function takeResetLink(tx: Db, tokenHash: string): Promise<boolean> {
  return (await tx.passwordReset.deleteMany({ where: { tokenHash } })).count === 1
}

export async function removeResetLink(tx: Db, userId: string): Promise<void> {
  await tx.passwordReset.deleteMany({ where: { userId } })
}

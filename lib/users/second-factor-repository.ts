import { type Db, db } from '@/lib/db/client'

export function findTotp(userId: string, tx: Db = db()) {
  return tx.totp.findUnique({ where: { userId } })
}

/** Ids of users who are asked for a code. */
export async function findUsersWithTotp(): Promise<Set<string>> {
  const rows = await db().totp.findMany({ where: { confirmedAt: { not: null } }, select: { userId: true } })
  return new Set(rows.map(({ userId }) => userId))
}

/** A set-up that was not confirmed is replaced; false when there is one that was. */
export async function replaceUnconfirmedTotp(
  tx: Db,
  userId: string,
  sealedSecret: string,
  now: Date,
): Promise<boolean> {
  await tx.totp.deleteMany({ where: { userId, confirmedAt: null } })
  const found = await tx.totp.findUnique({ where: { userId }, select: { userId: true } })
  if (found) return false
  await tx.totp.create({ data: { userId, sealedSecret, createdAt: now }, select: { userId: true } })
  return true
}

/** True for exactly one caller, and only for the secret that the code was compared with. */
export async function confirmTotp(
  tx: Db,
  userId: string,
  sealedSecret: string,
  step: number,
  now: Date,
): Promise<boolean> {
  const { count } = await tx.totp.updateMany({
    where: { userId, sealedSecret, confirmedAt: null },
    data: { confirmedAt: now, lastStep: step },
  })
  return count === 1
}

/** A code is good once: true for exactly one caller with this step, and never for an older one. */
export async function takeStep(userId: string, step: number): Promise<boolean> {
  const { count } = await db().totp.updateMany({
    where: { userId, confirmedAt: { not: null }, lastStep: { lt: step } },
    data: { lastStep: step },
  })
  return count === 1
}

/** With the recovery codes. False when there was none. */
export async function removeTotp(tx: Db, userId: string): Promise<boolean> {
  await tx.recoveryCode.deleteMany({ where: { userId } })
  return (await tx.totp.deleteMany({ where: { userId } })).count === 1
}

export async function replaceRecoveryCodes(tx: Db, userId: string, hashes: readonly string[]): Promise<void> {
  await tx.recoveryCode.deleteMany({ where: { userId } })
  await tx.recoveryCode.createMany({ data: hashes.map((codeHash) => ({ userId, codeHash })) })
}

/** True for exactly one caller. */
export async function takeRecoveryCode(tx: Db, userId: string, codeHash: string): Promise<boolean> {
  return (await tx.recoveryCode.deleteMany({ where: { userId, codeHash } })).count === 1
}

export function countRecoveryCodes(userId: string, tx: Db = db()): Promise<number> {
  return tx.recoveryCode.count({ where: { userId } })
}

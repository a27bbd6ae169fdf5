import { type Db, db } from '@/lib/db/client'

export interface PasskeyRow {
  id: string
  userId: string
  name: string
  credentialId: string
  publicKey: string
  counter: bigint
  transports: string
  createdAt: Date
  lastUsedAt: Date | null
  challengedAt: Date
}

export function findPasskeysOf(userId: string): Promise<PasskeyRow[]> {
  return db().passkey.findMany({ where: { userId }, orderBy: { createdAt: 'asc' } })
}

export function findPasskeyByCredential(credentialId: string) {
  return db().passkey.findUnique({
    where: { credentialId },
    include: { user: { select: { id: true, username: true, role: true, disabledAt: true } } },
  })
}

export async function insertPasskey(tx: Db, row: PasskeyRow): Promise<void> {
  await tx.passkey.create({ data: row, select: { id: true } })
}

/**
 * Notes a use. False when the challenge, or a newer one, was answered before, or when the device counts and has not counted on since:
 * then there is a copy of it.
 */
export async function notePasskeyUse(id: string, counter: bigint, challengedAt: Date, now: Date): Promise<boolean> {
  const { count } = await db().passkey.updateMany({
    where: { id, challengedAt: { lt: challengedAt }, counter: counter === 0n ? 0n : { lt: counter } },
    data: { counter, challengedAt, lastUsedAt: now },
  })
  return count === 1
}

/** Takes hold of the passkey until the transaction ends. False when it was removed, or its user may not come in. */
export async function isPasskeyThere(tx: Db, id: string, at: Date): Promise<boolean> {
  const { count } = await tx.passkey.updateMany({ where: { id, user: { disabledAt: null } }, data: { lastUsedAt: at } })
  return count === 1
}

export async function removePasskey(tx: Db, userId: string, id: string): Promise<PasskeyRow | null> {
  const row = await tx.passkey.findFirst({ where: { id, userId } })
  if (row) await tx.passkey.deleteMany({ where: { id, userId } })
  return row
}

export async function removePasskeysOf(tx: Db, userId: string): Promise<number> {
  return (await tx.passkey.deleteMany({ where: { userId } })).count
}

export async function countPasskeys(): Promise<Map<string, number>> {
  const groups = await db().passkey.groupBy({ by: ['userId'], _count: { _all: true } })
  return new Map(groups.map((group) => [group.userId, group._count._all]))
}

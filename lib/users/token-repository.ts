import type { TokenRow } from '@/lib/auth/repository'
import { type Db, db } from '@/lib/db/client'

export function findAll(): Promise<TokenRow[]> {
  return db().apiToken.findMany({ orderBy: { createdAt: 'desc' } })
}

export function findById(id: string, tx: Db = db()): Promise<TokenRow | null> {
  return tx.apiToken.findUnique({ where: { id } })
}

export function insert(tx: Db, row: Omit<TokenRow, 'scopes'> & { scopes: string[] | null }): Promise<TokenRow> {
  const { scopes, ...columns } = row
  return tx.apiToken.create({ data: scopes === null ? columns : { ...columns, scopes } })
}

/** The tokens of a user who is deleted. */
export async function revokeOf(tx: Db, ownerId: string, at: Date): Promise<void> {
  await tx.apiToken.updateMany({ where: { ownerId, revokedAt: null }, data: { revokedAt: at } })
}

/** True when it was usable until now. */
export async function revoke(tx: Db, id: string, at: Date): Promise<boolean> {
  const { count } = await tx.apiToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: at } })
  return count > 0
}

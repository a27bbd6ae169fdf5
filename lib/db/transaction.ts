import { type Db, db } from '@/lib/db/client'

/**
 * Runs `work` in one transaction: all of it or none. Inside, use only the given client; `db()` in there would wait for the
 * transaction it is in. Keep it short: on SQLite there is one writer at a time.
 */
export function inTransaction<T>(work: (tx: Db) => Promise<T>): Promise<T> {
  return db().$transaction(work)
}

/** Did the database refuse this because a unique value is taken already? */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === 'P2002'
}

import { type Db, db } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { plainTransaction } from '@/lib/db/plain-sql'

/**
 * Runs `work` in one transaction: all of it or none. Inside, use only the given client; `db()` in there would wait for the
 * transaction it is in. Keep it short: on SQLite there is one writer at a time. It may run again when others were in its way.
 */
export function inTransaction<T>(work: (tx: Db) => Promise<T>): Promise<T> {
  return retryContention(() => plainTransaction(db(), work))
}

import { join, raw, sqltag } from '@prisma/client/runtime/client'
import type { Db } from '@/lib/db/client'

/** Far below what either database takes for one statement. */
const ROWS_AT_ONCE = 500

/**
 * As `createMany`, in plain SQL: what is not named gets the default of the database, JSON values go in as `jsonValue`. For rows by the
 * hundred, such as one per host: Prisma compiles each `createMany` anew, in WASM on the main thread, at 50 us a row.
 * `table` and the keys of the first row are names from our own code, never input; all rows have the same keys.
 */
export async function insertRows(tx: Db, table: string, rows: readonly Record<string, unknown>[]): Promise<void> {
  const [first] = rows
  if (!first) return
  const names = Object.keys(first)
  const columns = raw(names.map((name) => `"${name}"`).join(', '))
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
    const values = rows.slice(at, at + ROWS_AT_ONCE).map((row) => sqltag`(${join(names.map((name) => row[name]))})`)
    await tx.$executeRaw`INSERT INTO ${raw(`"${table}"`)} (${columns}) VALUES ${join(values)}`
  }
}

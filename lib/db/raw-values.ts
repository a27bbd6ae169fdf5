import { type Sql, sqltag } from '@prisma/client/runtime/client'
import { database } from '@/lib/db/client'

/** A JSON value inside a plain SQL statement: SQLite keeps it as text, PostgreSQL wants to be told its type. */
export function jsonValue(value: unknown): Sql {
  const text = value === null || value === undefined ? null : JSON.stringify(value)
  return database().provider === 'postgresql' ? sqltag`${text}::jsonb` : sqltag`${text}`
}

import { DbNull } from '@prisma/client/runtime/client'
import type { Prisma } from '@/lib/db/client'

/** A JSON column as Prisma takes it: nothing is the null of the database, which is another one than that of JSON. */
export function storable(value: unknown): Prisma.InputJsonValue | typeof DbNull {
  return value === null || value === undefined ? DbNull : (value as Prisma.InputJsonValue)
}

/** What `->` gives of a JSON column: SQLite its text, PostgreSQL the value. */
export function jsonPart(stored: unknown): unknown {
  return typeof stored === 'string' ? JSON.parse(stored) : stored
}

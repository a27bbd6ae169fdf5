import { join, sqltag } from '@prisma/client/runtime/client'
import type { Db } from '@/lib/db/client'

/** A storage on a host. */
export interface Pair {
  backendId: string
  hostId: string
}

/** Of one statement. */
const ROWS_AT_ONCE = 500

/** Makes the rows that are missing. Who asks for checks and who counts availability may do so at the same moment. */
export async function makeReach(tx: Db, pairs: readonly Pair[]): Promise<void> {
  for (let from = 0; from < pairs.length; from += ROWS_AT_ONCE) {
    const values = pairs
      .slice(from, from + ROWS_AT_ONCE)
      .map(({ backendId, hostId }) => sqltag`(${backendId}, ${hostId})`)
    await tx.$executeRaw`
      INSERT INTO "Reach" ("backendId", "hostId") VALUES ${join(values)} ON CONFLICT ("backendId", "hostId") DO NOTHING`
  }
}

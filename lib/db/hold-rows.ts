import type { Db } from '@/lib/db/client'

/**
 * Holds rows until the end of the transaction, for what is decided by more than they say themselves: of two who ask at the same moment
 * the second one waits, and sees what the first has made of it. Nothing in them changes, `updatedAt` neither; one that is not there is no
 * error. In the order of their ids, so that two who want the same ones do not wait for each other.
 */
export async function holdRows(
  tx: Db,
  table: 'volume' | 'pool' | 'mount' | 'repository',
  ids: readonly string[],
): Promise<void> {
  for (const id of [...ids].sort()) {
    if (table === 'volume') await tx.$executeRaw`UPDATE "Volume" SET "name" = "name" WHERE "id" = ${id}`
    else if (table === 'mount') await tx.$executeRaw`UPDATE "Mount" SET "name" = "name" WHERE "id" = ${id}`
    else if (table === 'repository') await tx.$executeRaw`UPDATE "Repository" SET "name" = "name" WHERE "id" = ${id}`
    else await tx.$executeRaw`UPDATE "Pool" SET "name" = "name" WHERE "id" = ${id}`
  }
}

/**
 * The same for those that are deleted, and no others: hosts that let go of what goes on do not wait for each other. Two may let go at the
 * same moment, and each would see the row of the other still there: then nobody is the last, and what was deleted stays.
 */
export async function holdDeleted(tx: Db, table: 'mount' | 'pool', ids: readonly string[]): Promise<void> {
  for (const id of [...ids].sort()) {
    if (table === 'pool')
      await tx.$executeRaw`UPDATE "Pool" SET "name" = "name" WHERE "id" = ${id} AND "deletedAt" IS NOT NULL`
    else await tx.$executeRaw`UPDATE "Mount" SET "name" = "name" WHERE "id" = ${id} AND "deletedAt" IS NOT NULL`
  }
}

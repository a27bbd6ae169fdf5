import type { Db, Prisma, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import { makeReach } from '@/lib/reachability/rows'

/** Null: all of them. */
export interface Asked {
  backendIds: readonly string[] | null
  hostIds: readonly string[] | null
  /** Only where the storage is mounted or connected, or is to be. */
  usedOnly: boolean
}

/** Of one statement. */
const ROWS_AT_ONCE = 500

/**
 * Says that these are to be checked from now on, by whichever controller leads; returns how many that are. Backend by backend: others
 * who write wait for one of them.
 */
export async function wantChecks(prisma: PrismaClient, asked: Asked, now: Date): Promise<number> {
  const where = asked.backendIds === null ? {} : { id: { in: [...asked.backendIds] } }
  const backends = await prisma.backend.findMany({ where, select: { id: true, driver: true }, orderBy: { id: 'asc' } })
  let count = 0
  for (const backend of backends)
    count += await retryContention(() => prisma.$transaction((tx) => wantOf(tx, backend, asked, now)))
  return count
}

/** Each host has its own of some: on a host where nobody wants it, there is nothing to reach. */
function isOwn(driver: string): boolean {
  return isDriverId(driver) && driverById(driver).scope === 'host'
}

function usedOn(backendId: string): Prisma.HostWhereInput {
  return {
    OR: [
      { mounts: { some: { removed: false, mount: { backendId, deletedAt: null } } } },
      { connections: { some: { backendId, desired: 'connected' } } },
    ],
  }
}

async function wantOf(
  tx: Db,
  { id: backendId, driver }: { id: string; driver: string },
  { hostIds, usedOnly }: Asked,
  now: Date,
): Promise<number> {
  const hosts = await tx.host.findMany({
    where: {
      revokedAt: null,
      ...(hostIds === null ? {} : { id: { in: [...hostIds] } }),
      ...(usedOnly || isOwn(driver) ? usedOn(backendId) : {}),
    },
    select: { id: true },
    orderBy: { id: 'asc' },
  })
  const rows = await tx.reach.findMany({ where: { backendId }, select: { hostId: true } })
  const known = new Set(rows.map(({ hostId }) => hostId))
  for (let from = 0; from < hosts.length; from += ROWS_AT_ONCE) {
    const some = hosts.slice(from, from + ROWS_AT_ONCE).map(({ id }) => id)
    const missing = some.filter((id) => !known.has(id))
    await makeReach(
      tx,
      missing.map((hostId) => ({ backendId, hostId })),
    )
    // One that waits already keeps its turn.
    await tx.reach.updateMany({
      where: { backendId, hostId: { in: some }, OR: [{ wantedAt: null }, { wantedAt: { gt: now } }] },
      data: { wantedAt: now },
    })
  }
  return hosts.length
}

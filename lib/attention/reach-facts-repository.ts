import { type Db, db, type Prisma } from '@/lib/db/client'

const CHECK = {
  hostId: true,
  since: true,
  failedLayer: true,
  observedError: true,
  observedProblem: true,
  observedValues: true,
  observedSaid: true,
  backend: { select: { id: true, name: true, source: true, config: true } },
} as const satisfies Prisma.ReachSelect

export type FailedCheck = Prisma.ReachGetPayload<{ select: typeof CHECK }>

/**
 * Where a storage works on a host now, and two checks in a row from there have failed, with the settings that it has. What a host refuses
 * or lacks is told of the host.
 */
export async function findFailedChecks(tx: Db = db()): Promise<FailedCheck[]> {
  const found = await tx.$queryRaw<{ id: number | bigint }[]>`
    SELECT r."id" FROM "Reach" r
      JOIN "Backend" b ON b."id" = r."backendId" AND b."generation" = r."checkedGeneration"
      JOIN "Host" o ON o."id" = r."hostId"
    WHERE r."failures" >= 2 AND r."failedLayer" NOT IN ('host', 'tools')
      AND o."observedStatus" = 'online' AND o."revokedAt" IS NULL
      AND (EXISTS (SELECT 1 FROM "MountOnHost" h JOIN "Mount" m ON m."id" = h."mountId"
          WHERE h."hostId" = r."hostId" AND m."backendId" = r."backendId" AND m."deletedAt" IS NULL AND h."removed" = false
            AND h."desiredState" = 'mounted' AND h."observedState" = 'mounted' AND h."observedError" IS NULL
            AND COALESCE(h."observedProven", true) = true)
        OR EXISTS (SELECT 1 FROM "BackendOnHost" c
          WHERE c."hostId" = r."hostId" AND c."backendId" = r."backendId" AND c."desired" = 'connected'
            AND c."observedState" = 'connected'))`
  if (found.length === 0) return []
  return tx.reach.findMany({
    where: { id: { in: found.map(({ id }) => Number(id)) } },
    select: CHECK,
    orderBy: [{ backendId: 'asc' }, { hostId: 'asc' }],
  })
}

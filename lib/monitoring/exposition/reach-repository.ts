import { db } from '@/lib/db/client'

export interface CheckedCount {
  backendId: string
  hosts: number
}

/** From how many hosts storages were checked, with the settings that they have. */
export async function countChecked(): Promise<CheckedCount[]> {
  const rows = await db().$queryRaw<{ backendId: string; hosts: number | bigint }[]>`
    SELECT r."backendId", count(*) AS "hosts" FROM "Reach" r
      JOIN "Backend" b ON b."id" = r."backendId" AND b."generation" = r."checkedGeneration"
      JOIN "Host" o ON o."id" = r."hostId" AND o."revokedAt" IS NULL
    WHERE r."checkedAt" IS NOT NULL GROUP BY r."backendId" ORDER BY r."backendId"`
  return rows.map(({ backendId, hosts }) => ({ backendId, hosts: Number(hosts) }))
}

/** By their names. */
export interface Unreached {
  backend: string
  host: string
  layer: string
}

/** Where the last check failed, with the settings that the storage has. */
export function findUnreached(): Promise<Unreached[]> {
  return db().$queryRaw<Unreached[]>`
    SELECT b."name" AS "backend", o."name" AS "host", r."failedLayer" AS "layer" FROM "Reach" r
      JOIN "Backend" b ON b."id" = r."backendId" AND b."generation" = r."checkedGeneration"
      JOIN "Host" o ON o."id" = r."hostId" AND o."revokedAt" IS NULL
    WHERE r."failures" > 0 AND r."failedLayer" IS NOT NULL ORDER BY b."name", o."name"`
}

/** On so many hosts a storage is like this. */
export interface HealthCount {
  backendId: string
  health: number
  hosts: number
}

/** Of hosts of which anything was ever counted. */
export async function countHealth(): Promise<HealthCount[]> {
  const rows = await db().reach.groupBy({
    by: ['backendId', 'health'],
    where: { countedUntil: { not: null }, host: { revokedAt: null } },
    _count: { _all: true },
    orderBy: [{ backendId: 'asc' }, { health: 'asc' }],
  })
  return rows.map(({ backendId, health, _count }) => ({ backendId, health, hosts: _count._all }))
}

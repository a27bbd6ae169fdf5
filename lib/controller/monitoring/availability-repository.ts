import { join, sqltag } from '@prisma/client/runtime/client'
import { type Counted, dayOf, HEALTH, sharesOf } from '@/lib/availability/days'
import { readSetting, writeSetting } from '@/lib/controller/settings-repository'
import type { Db } from '@/lib/db/client'

const LOOKED_KEY = 'availability_looked_at'

/** Up to when it was looked; null: never. */
export async function lastLook(db: Db): Promise<Date | null> {
  const stored = await readSetting(db, LOOKED_KEY)
  return typeof stored === 'string' ? new Date(stored) : null
}

export async function noteLook(db: Db, at: Date): Promise<void> {
  await writeSetting(db, LOOKED_KEY, at.toISOString())
}

/** A storage on a host that is otherwise than it is stored. */
export interface Change {
  backendId: string
  hostId: string
  health: number
  reachId: number | null
}

type Row = { [Key in keyof Change]: Change[Key] extends string ? string : number | bigint | null }

/**
 * What has changed since it was stored. Of several mounts of a storage on a host the worst counts. `covered`: ids of hosts and backends
 * that somebody works on; what becomes of them meanwhile counts for nothing.
 */
export async function findChanges(db: Db, covered: readonly string[]): Promise<Change[]> {
  const quiet = (backendId: string, hostId: string) =>
    covered.length === 0
      ? sqltag``
      : sqltag([`WHEN ${backendId} IN (`, `) OR ${hostId} IN (`, `) THEN 0`], join([...covered]), join([...covered]))
  const rows = await db.$queryRaw<Row[]>`
    WITH seen AS (
      SELECT "backendId", "hostId", max("health") AS "health" FROM (
        SELECT m."backendId", h."hostId", CASE
          WHEN o."observedStatus" <> 'online' THEN 0
          ${quiet('m."backendId"', 'h."hostId"')}
          WHEN h."observedState" = 'mounted' AND h."observedProven" = false AND h."observedError" IS NOT NULL THEN 2
          WHEN h."observedState" = 'mounted' AND h."observedProven" = false THEN 0
          WHEN h."observedState" = 'mounted' THEN 1
          WHEN h."observedState" IN ('hung', 'stuck', 'corrupted', 'error') THEN 2
          WHEN h."observedState" = 'absent' AND h."observedError" IS NOT NULL THEN 2
          ELSE 0 END AS "health"
        FROM "MountOnHost" h JOIN "Mount" m ON m."id" = h."mountId" JOIN "Host" o ON o."id" = h."hostId"
        WHERE h."desiredState" = 'mounted' AND h."removed" = false AND m."deletedAt" IS NULL AND o."revokedAt" IS NULL
        UNION ALL
        SELECT c."backendId", c."hostId", CASE
          WHEN o."observedStatus" <> 'online' THEN 0
          ${quiet('c."backendId"', 'c."hostId"')}
          WHEN c."observedState" = 'connected' THEN 1
          WHEN c."observedState" = 'error' THEN 2
          ELSE 0 END AS "health"
        FROM "BackendOnHost" c JOIN "Host" o ON o."id" = c."hostId"
        WHERE c."desired" = 'connected' AND o."revokedAt" IS NULL
      ) every_one GROUP BY "backendId", "hostId"
    )
    SELECT s."backendId", s."hostId", s."health", r."id" AS "reachId" FROM seen s
      LEFT JOIN "Reach" r ON r."backendId" = s."backendId" AND r."hostId" = s."hostId"
      WHERE COALESCE(r."health", 0) <> s."health"
    UNION ALL
    SELECT r."backendId", r."hostId", 0 AS "health", r."id" AS "reachId" FROM "Reach" r
      LEFT JOIN seen s ON s."backendId" = r."backendId" AND s."hostId" = r."hostId"
      WHERE r."health" <> 0 AND s."hostId" IS NULL`
  return rows.map((row) => ({
    ...row,
    health: Number(row.health),
    reachId: row.reachId === null ? null : Number(row.reachId),
  }))
}

/** Adds what lies between, and keeps how each is from now on. */
export async function saveChanges(tx: Db, changes: readonly Change[], now: Date): Promise<void> {
  const known = changes.flatMap(({ reachId }) => reachId ?? [])
  const rows = await tx.reach.findMany({
    where: { id: { in: known } },
    select: { id: true, health: true, countedUntil: true },
  })
  const before = new Map(rows.map((row) => [row.id, row]))
  const days = new Days()
  const after = { healthSince: now, countedUntil: now }
  for (const { reachId, health } of changes) {
    const row = reachId === null ? undefined : before.get(reachId)
    // New, or gone between two reads.
    if (row === undefined) continue
    days.add(row, now)
    if (health === HEALTH.failing && row.health === HEALTH.well) days.addOutage(row.id, now)
  }
  await days.save(tx)
  const added = changes.flatMap(({ reachId, backendId, hostId, health }) =>
    reachId === null ? [sqltag`(${backendId}, ${hostId}, ${health}, ${now}, ${now})`] : [],
  )
  // Who asks for checks may have made the row since it was read.
  if (added.length > 0)
    await tx.$executeRaw`
      INSERT INTO "Reach" ("backendId", "hostId", "health", "healthSince", "countedUntil") VALUES ${join(added)}
      ON CONFLICT ("backendId", "hostId") DO UPDATE SET
        "health" = excluded."health", "healthSince" = excluded."healthSince", "countedUntil" = excluded."countedUntil"`
  for (const [health, alike] of Map.groupBy(changes, (change) => change.health)) {
    const ids = alike.flatMap(({ reachId }) => reachId ?? [])
    if (ids.length > 0) await tx.reach.updateMany({ where: { id: { in: ids } }, data: { health, ...after } })
  }
}

/** Those of which time before then is not in the days yet. */
export async function findUncounted(db: Db, before: Date, take: number): Promise<Uncounted[]> {
  return db.reach.findMany({
    where: { health: { not: HEALTH.unknown }, countedUntil: { lt: before } },
    select: { id: true, health: true, countedUntil: true },
    orderBy: { id: 'asc' },
    take,
  })
}

export interface Uncounted {
  id: number
  health: number
  countedUntil: Date | null
}

/** Adds the time until `until`; what comes between that and `from` is not known. */
export async function countUntil(tx: Db, rows: readonly Uncounted[], until: Date, from = until): Promise<void> {
  const days = new Days()
  for (const row of rows) days.add(row, until)
  await days.save(tx)
  await tx.reach.updateMany({ where: { id: { in: rows.map(({ id }) => id) } }, data: { countedUntil: from } })
}

/** Deletes days that count no more; returns how many. */
export async function pruneDays(db: Db, before: number): Promise<number> {
  return (await db.healthDay.deleteMany({ where: { day: { lt: before } } })).count
}

/** Sums by storage on a host and by day, to be added in one statement. */
class Days {
  readonly #sums = new Map<string, Counted & { reachId: number; day: number }>()

  add({ id, health, countedUntil }: Uncounted, until: Date): void {
    if (countedUntil === null) return
    for (const { day, wellSeconds, failingSeconds } of sharesOf(health, countedUntil, until)) {
      const sum = this.#at(id, day)
      sum.wellSeconds += wellSeconds
      sum.failingSeconds += failingSeconds
    }
  }

  addOutage(id: number, at: Date): void {
    this.#at(id, dayOf(at)).outages++
  }

  async save(tx: Db): Promise<void> {
    const rows = [...this.#sums.values()].map(
      (row) => sqltag`(${row.reachId}, ${row.day}, ${row.wellSeconds}, ${row.failingSeconds}, ${row.outages})`,
    )
    if (rows.length === 0) return
    await tx.$executeRaw`
      INSERT INTO "HealthDay" ("reachId", "day", "wellSeconds", "failingSeconds", "outages") VALUES ${join(rows)}
      ON CONFLICT ("reachId", "day") DO UPDATE SET
        "wellSeconds" = "HealthDay"."wellSeconds" + excluded."wellSeconds",
        "failingSeconds" = "HealthDay"."failingSeconds" + excluded."failingSeconds",
        "outages" = "HealthDay"."outages" + excluded."outages"`
  }

  #at(reachId: number, day: number): Counted {
    const key = `${reachId} ${day}`
    const sum = this.#sums.get(key) ?? { reachId, day, wellSeconds: 0, failingSeconds: 0, outages: 0 }
    this.#sums.set(key, sum)
    return sum
  }
}

import { join, sqltag } from '@prisma/client/runtime/client'
import { type Db, db } from '@/lib/db/client'
import { FLEET } from '@/lib/monitoring/fleet'
import { keyOf, type Sample } from '@/lib/monitoring/measured'
import { MINUTE_MS, oldestKept, STEPS, type Step, slotOf, slotsBetween } from '@/lib/monitoring/steps'

/** A sample whose series is known. */
export interface SeriesSample extends Sample {
  seriesId: number
}

/** The ids of all series, by `keyOf`. */
export async function findSeriesIds(tx: Db): Promise<Map<string, number>> {
  const rows = await tx.capacitySeries.findMany()
  return new Map(rows.map(({ id, ...row }) => [keyOf(row), id]))
}

/** Makes those that are not there yet; another controller may do the same at this moment. */
export async function makeSeries(tx: Db, samples: readonly Pick<Sample, 'subjectId' | 'hostId'>[]): Promise<void> {
  if (samples.length === 0) return
  const values = samples.map(({ subjectId, hostId }) => sqltag`(${subjectId}, ${hostId ?? ''})`)
  await tx.$executeRaw`
    INSERT INTO "CapacitySeries" ("subjectId", "hostId") VALUES ${join(values)} ON CONFLICT ("subjectId", "hostId") DO NOTHING`
}

/** Each sample into each step, as the last of its stretch. The same sample again changes nothing. At most some hundred, of different series. */
export async function savePoints(tx: Db, samples: readonly SeriesSample[]): Promise<void> {
  if (samples.length === 0) return
  const values = STEPS.flatMap((step, at) =>
    samples.map((sample) => {
      const { seriesId, totalBytes, usedBytes, availableBytes, metadataPercent } = sample
      const { totalInodes, usedInodes, provisionedBytes } = sample
      const over = at === 0 ? null : usedBytes
      const slot = slotOf(sample.at, step)
      return sqltag`(${step.minutes}, ${slot}, ${seriesId}, ${totalBytes}, ${usedBytes}, ${availableBytes}, ${metadataPercent}, ${over}, ${over}, ${totalInodes}, ${usedInodes}, ${provisionedBytes})`
    }),
  )
  await tx.$executeRaw`
    INSERT INTO "CapacityPoint" ("step", "slot", "seriesId", "totalBytes", "usedBytes", "availableBytes", "metadataPercent",
      "leastUsedBytes", "mostUsedBytes", "totalInodes", "usedInodes", "provisionedBytes")
    VALUES ${join(values)}
    ON CONFLICT ("step", "slot", "seriesId") DO UPDATE SET "totalBytes" = excluded."totalBytes", "usedBytes" = excluded."usedBytes",
      "availableBytes" = excluded."availableBytes", "metadataPercent" = excluded."metadataPercent",
      "totalInodes" = excluded."totalInodes", "usedInodes" = excluded."usedInodes",
      "provisionedBytes" = excluded."provisionedBytes",
      "leastUsedBytes" = CASE WHEN excluded."leastUsedBytes" < "CapacityPoint"."leastUsedBytes"
        THEN excluded."leastUsedBytes" ELSE "CapacityPoint"."leastUsedBytes" END,
      "mostUsedBytes" = CASE WHEN excluded."mostUsedBytes" > "CapacityPoint"."mostUsedBytes"
        THEN excluded."mostUsedBytes" ELSE "CapacityPoint"."mostUsedBytes" END`
}

export interface Series {
  id: number
  subjectId: string
  /** Empty: what all hosts share. */
  hostId: string
}

export function findSeries(subjectIds: readonly string[], tx: Db = db()): Promise<Series[]> {
  return tx.capacitySeries.findMany({ where: { subjectId: { in: [...subjectIds] } }, orderBy: { id: 'asc' } })
}

const POINT = {
  slot: true,
  seriesId: true,
  totalBytes: true,
  usedBytes: true,
  availableBytes: true,
  metadataPercent: true,
  leastUsedBytes: true,
  mostUsedBytes: true,
  totalInodes: true,
  usedInodes: true,
  provisionedBytes: true,
} as const

export type Point = Awaited<ReturnType<typeof findPoints>>[number]

/** Oldest first. The slots are named one by one: with the time first in the key that is a seek each, and no look at other series. */
export function findPoints(seriesIds: readonly number[], step: Step, from: Date, to: Date, tx: Db = db()) {
  return tx.capacityPoint.findMany({
    where: { step: step.minutes, slot: { in: slotsBetween(from, to, step) }, seriesId: { in: [...seriesIds] } },
    select: POINT,
    orderBy: { slot: 'asc' },
  })
}

/** Of hosts that are there, by id. */
export async function findHostNames(ids: readonly string[], tx: Db = db()): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.host.findMany({ where: { id: { in: [...ids] } }, select: { id: true, name: true } })
  return new Map(rows.map(({ id, name }) => [id, name]))
}

export async function isBackend(id: string, tx: Db = db()): Promise<boolean> {
  return (await tx.backend.count({ where: { id } })) > 0
}

/** What decides which series a mount shows; null: there is no such mount. */
export function findMount(id: string, tx: Db = db()) {
  return tx.mount.findUnique({
    where: { id },
    select: {
      backend: { select: { id: true, driver: true, config: true } },
      hosts: { where: { removed: false }, select: { hostId: true, overrides: true } },
    },
  })
}

/** Deletes what is older than its step keeps it, one stretch at a time so that others can write between; returns how many points went. */
export async function pruneOld(tx: Db, now: Date): Promise<number> {
  let removed = 0
  for (const step of STEPS) {
    for (;;) {
      const oldest = await tx.capacityPoint.findFirst({
        where: { step: step.minutes, slot: { lt: oldestKept(now, step) } },
        select: { slot: true },
        orderBy: [{ step: 'asc' }, { slot: 'asc' }],
      })
      if (oldest === null) break
      removed += (await tx.capacityPoint.deleteMany({ where: { step: step.minutes, slot: oldest.slot } })).count
    }
  }
  return removed
}

/** Series of one clean-up; a deleted fleet is worked off in several. */
const SERIES_AT_ONCE = 200
const SLOTS_AT_ONCE = 100

/** Deletes what was measured of backends, pools, mounts and hosts that are gone; returns how many series went. */
export async function pruneGone(tx: Db, now: Date): Promise<number> {
  const gone = await tx.$queryRaw<{ id: number }[]>`
    SELECT s."id" FROM "CapacitySeries" s
    WHERE (s."hostId" <> '' AND NOT EXISTS (SELECT 1 FROM "Host" h WHERE h."id" = s."hostId"))
      OR (s."subjectId" <> ${FLEET}
        AND NOT EXISTS (SELECT 1 FROM "Backend" b WHERE b."id" = s."subjectId")
        AND NOT EXISTS (SELECT 1 FROM "Pool" p WHERE p."id" = s."subjectId")
        AND NOT EXISTS (SELECT 1 FROM "Mount" m WHERE m."id" = s."subjectId"))
    ORDER BY s."id" LIMIT ${SERIES_AT_ONCE}`
  const seriesId = { in: gone.map(({ id }) => Number(id)) }
  if (gone.length === 0) return 0
  for (const step of STEPS) {
    const slots = slotsBetween(new Date(oldestKept(now, step) * MINUTE_MS), now, step)
    for (let from = 0; from < slots.length; from += SLOTS_AT_ONCE) {
      const slot = { in: slots.slice(from, from + SLOTS_AT_ONCE) }
      await tx.capacityPoint.deleteMany({ where: { step: step.minutes, slot, seriesId } })
    }
  }
  await tx.capacitySeries.deleteMany({ where: { id: seriesId } })
  return gone.length
}

import { join, sqltag } from '@prisma/client/runtime/client'
import { type Db, database, db } from '@/lib/db/client'
import { DAILY, DAY_MS, MINUTE_MS, slotOf } from '@/lib/monitoring/steps'

/** The newest of a series, of today or yesterday, with what was before it and what is forecast. Sizes in bytes. */
export interface Latest {
  seriesId: number
  subjectId: string
  /** Empty: what all hosts share. */
  hostId: string
  totalBytes: bigint | null
  usedBytes: bigint
  availableBytes: bigint | null
  /** What was used at the end of a day a month ago, or else a week ago. */
  before: { usedBytes: bigint; atMs: number } | null
  /** Null: it does not grow for certain. */
  fullAt: Date | null
}

/** A growth is told over so many days, and where there is no point of that day, over fewer. */
export const GROWTH_DAYS = { most: 30, least: 7 } as const

type Stored = Record<'seriesId' | 'slot' | 'usedBytes', number | bigint> &
  Record<'totalBytes' | 'availableBytes' | 'monthAgo' | 'weekAgo', number | bigint | null> &
  Record<'subjectId' | 'hostId', string> & { fullAt: Date | string | number | bigint | null }

/** Of all series that were measured since yesterday. */
export async function findLatest(now: Date, tx: Db = db()): Promise<Latest[]> {
  const slotBefore = (days: number) => slotOf(new Date(now.getTime() - days * DAY_MS), DAILY)
  const [month, week] = [slotBefore(GROWTH_DAYS.most), slotBefore(GROWTH_DAYS.least)]
  const today = slotOf(now, DAILY)
  // Of yesterday only what was not measured today.
  const rows = await tx.$queryRaw<Stored[]>`
    SELECT p."seriesId", p."slot", p."totalBytes", p."usedBytes", p."availableBytes", s."subjectId", s."hostId", s."fullAt",
      m."usedBytes" AS "monthAgo", w."usedBytes" AS "weekAgo"
    FROM "CapacityPoint" p
    JOIN "CapacitySeries" s ON s."id" = p."seriesId"
    LEFT JOIN "CapacityPoint" m ON m."step" = ${DAILY.minutes} AND m."slot" = ${month} AND m."seriesId" = p."seriesId"
    LEFT JOIN "CapacityPoint" w ON w."step" = ${DAILY.minutes} AND w."slot" = ${week} AND w."seriesId" = p."seriesId"
    WHERE p."step" = ${DAILY.minutes} AND p."slot" IN (${slotBefore(1)}, ${today}) AND (p."slot" = ${today} OR NOT EXISTS (
      SELECT 1 FROM "CapacityPoint" n
      WHERE n."step" = ${DAILY.minutes} AND n."slot" = ${today} AND n."seriesId" = p."seriesId"))`
  return rows.map((row) => ({
    seriesId: Number(row.seriesId),
    subjectId: row.subjectId,
    hostId: row.hostId,
    totalBytes: row.totalBytes === null ? null : BigInt(row.totalBytes),
    usedBytes: BigInt(row.usedBytes),
    availableBytes: row.availableBytes === null ? null : BigInt(row.availableBytes),
    before: levelOf(row.monthAgo, month) ?? levelOf(row.weekAgo, week),
    fullAt: timeOf(row.fullAt),
  }))
}

/** PostgreSQL answers with a date, SQLite with what it keeps of one. */
function timeOf(stored: Stored['fullAt']): Date | null {
  if (stored === null) return null
  return new Date(typeof stored === 'bigint' ? Number(stored) : stored)
}

/** A point of a day is its last. */
function levelOf(usedBytes: number | bigint | null, slot: number): Latest['before'] {
  return usedBytes === null ? null : { usedBytes: BigInt(usedBytes), atMs: slot * MINUTE_MS + DAY_MS }
}

/** Far below what either database takes for one statement. */
const SERIES_AT_ONCE = 2_000

/**
 * Of each series, how many thousandths of it were used, by the slot of the day. A row for each series and not for each point: what goes
 * through the client costs more than what the database reads.
 */
export async function findShares(
  seriesIds: readonly number[],
  slots: readonly number[],
  tx: Db = db(),
): Promise<Map<number, Map<number, number>>> {
  const found = new Map<number, Map<number, number>>()
  const point = sqltag`"slot" || ':' || CAST(ROUND("usedBytes" * 1000.0 /
    NULLIF("usedBytes" + COALESCE("availableBytes", "totalBytes" - "usedBytes"), 0)) AS INTEGER)`
  const all =
    database().provider === 'postgresql' ? sqltag`STRING_AGG(${point}, ' ')` : sqltag`GROUP_CONCAT(${point}, ' ')`
  for (let from = 0; from < seriesIds.length; from += SERIES_AT_ONCE) {
    const some = seriesIds.slice(from, from + SERIES_AT_ONCE)
    const rows = await tx.$queryRaw<{ seriesId: number | bigint; shares: string | null }[]>`
      SELECT "seriesId", ${all} AS "shares" FROM "CapacityPoint"
      WHERE "step" = ${DAILY.minutes} AND "slot" IN (${join([...slots])}) AND "seriesId" IN (${join(some)})
      GROUP BY "seriesId"`
    for (const { seriesId, shares } of rows) found.set(Number(seriesId), sharesIn(shares ?? ''))
  }
  return found
}

function sharesIn(text: string): Map<number, number> {
  return new Map(
    text.split(' ').flatMap((point): [number, number][] => {
      const [slot, share] = point.split(':')
      return slot && share ? [[Number(slot), Number(share)]] : []
    }),
  )
}

/** What a series is about. */
export interface Subject {
  noun: 'backend' | 'pool' | 'mount'
  id: string
  name: string
  /** Of the storage behind it. */
  driver: string
}

/** Of all that is there, by id. In plain SQL: there are thousands, and the ids of all in one statement cost more than all rows. */
export async function findSubjects(tx: Db = db()): Promise<Map<string, Subject>> {
  type Row = Omit<Subject, 'noun'>
  const [backends, pools, mounts] = await Promise.all([
    tx.$queryRaw<Row[]>`SELECT "id", "name", "driver" FROM "Backend"`,
    tx.$queryRaw<Row[]>`SELECT p."id", p."name", b."driver" FROM "Pool" p JOIN "Backend" b ON b."id" = p."backendId"
      WHERE p."deletedAt" IS NULL`,
    tx.$queryRaw<Row[]>`SELECT m."id", m."name", b."driver" FROM "Mount" m JOIN "Backend" b ON b."id" = m."backendId"
      WHERE m."deletedAt" IS NULL`,
  ])
  const named = (noun: Subject['noun'], rows: readonly Row[]) =>
    rows.map((row): [string, Subject] => [row.id, { noun, ...row }])
  return new Map([...named('backend', backends), ...named('pool', pools), ...named('mount', mounts)])
}

/** What pools lie on, of all that are there. */
export function findPoolsOn(tx: Db = db()) {
  return tx.pool.findMany({
    where: { deletedAt: null },
    select: { id: true, backendId: true, backend: { select: { driver: true } } },
  })
}

export function countBackends(tx: Db = db()): Promise<number> {
  return tx.backend.count()
}

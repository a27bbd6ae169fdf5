import { join, raw, sqltag } from '@prisma/client/runtime/client'
import { ActivityMessage, UsageMessage } from '@/lib/agent-protocol/messages'
import { type Db, db } from '@/lib/db/client'
import { jsonPart } from '@/lib/db/json-column'
import { ACTIVITY_STEPS, type ActivitySample, mostOf, newestMsOf, sumsOf } from '@/lib/monitoring/activity/samples'
import { oldestKept, type Step, slotOf, slotsBetween } from '@/lib/monitoring/steps'
import { inLots } from '@/lib/mounts/each-cell'

interface ToldRow {
  mountId: string
  hostId: string
  asOf: string | null
  activity: unknown
  pending: unknown
}

/** What hosts told last of what is mounted on them, some at a time: between two lots others have their turn. */
export async function* findTold(tx: Db): AsyncGenerator<ActivitySample> {
  const lots = inLots(
    (from, take) => tx.$queryRaw<ToldRow[]>`
      SELECT h."mountId", h."hostId", h."usage" ->> 'asOf' AS "asOf", h."usage" -> 'activity' AS "activity",
        h."usage" -> 'pending' AS "pending"
      FROM "MountOnHost" h JOIN "Mount" m ON m."id" = h."mountId" JOIN "Host" o ON o."id" = h."hostId"
      WHERE (h."mountId" > ${from.mountId} OR (h."mountId" = ${from.mountId} AND h."hostId" > ${from.hostId}))
        AND h."observedState" = 'mounted' AND h."removed" = false AND m."deletedAt" IS NULL AND o."revokedAt" IS NULL
      ORDER BY h."mountId", h."hostId" LIMIT ${take}`,
  )
  for await (const row of lots) {
    const sample = sampleIn(row)
    if (sample !== null) yield sample
  }
}

/** Null: an older agent, a mount that was measured once so far, or one that cannot be measured. */
function sampleIn({ mountId, hostId, asOf, activity: stored, pending }: ToldRow): ActivitySample | null {
  if (stored === null || asOf === null) return null
  const activity = ActivityMessage.safeParse(jsonPart(stored)).data
  const at = new Date(asOf)
  if (activity === undefined || Number.isNaN(at.getTime())) return null
  const waits = pending === null ? null : (UsageMessage.shape.pending.safeParse(jsonPart(pending)).data ?? null)
  return { mountId, hostId, at, activity, waits }
}

export function keyOf({ mountId, hostId }: Pick<ActivitySample, 'mountId' | 'hostId'>): string {
  return `${mountId} ${hostId}`
}

/** The ids of all series, by `keyOf`. */
export async function findSeriesIds(tx: Db): Promise<Map<string, number>> {
  const rows = await tx.activitySeries.findMany()
  return new Map(rows.map(({ id, ...row }) => [keyOf(row), id]))
}

/** Makes those that are not there yet; another controller may do the same at this moment. */
export async function makeSeries(tx: Db, of: readonly Pick<ActivitySample, 'mountId' | 'hostId'>[]): Promise<void> {
  if (of.length === 0) return
  const values = of.map(({ mountId, hostId }) => sqltag`(${mountId}, ${hostId})`)
  await tx.$executeRaw`
    INSERT INTO "ActivitySeries" ("mountId", "hostId") VALUES ${join(values)} ON CONFLICT ("mountId", "hostId") DO NOTHING`
}

export interface SeriesSample extends ActivitySample {
  seriesId: number
}

/** Adds each sample to its stretch of each step. The same one again changes nothing. At most some hundred, of different series. */
export async function addSamples(tx: Db, samples: readonly SeriesSample[]): Promise<void> {
  if (samples.length === 0) return
  const values = ACTIVITY_STEPS.flatMap((step) =>
    samples.map(({ seriesId, at, activity, waits }) => {
      const sums = sumsOf(activity)
      const key = sqltag`${step.minutes}, ${slotOf(at, step)}, ${seriesId}, ${newestMsOf(at, step)}`
      const latency = sqltag`${sums.latencySeconds}, ${sums.latencyMsSeconds}, ${sums.latencyMostMs}`
      const bytes = sqltag`${sums.ioSeconds}, ${sums.readBytes}, ${sums.writtenBytes}`
      const { waitingFiles, waitingBytes, cacheBytes } = mostOf(waits)
      const most = sqltag`${waitingFiles}, ${waitingBytes}, ${cacheBytes}`
      return sqltag`(${key}, ${latency}, ${bytes}, ${sums.operations}, ${sums.waitedMs}, ${sums.isOfDisk}, ${most})`
    }),
  )
  await tx.$executeRaw`
    INSERT INTO "ActivityPoint" ("step", "slot", "seriesId", "newestMs", "latencySeconds", "latencyMsSeconds", "latencyMostMs",
      "ioSeconds", "readBytes", "writtenBytes", "operations", "waitedMs", "isOfDisk", "waitingFiles", "waitingBytes", "cacheBytes")
    VALUES ${join(values)}
    ON CONFLICT ("step", "slot", "seriesId") DO UPDATE SET "newestMs" = excluded."newestMs",
      "latencySeconds" = "ActivityPoint"."latencySeconds" + excluded."latencySeconds",
      "latencyMsSeconds" = "ActivityPoint"."latencyMsSeconds" + excluded."latencyMsSeconds",
      "latencyMostMs" = CASE WHEN excluded."latencyMostMs" > "ActivityPoint"."latencyMostMs"
        THEN excluded."latencyMostMs" ELSE "ActivityPoint"."latencyMostMs" END,
      "ioSeconds" = "ActivityPoint"."ioSeconds" + excluded."ioSeconds",
      "readBytes" = "ActivityPoint"."readBytes" + excluded."readBytes",
      "writtenBytes" = "ActivityPoint"."writtenBytes" + excluded."writtenBytes",
      "operations" = "ActivityPoint"."operations" + excluded."operations",
      "waitedMs" = "ActivityPoint"."waitedMs" + excluded."waitedMs",
      "isOfDisk" = excluded."isOfDisk",
      ${join(MOST.map(theMost))}
    WHERE excluded."newestMs" > "ActivityPoint"."newestMs"`
}

const MOST = [raw('"waitingFiles"'), raw('"waitingBytes"'), raw('"cacheBytes"')]

/** Sets a column to the larger of what it is and what it would be; null is less than anything. */
function theMost(column: ReturnType<typeof raw>) {
  const [before, next] = [sqltag`"ActivityPoint".${column}`, sqltag`excluded.${column}`]
  return sqltag`${column} = CASE WHEN ${before} IS NULL OR ${next} > ${before} THEN ${next} ELSE ${before} END`
}

const POINT = {
  slot: true,
  seriesId: true,
  latencySeconds: true,
  latencyMsSeconds: true,
  latencyMostMs: true,
  ioSeconds: true,
  readBytes: true,
  writtenBytes: true,
  operations: true,
  waitedMs: true,
  isOfDisk: true,
  waitingFiles: true,
  waitingBytes: true,
  cacheBytes: true,
} as const

export type Point = Awaited<ReturnType<typeof findPoints>>[number]

/** Oldest first. The slots are named one by one, as those of capacity. */
export function findPoints(seriesIds: readonly number[], step: Step, from: Date, to: Date, tx: Db = db()) {
  return tx.activityPoint.findMany({
    where: { step: step.minutes, slot: { in: slotsBetween(from, to, step) }, seriesId: { in: [...seriesIds] } },
    select: POINT,
    orderBy: { slot: 'asc' },
  })
}

export interface SeriesOfMount {
  id: number
  hostId: string
  hostName: string
}

/** Of hosts that still have the mount; null: there is no such mount. */
export async function findSeries(mountId: string, tx: Db = db()): Promise<SeriesOfMount[] | null> {
  const mount = await tx.mount.findUnique({
    where: { id: mountId },
    select: { hosts: { where: { removed: false }, select: { hostId: true, host: { select: { name: true } } } } },
  })
  if (mount === null) return null
  const names = new Map(mount.hosts.map(({ hostId, host }) => [hostId, host.name]))
  const rows = await tx.activitySeries.findMany({ where: { mountId }, select: { id: true, hostId: true } })
  return rows
    .flatMap((row) => {
      const hostName = names.get(row.hostId)
      return hostName === undefined ? [] : [{ ...row, hostName }]
    })
    .toSorted((a, b) => a.hostName.localeCompare(b.hostName, 'en'))
}

/** Deletes what is older than its step keeps it, one stretch at a time so that others can write between; returns how many points went. */
export async function pruneOld(tx: Db, now: Date): Promise<number> {
  let removed = 0
  for (const step of ACTIVITY_STEPS) {
    for (;;) {
      const oldest = await tx.activityPoint.findFirst({
        where: { step: step.minutes, slot: { lt: oldestKept(now, step) } },
        select: { slot: true },
        orderBy: [{ step: 'asc' }, { slot: 'asc' }],
      })
      if (oldest === null) break
      removed += (await tx.activityPoint.deleteMany({ where: { step: step.minutes, slot: oldest.slot } })).count
    }
  }
  return removed
}

/** Series of one clean-up; a deleted fleet is worked off in several. */
const SERIES_AT_ONCE = 200
const SLOTS_AT_ONCE = 100

/** Deletes what was measured of mounts that are not on their host any more; returns how many series went. */
export async function pruneGone(tx: Db, now: Date): Promise<number> {
  const gone = await tx.$queryRaw<{ id: number }[]>`
    SELECT s."id" FROM "ActivitySeries" s
    WHERE NOT EXISTS (SELECT 1 FROM "MountOnHost" h WHERE h."mountId" = s."mountId" AND h."hostId" = s."hostId")
    ORDER BY s."id" LIMIT ${SERIES_AT_ONCE}`
  if (gone.length === 0) return 0
  const seriesId = { in: gone.map(({ id }) => Number(id)) }
  for (const step of ACTIVITY_STEPS) {
    const slots = slotsBetween(new Date(now.getTime() - step.keptDays * 86_400_000), now, step)
    for (let from = 0; from < slots.length; from += SLOTS_AT_ONCE) {
      const slot = { in: slots.slice(from, from + SLOTS_AT_ONCE) }
      await tx.activityPoint.deleteMany({ where: { step: step.minutes, slot, seriesId } })
    }
  }
  await tx.activitySeries.deleteMany({ where: { id: seriesId } })
  return gone.length
}

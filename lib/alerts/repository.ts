import { z } from 'zod'
import type { Remembered } from '@/lib/alerts/judge'
import type { Cause } from '@/lib/attention/cause'
import { type CauseKind, Severity } from '@/lib/attention/schema'
import { type Db, db, type Prisma } from '@/lib/db/client'
import { idPattern, newId } from '@/lib/ids'

export type AlertRow = Prisma.AlertGetPayload<object>
export type AlertEventRow = Prisma.AlertEventGetPayload<object>

/** What an alert says, as the last look had it. */
export type Said = Pick<AlertRow, 'kind' | 'subjectKind' | 'subjectId' | 'subjectName' | 'title' | 'advice'> & {
  reach: unknown
}

// ---- for the controller --------------------------------------------------------------------------------------------------

/**
 * Alerts that are not over, those that have not lasted long enough included. What is greater than nothing is a stretch of the index; what
 * is not null would be none.
 */
export function findLiving(tx: Db): Promise<AlertRow[]> {
  return tx.alert.findMany({ where: { openKey: { gt: '' } }, orderBy: { id: 'asc' } })
}

/** Those of them that lie, or lay, in a maintenance window. */
export function findMuted(tx: Db): Promise<AlertRow[]> {
  return tx.alert.findMany({ where: { openKey: { gt: '' }, mutedBy: { not: null } } })
}

/** Notes the maintenance window that an alert lies in; null: none. False when somebody else has done so, or it is over. */
export async function mute(tx: Db, { id, openKey, mutedBy }: AlertRow, muted: { id: string; until: Date } | null) {
  const data = { mutedBy: muted?.id ?? null, mutedUntil: muted?.until ?? null }
  const { count } = await tx.alert.updateMany({ where: { id, openKey, mutedBy }, data })
  return count > 0
}

/** A column with ids; one that was never written has none. */
export function idsIn(column: unknown): string[] {
  return z.array(z.string()).catch([]).parse(column)
}

export function rememberedOf(row: AlertRow): Remembered {
  const { milderSince, firstSeenAt, openedAt, goneAt, returns } = row
  const severity = Severity.parse(row.severity)
  return { severity, milderSince, firstSeenAt, openedAt, goneAt, returns, members: idsIn(row.members) }
}

/** Remembers causes that were seen for the first time. One that another controller remembers at the same moment stays its. */
export async function insertSeen(
  tx: Db,
  seen: readonly { causeId: string; severity: Cause['severity']; said: Said }[],
  now: Date,
): Promise<void> {
  for (const { causeId, severity, said } of seen) {
    const reach = said.reach as Prisma.InputJsonValue
    const create = { ...said, reach, id: newId('alert'), causeId, openKey: causeId, severity, firstSeenAt: now }
    await tx.alert.upsert({ where: { openKey: causeId }, create, update: {}, select: { id: true } })
  }
}

export interface After extends Partial<Remembered> {
  clearedAt?: Date | null
  hostIds?: readonly string[]
  backendIds?: readonly string[]
  heldBy?: string | null
}

/**
 * Writes what a look has made of an alert, unless somebody else has written it since it was read: `before` is how it was. True when it
 * was written.
 */
export async function change(
  tx: Db,
  before: AlertRow,
  { members, hostIds, backendIds, ...after }: After,
  said: Said | null,
): Promise<boolean> {
  const isOver = after.clearedAt != null
  const { count } = await tx.alert.updateMany({
    where: {
      id: before.id,
      openKey: before.openKey,
      severity: before.severity,
      openedAt: before.openedAt,
      goneAt: before.goneAt,
      milderSince: before.milderSince,
    },
    data: {
      ...after,
      ...(members === undefined ? {} : { members: [...members] }),
      ...(hostIds === undefined ? {} : { hostIds: [...hostIds] }),
      ...(backendIds === undefined ? {} : { backendIds: [...backendIds] }),
      ...(isOver ? { openKey: null } : {}),
      ...(said === null ? {} : { ...said, reach: said.reach as Prisma.InputJsonValue }),
    },
  })
  return count > 0
}

/** Ids of those of these alerts whose subject is not there any more. */
export async function findGoneSubjects(rows: readonly AlertRow[], tx: Db): Promise<Set<string>> {
  const ids = { in: [...new Set(rows.flatMap(({ subjectId }) => subjectId ?? []))] }
  if (ids.in.length === 0) return new Set()
  const select = { id: true } as const
  const found = await Promise.all([
    tx.host.findMany({ where: { id: ids, revokedAt: null }, select }),
    tx.backend.findMany({ where: { id: ids }, select }),
    tx.mount.findMany({ where: { id: ids, deletedAt: null }, select }),
    tx.pool.findMany({ where: { id: ids, deletedAt: null }, select }),
    tx.volume.findMany({ where: { id: ids }, select }),
  ])
  const there = new Set(found.flat().map(({ id }) => id))
  const gone = rows.filter(({ subjectId }) => subjectId !== null && !there.has(subjectId))
  return new Set(gone.map(({ id }) => id))
}

export async function forget(tx: Db, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.alert.deleteMany({ where: { id: { in: [...ids] }, openedAt: null } })
}

export async function addEvents(tx: Db, events: readonly Prisma.AlertEventCreateManyInput[]): Promise<void> {
  if (events.length > 0) await tx.alertEvent.createMany({ data: [...events] })
}

export interface Act {
  kind: 'acknowledged' | 'silenced' | 'taken_back'
  at: Date
  by: string
  note: string | null
  until: Date | null
}

/** Writes what a person did about these causes into the history of their alerts. */
export async function noteActs(tx: Db, causeIds: readonly string[], act: Act): Promise<void> {
  const alerts = await tx.alert.findMany({
    where: { openKey: { in: [...causeIds] }, openedAt: { not: null } },
    select: { id: true, severity: true },
  })
  await addEvents(
    tx,
    alerts.map(({ id: alertId, severity }) => ({ alertId, severity, ...act })),
  )
}

// ---- for readers ---------------------------------------------------------------------------------------------------------

export interface AlertFilter {
  /** Any of these. `held`: those whose cause is one of these, or is not. `muted`: those in a maintenance window at that time, or not. */
  states: readonly {
    isOver: boolean
    /** Those that cannot be seen now, or the others. */
    isFolded?: boolean
    held?: { causeIds: readonly string[]; isIn: boolean }
    muted?: { at: Date; isIn: boolean }
  }[]
  severities?: readonly Severity[] | undefined
  kinds?: readonly CauseKind[] | undefined
  /** Of what they are about, and of alerts that are about it among others. */
  about?: { subjectIds: readonly string[]; alertIds: readonly string[] } | undefined
}

const BACKEND_ID = idPattern('backend')
/** So many of the alerts that are about a backend among others are found, the newest. */
const SHARED = 1_000

/** Ids of alerts that are about one of these backends among others, as when their server is silent. */
export async function findShared(subjectIds: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    subjectIds
      .filter((id) => BACKEND_ID.test(id))
      .map(
        (id) => db().$queryRaw<{ id: string }[]>`
        SELECT "id" FROM "Alert" WHERE "kind" = 'storage' AND CAST("backendIds" AS TEXT) LIKE ${`%"${id}"%`}
        ORDER BY "id" DESC LIMIT ${SHARED}`,
      ),
  )
  return [...new Set(found.flat().map(({ id }) => id))]
}

function whereOf({ states, severities, kinds, about }: AlertFilter): Prisma.AlertWhereInput {
  const any = states.map(({ isOver, isFolded, held, muted }): Prisma.AlertWhereInput => {
    const ids = held && [...held.causeIds]
    return {
      clearedAt: isOver ? { not: null } : null,
      ...(isFolded === undefined ? {} : { heldBy: isFolded ? { not: null } : null }),
      ...(ids ? { causeId: held.isIn ? { in: ids } : { notIn: ids } } : {}),
      ...(muted ? inWindow(muted) : {}),
    }
  })
  return {
    openedAt: { not: null },
    OR: any,
    ...(severities === undefined ? {} : { severity: { in: [...severities] } }),
    ...(kinds === undefined ? {} : { kind: { in: [...kinds] } }),
    ...(about === undefined
      ? {}
      : { AND: { OR: [{ subjectId: { in: [...about.subjectIds] } }, { id: { in: [...about.alertIds] } }] } }),
  }
}

function inWindow({ at, isIn }: { at: Date; isIn: boolean }): Prisma.AlertWhereInput {
  return isIn ? { mutedUntil: { gt: at } } : { OR: [{ mutedUntil: null }, { mutedUntil: { lte: at } }] }
}

/** Newest first; ids sort by age. */
export function findPage(filter: AlertFilter, before: string | undefined, take: number): Promise<AlertRow[]> {
  const where = { ...whereOf(filter), ...(before === undefined ? {} : { id: { lt: before } }) }
  return db().alert.findMany({ where, orderBy: { id: 'desc' }, take })
}

export function count(filter: AlertFilter): Promise<number> {
  return db().alert.count({ where: whereOf(filter) })
}

/** The newest alert of each of these causes that was opened, over or not. */
export async function findLatest(causeIds: readonly string[]): Promise<Map<string, AlertRow>> {
  if (causeIds.length === 0) return new Map()
  const where = { causeId: { in: [...causeIds] }, openedAt: { not: null } }
  // Ids grow with time: the newest stays in the map.
  const rows = await db().alert.findMany({ where, orderBy: { id: 'asc' } })
  return new Map(rows.map((row) => [row.causeId, row]))
}

/** What cannot be seen because of this cause. */
export function findFolded(causeId: string): Promise<AlertRow[]> {
  return db().alert.findMany({
    where: { openKey: { gt: '' }, openedAt: { not: null }, heldBy: causeId },
    orderBy: { id: 'desc' },
  })
}

/** Null also of what was seen and has not lasted long enough. */
export function findById(id: string) {
  return db().alert.findFirst({
    where: { id, openedAt: { not: null } },
    include: { events: { orderBy: { id: 'asc' } } },
  })
}

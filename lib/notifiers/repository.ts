import { type Db, db, type Prisma } from '@/lib/db/client'
import type { DeliveryStatus } from '@/lib/notifiers/schema'

const SECRET = { field: true, fingerprint: true, updatedAt: true } as const
const WITH_SECRETS = { secrets: { select: SECRET, orderBy: { field: 'asc' } } } as const

/** As people may see it: the sealed texts stay in the database. */
export type NotifierRow = Prisma.NotifierGetPayload<{ include: typeof WITH_SECRETS }>
export type DeliveryRow = Prisma.DeliveryGetPayload<object>

export function findPage(after: string | undefined, take: number): Promise<NotifierRow[]> {
  return db().notifier.findMany({
    where: after === undefined ? {} : { id: { gt: after } },
    include: WITH_SECRETS,
    orderBy: { id: 'asc' },
    take,
  })
}

export function count(): Promise<number> {
  return db().notifier.count()
}

export function findById(id: string, tx: Db = db()): Promise<NotifierRow | null> {
  return tx.notifier.findUnique({ where: { id }, include: WITH_SECRETS })
}

export function findNamed(tx: Db, name: string, exceptId: string): Promise<{ id: string; name: string } | null> {
  return tx.notifier.findFirst({ where: { name, id: { not: exceptId } }, select: { id: true, name: true } })
}

export function findSealed(notifierId: string) {
  return db().notifierSecret.findMany({ where: { notifierId }, select: { field: true, sealed: true } })
}

export function findAllSealed(tx: Db) {
  return tx.notifierSecret.findMany({
    select: { notifierId: true, field: true, sealed: true, notifier: { select: { name: true } } },
  })
}

/** How many messages wait, by notifier. */
export async function countWaiting(): Promise<Map<string, number>> {
  const rows = await db().delivery.groupBy({ by: ['notifierId'], where: { status: 'waiting' }, _count: { _all: true } })
  return new Map(rows.map(({ notifierId, _count }) => [notifierId, _count._all]))
}

// ---- changes -------------------------------------------------------------------------------------------------------------

export type NewNotifier = Pick<NotifierRow, 'id' | 'name' | 'type' | 'target' | 'enabled'> & {
  config: Record<string, unknown>
  rules: Record<string, unknown>
}

const json = (value: Record<string, unknown>) => value as Prisma.InputJsonObject

export async function insert(tx: Db, { config, rules, ...given }: NewNotifier, at: Date): Promise<void> {
  const data = { ...given, config: json(config), rules: json(rules), createdAt: at, updatedAt: at }
  await tx.notifier.create({ data, select: { id: true } })
}

/** False when it is not of that generation any more. */
export async function update(
  tx: Db,
  id: string,
  generation: number,
  { config, rules, ...given }: Omit<NewNotifier, 'id' | 'type'>,
  at: Date,
): Promise<boolean> {
  const { count: changed } = await tx.notifier.updateMany({
    where: { id, generation },
    data: { ...given, config: json(config), rules: json(rules), generation: generation + 1, updatedAt: at },
  })
  return changed === 1
}

export interface SealedRow {
  field: string
  sealed: string
  fingerprint: string
}

export async function replaceSecrets(
  tx: Db,
  notifierId: string,
  secrets: readonly SealedRow[],
  cleared: readonly string[],
): Promise<void> {
  const fields = [...cleared, ...secrets.map(({ field }) => field)]
  if (fields.length > 0) await tx.notifierSecret.deleteMany({ where: { notifierId, field: { in: fields } } })
  if (secrets.length > 0)
    await tx.notifierSecret.createMany({ data: secrets.map((secret) => ({ notifierId, ...secret })) })
}

export async function remove(tx: Db, id: string): Promise<void> {
  await tx.notifier.delete({ where: { id }, select: { id: true } })
}

/** What was put off because it could not be sent may go now, with the new settings. */
export async function hurry(tx: Db, notifierId: string, now: Date): Promise<void> {
  await tx.delivery.updateMany({
    where: { notifierId, status: 'waiting', attempts: { gt: 0 }, dueAt: { gt: now } },
    data: { dueAt: now },
  })
}

// ---- deliveries ----------------------------------------------------------------------------------------------------------

export interface DeliveryFilter {
  notifierId: string
  statuses?: readonly DeliveryStatus[] | undefined
}

const whereOf = ({ notifierId, statuses }: DeliveryFilter): Prisma.DeliveryWhereInput => ({
  notifierId,
  ...(statuses === undefined ? {} : { status: { in: [...statuses] } }),
})

/** Newest first. */
export function findDeliveries(
  filter: DeliveryFilter,
  before: string | undefined,
  take: number,
): Promise<DeliveryRow[]> {
  return db().delivery.findMany({
    where: { ...whereOf(filter), ...(before === undefined ? {} : { id: { lt: before } }) },
    orderBy: { id: 'desc' },
    take,
  })
}

export function countDeliveries(filter: DeliveryFilter): Promise<number> {
  return db().delivery.count({ where: whereOf(filter) })
}

export function findDelivery(id: string): Promise<DeliveryRow | null> {
  return db().delivery.findUnique({ where: { id } })
}

export type NewDelivery = Pick<
  DeliveryRow,
  'id' | 'notifierId' | 'alertId' | 'event' | 'severity' | 'title' | 'key' | 'createdAt' | 'dueAt'
>

export async function insertDeliveries(tx: Db, rows: readonly NewDelivery[]): Promise<void> {
  if (rows.length > 0) await tx.delivery.createMany({ data: rows.map((row) => ({ ...row, status: 'waiting' })) })
}

import type { Db, Prisma } from '@/lib/db/client'

const DUE = {
  notifier: { include: { secrets: { select: { field: true, sealed: true } } } },
  alert: true,
} as const satisfies Prisma.DeliveryInclude

/** A delivery that is due, with all that its attempt needs. */
export type DueDelivery = Prisma.DeliveryGetPayload<{ include: typeof DUE }>

/** What goes to one notifier at once: a delivery, or several in one. */
export interface Message {
  /** The same in every attempt. */
  id: string
  rows: readonly [DueDelivery, ...DueDelivery[]]
}

/** Null where there is nothing to send. */
export function messageOf(id: string, rows: readonly DueDelivery[]): Message | null {
  const [first, ...others] = rows
  return first === undefined ? null : { id, rows: [first, ...others] }
}

/** Oldest first. Tests go out of a notifier that is switched off, too. */
export function findDue(db: Db, now: Date, take: number): Promise<DueDelivery[]> {
  return db.delivery.findMany({
    where: {
      status: 'waiting',
      dueAt: { lte: now },
      OR: [{ notifier: { enabled: true } }, { event: 'test' }],
    },
    include: DUE,
    orderBy: { id: 'asc' },
    take,
  })
}

/** All that still waits of a message that was tried. */
export function findMessage(db: Db, message: string): Promise<DueDelivery[]> {
  return db.delivery.findMany({ where: { message, status: 'waiting' }, include: DUE, orderBy: { id: 'asc' } })
}

type Earlier = (row: DueDelivery) => { areWaiting: boolean; wereSent: boolean }

/** What has become of earlier messages about the same alerts to the same notifier. */
export async function findEarlier(db: Db, rows: readonly DueDelivery[]): Promise<Earlier> {
  const alertIds = [...new Set(rows.flatMap(({ alertId }) => alertId ?? []))]
  const notifierIds = [...new Set(rows.map(({ notifierId }) => notifierId))]
  if (alertIds.length === 0) return () => ({ areWaiting: false, wereSent: false })
  const all = await db.delivery.findMany({
    where: { alertId: { in: alertIds }, notifierId: { in: notifierIds } },
    select: { id: true, notifierId: true, alertId: true, status: true },
  })
  const keyOf = (row: Pick<DueDelivery, 'notifierId' | 'alertId'>) => `${row.notifierId} ${row.alertId}`
  const byAlert = Map.groupBy(all, keyOf)
  return (row) => {
    const earlier = (byAlert.get(keyOf(row)) ?? []).filter(({ id }) => id < row.id)
    return {
      areWaiting: earlier.some(({ status }) => status === 'waiting'),
      wereSent: earlier.some(({ status }) => status === 'sent'),
    }
  }
}

/** Those of a message that nobody else has written since they were read. */
export function asRead({ rows }: Message, now: Date): Prisma.DeliveryWhereInput {
  const ids = rows.map(({ id }) => id)
  return { id: { in: ids }, status: 'waiting', attempts: rows[0].attempts, dueAt: { lte: now } }
}

/** One attempt at a message, which nobody else makes. */
export interface Claim {
  message: Message
  attempts: number
  /** Its deliveries, while the attempt is this one. */
  where: Prisma.DeliveryWhereInput
}

/** Takes a message for one attempt; null: another controller was faster. Without an end it is due again at `until`. */
export async function claim(db: Db, message: Message, now: Date, until: Date): Promise<Claim | null> {
  const { id, rows } = message
  const attempts = rows[0].attempts + 1
  const isTogether = id !== rows[0].id
  const { count } = await db.delivery.updateMany({
    where: asRead(message, now),
    data: { attempts, dueAt: until, ...(isTogether ? { message: id } : {}) },
  })
  if (count === 0) return null
  const where = { ...(isTogether ? { message: id } : { id }), status: 'waiting', attempts, dueAt: until }
  if (count === rows.length) return { message, attempts, where }
  // Of what another controller has taken meanwhile, it tells.
  const taken = await db.delivery.findMany({ where, select: { id: true } })
  const ids = new Set(taken.map((row) => row.id))
  const left = messageOf(
    id,
    rows.filter((row) => ids.has(row.id)),
  )
  return left && { message: left, attempts, where }
}

/** Not before then, and why. */
export async function postpone(db: Db, where: Prisma.DeliveryWhereInput, dueAt: Date, answer: string): Promise<void> {
  await db.delivery.updateMany({ where, data: { dueAt, answer } })
}

export async function end(
  db: Db,
  where: Prisma.DeliveryWhereInput,
  outcome: { status: 'sent' | 'failed' | 'skipped'; answer: string },
  now: Date,
): Promise<void> {
  await db.delivery.updateMany({ where, data: { ...outcome, endedAt: now } })
}

/** `pacedAt`: with this message, if it counts. */
export async function noteWell(db: Db, notifierId: string, now: Date, pacedAt: Date | null): Promise<void> {
  await db.notifier.updateMany({
    where: { id: notifierId },
    data: { sentAt: now, failedSince: null, lastError: null, ...(pacedAt === null ? {} : { pacedAt }) },
  })
}

export async function noteFailure(db: Db, notifierId: string, now: Date, lastError: string): Promise<void> {
  await db.notifier.updateMany({ where: { id: notifierId }, data: { lastError } })
  await db.notifier.updateMany({ where: { id: notifierId, failedSince: null }, data: { failedSince: now } })
}

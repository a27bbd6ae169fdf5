import type { Db, Prisma } from '@/lib/db/client'

const DUE = {
  notifier: { include: { secrets: { select: { field: true, sealed: true } } } },
  alert: true,
} as const satisfies Prisma.DeliveryInclude

/** A message that is due, with all that its attempt needs. */
export type DueDelivery = Prisma.DeliveryGetPayload<{ include: typeof DUE }>

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

/** What has become of earlier messages about the same alert to the same notifier. */
export async function findEarlier(db: Db, { id, notifierId, alertId }: DueDelivery) {
  const rows = await db.delivery.findMany({
    where: { notifierId, alertId, id: { lt: id } },
    select: { status: true },
  })
  return {
    areWaiting: rows.some(({ status }) => status === 'waiting'),
    wereSent: rows.some(({ status }) => status === 'sent'),
  }
}

type Read = Pick<DueDelivery, 'id' | 'attempts' | 'dueAt'>

/** Only if nobody else has written it since it was read. */
async function change(db: Db, { id, attempts, dueAt }: Read, data: Prisma.DeliveryUpdateManyMutationInput) {
  const { count } = await db.delivery.updateMany({ where: { id, status: 'waiting', attempts, dueAt }, data })
  return count === 1
}

/** Takes a message for one attempt; null: another controller was faster. Without an end it is due again at `until`. */
export async function claim(db: Db, row: Read, until: Date): Promise<Read | null> {
  const attempts = row.attempts + 1
  return (await change(db, row, { attempts, dueAt: until })) ? { id: row.id, attempts, dueAt: until } : null
}

export async function postpone(db: Db, row: DueDelivery, dueAt: Date, why: string): Promise<void> {
  await change(db, row, { dueAt, answer: why })
}

export async function end(
  db: Db,
  row: Read,
  status: 'sent' | 'failed' | 'skipped',
  answer: string,
  now: Date,
): Promise<boolean> {
  return change(db, row, { status, answer, endedAt: now })
}

export async function tryAgain(db: Db, row: Read, dueAt: Date, answer: string): Promise<boolean> {
  return change(db, row, { dueAt, answer })
}

export async function noteWell(db: Db, notifierId: string, now: Date): Promise<void> {
  await db.notifier.updateMany({
    where: { id: notifierId },
    data: { sentAt: now, failedSince: null, lastError: null },
  })
}

export async function noteFailure(db: Db, notifierId: string, now: Date, lastError: string): Promise<void> {
  await db.notifier.updateMany({ where: { id: notifierId }, data: { lastError } })
  await db.notifier.updateMany({ where: { id: notifierId, failedSince: null }, data: { failedSince: now } })
}

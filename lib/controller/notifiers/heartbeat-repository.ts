import type { Db, Prisma } from '@/lib/db/client'
import type { HeartbeatRow } from '@/lib/heartbeat/repository'

type Outcome = Prisma.HeartbeatUpdateManyMutationInput

/** Only if it goes by the same settings, and nobody else has written it since it was read. */
async function change(db: Db, { id, dueAt, isAsked, sealed }: HeartbeatRow, data: Outcome): Promise<boolean> {
  const { count } = await db.heartbeat.updateMany({ where: { id, dueAt, isAsked, sealed }, data })
  return count === 1
}

/** Takes it for one ping; the next one is due at `dueAt`, whatever becomes of this one. False: another controller was faster. */
export function claim(db: Db, row: HeartbeatRow, dueAt: Date): Promise<boolean> {
  return change(db, row, { dueAt, isAsked: false })
}

/** None is sent, since something is wrong here. */
export function withhold(db: Db, row: HeartbeatRow, why: string, now: Date, dueAt: Date): Promise<boolean> {
  return change(db, row, { withheld: why, withheldSince: row.withheldSince ?? now, dueAt })
}

/** Of the address that was pinged: another may have been set meanwhile, of which nothing is known. */
async function note(db: Db, { id, sealed }: HeartbeatRow, data: Outcome): Promise<void> {
  await db.heartbeat.updateMany({ where: { id, sealed }, data: { ...data, pings: { increment: 1 } } })
  await db.heartbeat.updateMany({ where: { id, sealed: { not: sealed } }, data: { pings: { increment: 1 } } })
}

export function noteTaken(db: Db, row: HeartbeatRow, answer: string, now: Date): Promise<void> {
  return note(db, row, { answer, takenAt: now, failedSince: null, withheld: null, withheldSince: null })
}

/** Again at `dueAt`. */
export function noteFailure(db: Db, row: HeartbeatRow, answer: string, now: Date, dueAt: Date): Promise<void> {
  return note(db, row, { answer, failedSince: row.failedSince ?? now, dueAt, withheld: null, withheldSince: null })
}

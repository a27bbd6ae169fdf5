import { type Db, db, type Prisma } from '@/lib/db/client'
import { HEARTBEAT_ID } from '@/lib/heartbeat/schema'

export type HeartbeatRow = Prisma.HeartbeatGetPayload<object>

export function find(tx: Db = db()): Promise<HeartbeatRow | null> {
  return tx.heartbeat.findUnique({ where: { id: HEARTBEAT_ID } })
}

export type NewHeartbeat = Pick<
  HeartbeatRow,
  'enabled' | 'target' | 'sealed' | 'fingerprint' | 'caCertificate' | 'everyMinutes'
>

/** From now on by these settings. `isNew`: what became of earlier pings says nothing of the next ones. */
export async function save(tx: Db, given: NewHeartbeat, now: Date, isNew: boolean): Promise<void> {
  const forgotten = { takenAt: null, failedSince: null, answer: null, withheldSince: null, withheld: null }
  const data = { ...given, dueAt: now, ...(isNew ? forgotten : {}) }
  await tx.heartbeat.upsert({
    where: { id: HEARTBEAT_ID },
    create: { id: HEARTBEAT_ID, ...data },
    update: data,
    select: { id: true },
  })
}

/** False when there was none. */
export async function remove(tx: Db): Promise<boolean> {
  return (await tx.heartbeat.deleteMany({ where: { id: HEARTBEAT_ID } })).count > 0
}

/** A ping is wanted now. */
export async function ask(tx: Db): Promise<void> {
  await tx.heartbeat.updateMany({ where: { id: HEARTBEAT_ID }, data: { isAsked: true } })
}

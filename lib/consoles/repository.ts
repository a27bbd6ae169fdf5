import type { ConsoleEnd, ConsoleKind, ListConsoles } from '@/lib/consoles/schema'
import { LOST_AFTER_MS } from '@/lib/consoles/schema'
import { type Db, db, type Prisma } from '@/lib/db/client'

export interface NewConsole {
  id: string
  hostId: string
  machine: string
  kind: ConsoleKind
  isViewOnly: boolean
  actorKind: string
  actorId: string
  actorName: string
  origin: string | null
  ticketId: string
  expiresAt: Date
}

export async function insert(row: NewConsole): Promise<void> {
  await db().console.create({ data: row })
}

const COLUMNS = {
  id: true,
  hostId: true,
  machine: true,
  kind: true,
  isViewOnly: true,
  actorKind: true,
  actorId: true,
  actorName: true,
  openedAt: true,
  endedAt: true,
  endReason: true,
  host: { select: { name: true } },
} as const satisfies Prisma.ConsoleSelect

export type ConsoleRecord = Prisma.ConsoleGetPayload<{ select: typeof COLUMNS }>

/** Those that are open, and tickets that can still be used. */
export function countLive(actorId: string, now: Date): Promise<number> {
  return db().console.count({
    where: { actorId, endedAt: null, OR: [openAt(now), { openedAt: null, expiresAt: { gt: now } }] },
  })
}

function openAt(now: Date): Prisma.ConsoleWhereInput {
  return { openedAt: { not: null }, endedAt: null, seenAt: { gt: new Date(now.getTime() - LOST_AFTER_MS) } }
}

/** Uses a ticket up: of several that come with the same one, one gets it. Null: none of these is a ticket that can be used. */
export async function take(
  tx: Db,
  shown: { ticketId: string; actorId: string; origin: string | null },
  now: Date,
): Promise<ConsoleRecord | null> {
  const { count } = await tx.console.updateMany({
    where: { ...shown, openedAt: null, endedAt: null, expiresAt: { gt: now } },
    data: { openedAt: now, seenAt: now },
  })
  if (count === 0) return null
  return tx.console.findUnique({ where: { ticketId: shown.ticketId }, select: COLUMNS })
}

/** Newest first; of those whose ticket was never used, none. */
export async function findPage(
  { host_id: hostId, machine, state, limit }: ListConsoles,
  now: Date,
): Promise<{ rows: ConsoleRecord[]; total: number }> {
  const isOpen = openAt(now)
  const ofState = { open: isOpen, ended: { NOT: isOpen }, all: {} }[state]
  const where: Prisma.ConsoleWhereInput = {
    AND: [ofState, { openedAt: { not: null } }],
    ...(hostId === undefined ? {} : { hostId }),
    ...(machine === undefined ? {} : { machine }),
  }
  const [rows, total] = await Promise.all([
    db().console.findMany({ where, select: COLUMNS, orderBy: { openedAt: 'desc' }, take: limit }),
    db().console.count({ where }),
  ])
  return { rows, total }
}

export function findById(tx: Db, id: string): Promise<ConsoleRecord | null> {
  return tx.console.findUnique({ where: { id }, select: COLUMNS })
}

/** Whether somebody wants it to end; null: it is not there any more, as when its host was deleted. */
export function findWish(id: string): Promise<{ endAskedBy: string | null } | null> {
  return db().console.findUnique({ where: { id }, select: { endAskedBy: true } })
}

export async function touch(id: string, at: Date): Promise<void> {
  await db().console.updateMany({ where: { id, endedAt: null }, data: { seenAt: at } })
}

/** False: it has ended already. */
export async function askEnd(tx: Db, id: string, name: string): Promise<boolean> {
  const { count } = await tx.console.updateMany({ where: { id, endedAt: null }, data: { endAskedBy: name } })
  return count > 0
}

/** False: it has ended already, or is not there. */
export async function end(tx: Db, id: string, at: Date, endReason: ConsoleEnd): Promise<boolean> {
  const { count } = await tx.console.updateMany({ where: { id, endedAt: null }, data: { endedAt: at, endReason } })
  return count > 0
}

import { LOST_AFTER_MS } from '@/lib/consoles/schema'
import { type Db, db } from '@/lib/db/client'

/** From the wish to type until silence is a no. */
export const ASKED_MS = 60_000

export interface ScreenOf {
  hostId: string
  machine: string
}

export interface Person {
  actorId: string
  actorName: string
}

/** A console from which somebody types or wants to. */
export interface Seat extends ScreenOf, Person {
  id: string
}

export interface ControlRecord extends ScreenOf, Person {
  isHandover: boolean
  askedById: string | null
  askedUntil: Date | null
}

const keyOf = ({ hostId, machine }: ScreenOf) => ({ hostId, machine })
const NOBODY_ASKS = { askedById: null, askedUntil: null }

/** Who types; null: nobody has since the last one left. */
export function findControl(of: ScreenOf, tx: Db = db()): Promise<ControlRecord | null> {
  return tx.consoleControl.findUnique({ where: { hostId_machine: keyOf(of) } })
}

export function findControls(hostIds: readonly string[]): Promise<ControlRecord[]> {
  return db().consoleControl.findMany({ where: { hostId: { in: [...hostIds] } } })
}

/** Consoles through which somebody could type on a screen now. */
function seatsOf({ hostId, machine }: ScreenOf, actorId: string) {
  return { hostId, machine, actorId, kind: 'screen', isViewOnly: false, openedAt: { not: null }, endedAt: null }
}

/** Whether whoever types is still there. */
export async function isThere(tx: Db, control: ControlRecord, now: Date): Promise<boolean> {
  const seenAt = { gt: new Date(now.getTime() - LOST_AFTER_MS) }
  return (await tx.console.count({ where: { ...seatsOf(control, control.actorId), seenAt } })) > 0
}

/** Gives the keyboard to whoever comes first, or comes when the one before has left. Of several at once, one gets it. */
export async function claim(tx: Db, seat: Seat, now: Date): Promise<void> {
  const { actorId, actorName } = seat
  const found = await tx.consoleControl.upsert({
    where: { hostId_machine: keyOf(seat) },
    create: { ...keyOf(seat), actorId, actorName, isHandover: false },
    update: {},
  })
  if (found.actorId === actorId || (await isThere(tx, found, now))) return
  // One that nothing was heard of may still be connected.
  const isHandover = (await tx.console.count({ where: seatsOf(found, found.actorId) })) > 0
  const data = { actorId, actorName, isHandover, ...NOBODY_ASKS }
  await tx.consoleControl.updateMany({ where: { ...keyOf(seat), actorId: found.actorId }, data })
}

/** False: whoever was to be asked has left, or somebody else was faster. */
export async function ask(tx: Db, seat: Seat, of: ControlRecord, now: Date): Promise<boolean> {
  const { count } = await tx.consoleControl.updateMany({
    where: {
      ...keyOf(seat),
      actorId: of.actorId,
      OR: [{ askedById: null }, { askedById: seat.id }, { askedUntil: { lte: now } }],
    },
    data: { askedById: seat.id, askedUntil: new Date(now.getTime() + ASKED_MS) },
  })
  return count > 0
}

/** What was asked is answered with no. False: it is not asked any more. */
export async function keep(tx: Db, of: ControlRecord, askedById: string): Promise<boolean> {
  const where = { ...keyOf(of), actorId: of.actorId, askedById }
  return (await tx.consoleControl.updateMany({ where, data: NOBODY_ASKS })).count > 0
}

/** False: somebody else has it by now. `askedById`: only as the answer to this. */
export async function handOver(tx: Db, from: ControlRecord, to: Seat, askedById?: string): Promise<boolean> {
  const { count } = await tx.consoleControl.updateMany({
    where: { ...keyOf(from), actorId: from.actorId, ...(askedById === undefined ? {} : { askedById }) },
    data: { actorId: to.actorId, actorName: to.actorName, isHandover: true, ...NOBODY_ASKS },
  })
  return count > 0
}

/** A console has ended: its wish ends with it, and where nobody is left who types, whoever has asked does. */
export async function release(tx: Db, { id, actorId, ...of }: Seat, now: Date): Promise<void> {
  await tx.consoleControl.updateMany({ where: { ...keyOf(of), askedById: id }, data: NOBODY_ASKS })
  const control = await findControl(of, tx)
  if (control === null || control.actorId !== actorId || (await isThere(tx, control, now))) return
  const asking = await findAsking(tx, control, now)
  if (asking) await handOver(tx, control, asking)
  else await tx.consoleControl.deleteMany({ where: { ...keyOf(of), actorId, askedById: null } })
}

/** From where it is asked, while an answer counts. */
export async function findAsking(tx: Db, { askedById, askedUntil }: ControlRecord, now: Date): Promise<Seat | null> {
  if (askedById === null || askedUntil === null || askedUntil <= now) return null
  const select = { id: true, hostId: true, machine: true, actorId: true, actorName: true } as const
  return tx.console.findFirst({ where: { id: askedById, endedAt: null }, select })
}

import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import * as control from '@/lib/consoles/control-repository'
import * as repository from '@/lib/consoles/repository'
import type { ChangeControl, ControlView } from '@/lib/consoles/schema'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'

/** What somebody at a screen says about who types there: it is theirs to ask, to answer, or as an administrator to take it. */
export async function changeControl(actor: Actor, id: string, change: ChangeControl): Promise<ControlView> {
  authorize(actor, 'consoles.open')
  const now = new Date()
  return inTransaction(async (tx) => {
    const seat = await seatOf(tx, actor, id)
    const held = await heldBy(tx, seat, now)
    const done = await carryOut({ tx, actor, seat, held, now }, change)
    if (done.action !== null) {
      await recordAudit(tx, actor, {
        action: done.action,
        target: { kind: 'machine', id: seat.machine, name: seat.machine },
        change: { console: id, host: seat.host.name, of: done.of },
      })
    }
    return { types: done.types }
  })
}

interface Saying {
  tx: Db
  actor: Actor
  seat: repository.ConsoleRecord
  held: control.ControlRecord
  now: Date
}

/** `action`, `of`: for the audit; null where it was so already. */
type Done = { types: boolean; action: string; of: string } | { types: boolean; action: null }

async function carryOut(saying: Saying, change: ChangeControl): Promise<Done> {
  const { tx, actor, seat, held, now } = saying
  if (change.say === 'yes' || change.say === 'no') return answer(saying, change.to, change.say === 'yes')
  if (held.actorId === actor.id) return { types: true, action: null }
  if (change.say === 'ask') {
    if (!(await control.ask(tx, seat, held, now))) throw busy('Somebody else has asked already.', 'Wait a minute.')
    return { types: false, action: 'console.control_asked', of: held.actorName }
  }
  authorize(actor, 'consoles.admin')
  if (!(await control.handOver(tx, held, seat))) throw busy('Somebody else was faster.', 'Try it again.')
  return { types: true, action: 'console.control_taken', of: held.actorName }
}

async function answer({ tx, actor, held, now }: Saying, to: string, isYes: boolean): Promise<Done> {
  const asking = held.actorId === actor.id ? await control.findAsking(tx, held, now) : null
  if (asking?.id !== to) throw notAsked()
  const isDone = isYes ? await control.handOver(tx, held, asking, to) : await control.keep(tx, held, to)
  if (!isDone) throw notAsked()
  return { types: !isYes, action: isYes ? 'console.control_given' : 'console.control_refused', of: asking.actorName }
}

function notAsked(): HoldfastError {
  return busy('This is not asked any more.', 'Nothing is left to do.')
}

/** Who types there. Where whoever did has left, the keyboard is this one's from here on. */
async function heldBy(tx: Db, seat: control.Seat, now: Date): Promise<control.ControlRecord> {
  await control.claim(tx, seat, now)
  const held = await control.findControl(seat, tx)
  if (held === null) throw busy('Somebody has just left.', 'Try it again.')
  return held
}

async function seatOf(tx: Db, actor: Actor, id: string): Promise<repository.ConsoleRecord> {
  const row = await repository.findById(tx, id)
  if (row === null || row.actorId !== actor.id) throw new HoldfastError('not_found', 'You have no such console.')
  if (row.kind !== 'screen' || row.isViewOnly) {
    throw new HoldfastError('invalid_input', 'Nobody can type here: it was opened for looking, or is a serial console.')
  }
  if (row.openedAt === null || row.endedAt !== null) throw busy('This console is not open.', 'Open it first.')
  return row
}

function busy(what: string, recovery: string): HoldfastError {
  return new HoldfastError('conflict', what, { recovery })
}

import 'server-only'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import * as control from '@/lib/consoles/control-repository'
import * as repository from '@/lib/consoles/repository'
import {
  CONNECT_PATH,
  CONSOLE_PROTOCOLS,
  ConsoleEnd,
  ConsoleKind,
  type ConsoleTicketView,
  type ConsoleView,
  type ListConsoles,
  type NameMachine,
  type OpenConsole,
  type SerialLogView,
} from '@/lib/consoles/schema'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import * as hosts from '@/lib/hosts/repository'
import { newId } from '@/lib/ids'
import { askHost } from '@/lib/relay/door'
import { newTicket, TICKET_MS, ticketId } from '@/lib/relay/ticket'

/** Screens that one person or token has open or is about to open. */
const MOST_PER_ACTOR = 16

/**
 * A ticket for the screen or the serial console of a machine: for one connection, by the same person, from the same origin. Whether the machine is there is
 * seen when it is used.
 */
export async function openConsole(
  actor: Actor,
  { host_id: hostId, machine, kind, view_only: isViewOnly }: OpenConsole,
  origin: string | null,
): Promise<ConsoleTicketView> {
  authorize(actor, 'consoles.open')
  await requireHost(hostId)
  const now = new Date()
  if ((await repository.countLive(actor.id, now)) >= MOST_PER_ACTOR) {
    throw new HoldfastError('rate_limited', `You have ${MOST_PER_ACTOR} screens open.`, { recovery: 'Close one.' })
  }
  const ticket = newTicket()
  const id = newId('console')
  const expiresAt = new Date(now.getTime() + TICKET_MS)
  const { kind: actorKind, id: actorId, name: actorName } = actor
  const forWhom = { actorKind, actorId, actorName, origin }
  await repository.insert({ id, hostId, machine, kind, isViewOnly, ...forWhom, ticketId: ticketId(ticket), expiresAt })
  return {
    id,
    ticket,
    path: CONNECT_PATH,
    protocols: [CONSOLE_PROTOCOLS[kind], ticket],
    expires_at: expiresAt.toISOString(),
  }
}

async function requireHost(id: string): Promise<void> {
  const host = await hosts.findById(id)
  if (host === null || host.revokedAt !== null) throw new HoldfastError('not_found', 'Host not found')
}

/** What a ticket was good for. Throws `unauthenticated` for one that was used, is too old, or is of somebody else: nobody learns which. */
export async function takeConsole(
  actor: Actor,
  ticket: string,
  origin: string | null,
): Promise<repository.ConsoleRecord> {
  authorize(actor, 'consoles.open')
  const shown = { ticketId: ticketId(ticket), actorId: actor.id, origin }
  const taken = await inTransaction(async (tx) => {
    const now = new Date()
    const console = await repository.take(tx, shown, now)
    if (console?.kind === 'screen' && !console.isViewOnly) await control.claim(tx, console, now)
    return console
  })
  if (taken === null) throw new HoldfastError('unauthenticated', 'This ticket is not valid, or not any more.')
  return taken
}

/** The screen is there. */
export function noteOpened(actor: Actor, console: repository.ConsoleRecord): Promise<void> {
  return inTransaction((tx) =>
    recordAudit(tx, actor, {
      action: 'console.opened',
      target: machineOf(console),
      change: { console: console.id, host: console.host.name, kind: console.kind, view_only: console.isViewOnly },
    }),
  )
}

/** It is over; how long it was goes into the audit. Over already: nothing. */
export function noteEnded(
  actor: Actor,
  console: repository.ConsoleRecord,
  reason: ConsoleEnd,
  error?: HoldfastError,
): Promise<void> {
  const now = new Date()
  const seconds = Math.round((now.getTime() - (console.openedAt ?? now).getTime()) / 1000)
  return inTransaction(async (tx) => {
    if (!(await repository.end(tx, console.id, now, reason))) return
    await control.release(tx, console, now)
    const told = error === undefined ? { reason, seconds } : { reason, error: error.code }
    await recordAudit(tx, actor, {
      action: error === undefined ? 'console.closed' : 'console.opened',
      result: error === undefined ? 'success' : 'failure',
      target: machineOf(console),
      change: { console: console.id, host: console.host.name, kind: console.kind, ...told },
    })
  })
}

function machineOf({ machine }: Pick<repository.ConsoleRecord, 'machine'>) {
  return { kind: 'machine', id: machine, name: machine }
}

/** Newest first. */
export async function listConsoles(actor: Actor, query: ListConsoles): Promise<{ data: ConsoleView[]; total: number }> {
  authorize(actor, 'consoles.open')
  const now = new Date()
  const { rows, total } = await repository.findPage(query, now)
  const controls = await control.findControls([...new Set(rows.map(({ hostId }) => hostId))])
  return { data: rows.flatMap((row) => viewOf(actor, row, controls, now) ?? []), total }
}

function viewOf(
  actor: Actor,
  row: repository.ConsoleRecord,
  controls: readonly control.ControlRecord[],
  now: Date,
): ConsoleView | null {
  if (row.openedAt === null) return null
  const held = controls.find(({ hostId, machine }) => hostId === row.hostId && machine === row.machine)
  const isOpen = row.endedAt === null
  const isTheirs = row.kind === 'serial' || held?.actorId === row.actorId
  const asksUntil = isOpen && held?.askedById === row.id ? held.askedUntil : null
  return {
    id: row.id,
    host_id: row.hostId,
    host_name: row.host.name,
    machine: row.machine,
    kind: ConsoleKind.parse(row.kind),
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    is_own: row.actorId === actor.id,
    is_view_only: row.isViewOnly,
    types: isOpen && !row.isViewOnly && isTheirs,
    asks_until: asksUntil !== null && asksUntil > now ? asksUntil.toISOString() : null,
    opened_at: row.openedAt.toISOString(),
    ended_at: row.endedAt?.toISOString() ?? null,
    end_reason: ConsoleEnd.nullable().parse(row.endReason),
  }
}

/** Ends one's own, or as an administrator that of anybody. It is over within seconds. Over already: success. */
export async function endConsole(actor: Actor, id: string): Promise<void> {
  authorize(actor, 'consoles.open')
  await inTransaction(async (tx) => {
    const row = await repository.findById(tx, id)
    if (row === null) throw new HoldfastError('not_found', 'Console not found')
    if (row.actorId !== actor.id) authorize(actor, 'consoles.admin')
    // A ticket that was not used yet cannot be from here on.
    if (row.openedAt === null) return void (await repository.end(tx, id, new Date(), 'asked'))
    if (!(await repository.askEnd(tx, id, actor.name))) return
    await recordAudit(tx, actor, {
      action: 'console.end_requested',
      target: machineOf(row),
      change: { console: id, host: row.host.name, kind: row.kind, of: row.actorName },
    })
  })
}

/** What libvirt keeps of the serial port of a machine, also of one that does not run. It is in the audit, as looking at the port is. */
export async function readSerialLog(actor: Actor, query: NameMachine, signal: AbortSignal): Promise<SerialLogView> {
  authorize(actor, 'consoles.open')
  const { host_id: hostId, machine } = query
  await requireHost(hostId)
  const { isKept, bytes, text } = await askHost('readSerialLog', { machine }, { hostId, actor, signal })
  if (isKept) {
    await inTransaction((tx) =>
      recordAudit(tx, actor, {
        action: 'console.log_read',
        target: machineOf({ machine }),
        change: { host: hostId, bytes },
      }),
    )
  }
  return { is_kept: isKept, bytes, text }
}

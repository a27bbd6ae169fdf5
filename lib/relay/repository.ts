import { type Db, db } from '@/lib/db/client'
import { PULSE_PREFIX, Pulse } from '@/lib/health/schema'
import { RelayWork } from '@/lib/relay/ticket'

export interface TicketRow {
  /** Hash of the ticket. */
  id: string
  hostId: string
  actorId: string
  work: RelayWork
  expiresAt: Date
}

export async function insertTicket({ work, ...row }: TicketRow): Promise<void> {
  await db().relayTicket.create({ data: { ...row, work: JSON.parse(JSON.stringify(work)) } })
}

/** Takes a ticket: of several that come with the same one, one gets it. Null: there is none, or it is too old. */
export async function consumeTicket(
  tx: Db,
  id: string,
  now: Date,
): Promise<{ hostId: string; actorId: string; work: RelayWork } | null> {
  const select = { hostId: true, actorId: true, work: true, expiresAt: true } as const
  const row = await tx.relayTicket.findUnique({ where: { id }, select })
  if (row === null || row.expiresAt <= now) return null
  const { count } = await tx.relayTicket.deleteMany({ where: { id } })
  if (count === 0) return null
  return { hostId: row.hostId, actorId: row.actorId, work: RelayWork.parse(row.work) }
}

/** Where controllers take tickets, the one that leads first, of those that were heard of after `since`. */
export async function findRelays(since: Date): Promise<string[]> {
  const rows = await db().setting.findMany({
    where: { key: { startsWith: PULSE_PREFIX }, updatedAt: { gte: since } },
    select: { value: true },
  })
  const pulses = rows.flatMap(({ value }) => Pulse.safeParse(value).data ?? [])
  return pulses
    .sort((one, other) => Number(other.is_leader) - Number(one.is_leader))
    .flatMap(({ relay }) => relay ?? [])
}

/** Public certificates of the fleet's CA, by which a relay on another machine is known; null: there are none yet. */
export async function findAuthorities(): Promise<string | null> {
  const row = await db().setting.findUnique({ where: { key: 'fleet_authorities' }, select: { value: true } })
  return typeof row?.value === 'string' ? row.value : null
}

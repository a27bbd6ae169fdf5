import { type Db, db } from '@/lib/db/client'
import { PULSE_PREFIX, Pulse } from '@/lib/health/schema'

export interface FailingNotifier {
  id: string
  name: string
  failedSince: Date
}

/** Notifiers by which nothing has been taken since before then. */
export async function findFailingNotifiers(before: Date, tx: Db = db()): Promise<FailingNotifier[]> {
  const rows = await tx.notifier.findMany({
    where: { enabled: true, failedSince: { lte: before } },
    select: { id: true, name: true, failedSince: true },
    orderBy: { id: 'asc' },
  })
  return rows.flatMap(({ failedSince, ...row }) => (failedSince === null ? [] : [{ ...row, failedSince }]))
}

/** The dead-man's switch, if it is on and not pinged as it should be. */
export async function findMissedPings(tx: Db = db()) {
  const row = await tx.heartbeat.findFirst({
    where: { enabled: true, OR: [{ failedSince: { not: null } }, { withheldSince: { not: null } }] },
    select: { failedSince: true, withheldSince: true, withheld: true },
  })
  const since = row?.withheldSince ?? row?.failedSince
  return row && since ? { since, withheld: row.withheld } : null
}
export type MissedPings = Awaited<ReturnType<typeof findMissedPings>>

/** Whose certificate it is. */
export const OWN_CERTIFICATES = ['authority', 'controller', 'fleet_port'] as const
export type OwnCertificate = (typeof OWN_CERTIFICATES)[number]

/** Until when the certificates hold that Holdfast has itself, the first to end where several controllers have one. */
export type OwnEnds = ReadonlyMap<OwnCertificate, Date>

/** A controller that was not heard of for longer has been stopped. */
const HEARD_MS = 10 * 60_000

/** As the controllers tell; empty where none has. */
export async function findOwnCertificates(now: Date, tx: Db = db()): Promise<OwnEnds> {
  const rows = await tx.setting.findMany({
    where: { key: { startsWith: PULSE_PREFIX }, updatedAt: { gte: new Date(now.getTime() - HEARD_MS) } },
    select: { value: true },
  })
  const told = rows.flatMap(({ value }) => Pulse.safeParse(value).data?.certificates ?? [])
  if (told.length === 0) return new Map()
  return new Map(
    OWN_CERTIFICATES.map((of) => [of, new Date(Math.min(...told.map((each) => Date.parse(each[of]))))] as const),
  )
}

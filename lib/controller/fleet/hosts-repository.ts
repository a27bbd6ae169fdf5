import { DisksMessage } from '@/lib/agent-protocol/disks'
import type { HostInfo } from '@/lib/agent-protocol/messages'
import type { Db, Prisma } from '@/lib/db/client'
import { diskColumns } from '@/lib/hosts/disks'

/** A host as the controller works with it. */
export interface FleetHost {
  id: string
  name: string
  address: string
  status: 'unknown' | 'online' | 'offline' | 'error'
  certificateSerial: string | null
  certificateNotAfter: Date | null
}

/** Every host that has not been revoked. */
export function findFleet(db: Db): Promise<FleetHost[]> {
  return db.host
    .findMany({
      where: { revokedAt: null },
      select: {
        id: true,
        name: true,
        address: true,
        observedStatus: true,
        certificateSerial: true,
        certificateNotAfter: true,
      },
    })
    .then((rows) => rows.map(({ observedStatus, ...row }) => ({ ...row, status: observedStatus })))
}

export interface HostObservation {
  status: FleetHost['status']
  error: string | null
  at: Date
  clockSkewMs?: number
}

export async function saveHostObservation(db: Db, hostId: string, observed: HostObservation): Promise<void> {
  await db.host.updateMany({
    where: { id: hostId },
    data: {
      observedStatus: observed.status,
      observedError: observed.error,
      // The age of the news: when the host was last heard of, not when somebody tried.
      ...(observed.status === 'online' ? { observedAt: observed.at } : {}),
      ...(observed.clockSkewMs === undefined ? {} : { clockSkewMs: observed.clockSkewMs }),
    },
  })
}

/**
 * Takes back that hosts were online which nobody has heard since `before`: what is known of them is old until they answer. What
 * they had said stays, with its age.
 */
export async function forgetOnline(db: Db, before: Date): Promise<void> {
  await db.host.updateMany({
    where: { observedStatus: 'online', OR: [{ observedAt: null }, { observedAt: { lt: before } }] },
    data: { observedStatus: 'unknown' },
  })
}

/** Hosts that answered, with nothing new to tell: one statement for all of them. */
export async function touchHosts(db: Db, hostIds: string[], at: Date): Promise<void> {
  await db.host.updateMany({ where: { id: { in: hostIds } }, data: { observedAt: at } })
}

/** An agent that has just started may not have read its disks yet: what it said of them before stays until then. */
export async function saveHostInfo(db: Db, hostId: string, info: HostInfo, clockSkewMs: number): Promise<void> {
  const disks = info.disks ?? (await findDisks(db, hostId))
  const facts = { ...info, ...(disks === undefined ? {} : { disks }) }
  await db.host.updateMany({
    where: { id: hostId },
    data: { observedInfo: facts as unknown as Prisma.InputJsonValue, clockSkewMs, ...diskColumns(facts) },
  })
}

async function findDisks(db: Db, id: string): Promise<DisksMessage | undefined> {
  const row = await db.host.findUnique({ where: { id }, select: { observedInfo: true } })
  return DisksMessage.safeParse((row?.observedInfo as { disks?: unknown } | null)?.disks).data
}

export async function saveCertificate(db: Db, hostId: string, serial: string, notAfter: Date): Promise<void> {
  await db.host.updateMany({
    where: { id: hostId },
    data: { certificateSerial: serial, certificateNotAfter: notAfter },
  })
}

// ---- enrolment ----------------------------------------------------------------------------------------------------------

export interface UsedToken {
  hostName: string | null
  labels: Prisma.JsonValue
  createdBy: string
}

/**
 * Spends a join token for this host. `undefined` when it is unknown, spent or expired; of two that come at once exactly one
 * gets it.
 */
export async function spendJoinToken(
  tx: Db,
  tokenHash: string,
  hostId: string,
  now: Date,
): Promise<UsedToken | undefined> {
  const { count } = await tx.joinToken.updateMany({
    where: { tokenHash, usedAt: null, expiresAt: { gt: now } },
    data: { usedAt: now, hostId },
  })
  if (count !== 1) return undefined
  return tx.joinToken.findUniqueOrThrow({
    where: { tokenHash },
    select: { hostName: true, labels: true, createdBy: true },
  })
}

export async function isJoinTokenValid(db: Db, tokenHash: string, now: Date): Promise<boolean> {
  return (await db.joinToken.count({ where: { tokenHash, usedAt: null, expiresAt: { gt: now } } })) === 1
}

/** The wished name, or the first free one of `name-2`, `name-3`, … */
export async function freeHostName(tx: Db, wished: string): Promise<string> {
  const taken = await tx.host.findMany({ where: { name: { startsWith: wished } }, select: { name: true } })
  const names = new Set(taken.map(({ name }) => name))
  let name = wished
  for (let number = 2; names.has(name); number++) name = `${wished}-${number}`
  return name
}

export async function insertHost(
  tx: Db,
  host: {
    id: string
    name: string
    address: string
    labels: Prisma.JsonValue
    certificateSerial: string
    certificateNotAfter: Date
  },
): Promise<void> {
  await tx.host.create({
    data: { ...host, labels: (host.labels ?? {}) as Prisma.InputJsonValue },
    select: { id: true },
  })
}

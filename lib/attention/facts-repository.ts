import { DbNull } from '@prisma/client/runtime/client'
import { Severity } from '@/lib/attention/schema'
import { type Db, db, type Prisma } from '@/lib/db/client'
import { JUDGED_ON_HOST } from '@/lib/mounts/judged-columns'

/**
 * Everything that may need attention, in a handful of statements whose cost follows from what is wrong and not from how much there
 * is: of a fleet that is well, no mount on any host is read one by one.
 */

/** Hosts that are revoked are gone on purpose. */
const THERE = { revokedAt: null } as const satisfies Prisma.HostWhereInput

interface HostRow {
  id: string
  name: string
  /** `host:port` of its agent. */
  address: string
  isLocal: boolean
  observedStatus: 'unknown' | 'online' | 'offline' | 'error'
  observedAt: Date | null
  observedError: string | null
  updatedAt: Date
  certificateNotAfter: Date | null
  /** How far its clock is ahead of the controller's; null: it was never asked. */
  clockSkewMs: number | null
  tools: unknown
  protocolVersions: unknown
}

/** With the two facts about them that matter here; the rest of what a host tells of itself is long. */
export async function findHosts(tx: Db = db()): Promise<HostRow[]> {
  const rows = await tx.$queryRaw<HostRow[]>`
    SELECT "id", "name", "address", "isLocal", "observedStatus", "observedAt", "observedError", "updatedAt", "certificateNotAfter",
      "clockSkewMs", "observedInfo" -> 'tools' AS "tools", "observedInfo" -> 'protocolVersions' AS "protocolVersions"
    FROM "Host" WHERE "revokedAt" IS NULL`
  return rows.map((row) => ({
    ...row,
    isLocal: Boolean(row.isLocal),
    clockSkewMs: row.clockSkewMs === null ? null : Number(row.clockSkewMs),
    tools: parsed(row.tools),
    protocolVersions: parsed(row.protocolVersions),
  }))
}

/** SQLite gives a part of a JSON column as its text. */
function parsed(value: unknown): unknown {
  return typeof value === 'string' ? JSON.parse(value) : value
}

/** Which storage types hosts have something of. */
export function findTypesOnHosts(tx: Db = db()): Promise<{ hostId: string; driver: string }[]> {
  return tx.$queryRaw`
    SELECT h."hostId", b."driver" FROM "MountOnHost" h
      JOIN "Mount" m ON m."id" = h."mountId" JOIN "Backend" b ON b."id" = m."backendId"
      WHERE h."removed" = false AND m."deletedAt" IS NULL
    UNION
    SELECT h."hostId", b."driver" FROM "BackendOnHost" h JOIN "Backend" b ON b."id" = h."backendId"
      WHERE h."desired" = 'connected'`
}

/** Mounts that are wanted on hosts that do not answer. */
export function findMountsAway(tx: Db = db()): Promise<{ hostId: string; mountId: string }[]> {
  return tx.$queryRaw`
    SELECT h."hostId", h."mountId" FROM "MountOnHost" h
      JOIN "Host" o ON o."id" = h."hostId" JOIN "Mount" m ON m."id" = h."mountId"
      WHERE o."observedStatus" IN ('offline', 'error') AND o."revokedAt" IS NULL
        AND h."desiredState" = 'mounted' AND h."removed" = false AND m."deletedAt" IS NULL`
}

export interface MountedAlike {
  mountId: string
  mountPoint: string
  readOnly: boolean
  driver: string
  config: unknown
  observedOptions: string | null
  /** On so many hosts nothing is known to be wrong with it. */
  well: number
}

/** What is mounted as wanted, by the options in force. Options that a host has of its own are looked at with `findSuspects`. */
export async function findMounted(tx: Db = db()): Promise<MountedAlike[]> {
  const rows = await tx.$queryRaw<(Omit<MountedAlike, 'well'> & { well: number | bigint })[]>`
    SELECT m."id" AS "mountId", m."mountPoint", m."readOnly", b."driver", b."config", h."observedOptions",
      sum(CASE WHEN h."observedError" IS NULL THEN 1 ELSE 0 END) AS "well"
    FROM "MountOnHost" h JOIN "Host" o ON o."id" = h."hostId"
      JOIN "Mount" m ON m."id" = h."mountId" JOIN "Backend" b ON b."id" = m."backendId"
    WHERE h."observedState" = 'mounted' AND h."desiredState" = 'mounted' AND h."removed" = false
      AND m."deletedAt" IS NULL AND o."observedStatus" NOT IN ('offline', 'error') AND o."revokedAt" IS NULL
    GROUP BY m."id", b."id", h."observedOptions"`
  return rows.map((row) => ({ ...row, readOnly: Boolean(row.readOnly), well: Number(row.well) }))
}

const SUSPECT = {
  mountId: true,
  ...JUDGED_ON_HOST,
  node: true,
  repairs: true,
  repairedAt: true,
} as const satisfies Prisma.MountOnHostSelect

export type SuspectRow = Prisma.MountOnHostGetPayload<{ select: typeof SUSPECT }>

/** Rows that are not plainly as wanted; `changed` are mounts of which some host has other options in force. */
export function findSuspects(changed: readonly string[], tx: Db = db()): Promise<SuspectRow[]> {
  return tx.mountOnHost.findMany({
    where: {
      host: { ...THERE, observedStatus: { notIn: ['offline', 'error'] } },
      OR: [
        { observedError: { not: null } },
        { observedState: { notIn: ['unknown', 'absent', 'mounted', 'mounting', 'unmounting'] } },
        { desiredState: 'mounted', observedState: 'absent' },
        { desiredState: 'unmounted', observedState: 'mounted' },
        { attempts: { gt: 0 } },
        { node: { not: DbNull } },
        { overrides: { not: DbNull }, observedState: 'mounted' },
        ...(changed.length === 0 ? [] : [{ mountId: { in: [...changed] }, observedState: 'mounted' as const }]),
      ],
    },
    select: SUSPECT,
    orderBy: [{ mountId: 'asc' }, { hostId: 'asc' }],
  })
}

const MOUNT = {
  id: true,
  name: true,
  mountPoint: true,
  readOnly: true,
  onDrift: true,
  deletedAt: true,
  backend: { select: { id: true, name: true, driver: true, source: true, config: true } },
} as const satisfies Prisma.MountSelect

export type MountRow = Prisma.MountGetPayload<{ select: typeof MOUNT }>

export function findMounts(ids: readonly string[], tx: Db = db()): Promise<MountRow[]> {
  return tx.mount.findMany({ where: { id: { in: [...ids] } }, select: MOUNT })
}

const CONNECTION = {
  hostId: true,
  desired: true,
  observedState: true,
  observedAt: true,
  observedSince: true,
  observedError: true,
  observedProblem: true,
  observedValues: true,
  observedSaid: true,
  backend: { select: { id: true, name: true, driver: true, source: true, config: true } },
} as const satisfies Prisma.BackendOnHostSelect

export type ConnectionRow = Prisma.BackendOnHostGetPayload<{ select: typeof CONNECTION }>

/** Connections that their host says something is wrong with. */
export function findBadConnections(tx: Db = db()): Promise<ConnectionRow[]> {
  return tx.backendOnHost.findMany({
    where: {
      host: THERE,
      AND: [
        { OR: [{ desired: 'connected' }, { observedState: { not: 'disconnected' } }] },
        { OR: [{ observedError: { not: null } }, { observedProblem: { not: null } }] },
      ],
    },
    select: CONNECTION,
    orderBy: [{ backendId: 'asc' }, { hostId: 'asc' }],
  })
}

/** Where these backends are to be open, and when that host last said how it stands. */
export function findWantedOpen(ids: readonly string[], tx: Db = db()) {
  return tx.backendOnHost.findMany({
    where: { backendId: { in: [...ids] }, desired: 'connected' },
    select: { backendId: true, hostId: true, observedAt: true },
  })
}

const BACKEND = {
  /** One that somebody is to have. */
  mounts: {
    where: {
      deletedAt: null,
      hosts: { some: { removed: false, desiredState: 'mounted', host: { revokedAt: null } } },
    },
    select: { id: true },
    take: 1,
  },
  /** The last check that has failed. */
  reach: {
    where: { failures: { gt: 0 } },
    select: { since: true },
    orderBy: { checkedAt: 'desc' },
    take: 1,
  },
  id: true,
  name: true,
  driver: true,
  source: true,
  config: true,
  observedStatus: true,
  observedAt: true,
  observedError: true,
  observedOn: true,
  observedProblem: true,
  observedValues: true,
  observedSaid: true,
  totalBytes: true,
  usedBytes: true,
  availableBytes: true,
  usageOn: true,
  totalInodes: true,
  usedInodes: true,
  inodesOn: true,
} as const satisfies Prisma.BackendSelect

export type BackendRow = Prisma.BackendGetPayload<{ select: typeof BACKEND }>

/** Backends that do not answer, or of which at least `percent` are used, of room or of inodes, counted as `usedPercent` does. */
export async function findBadBackends(
  { percent, inodePercent }: { percent: number; inodePercent: number },
  tx: Db = db(),
): Promise<BackendRow[]> {
  const full = await tx.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Backend" WHERE "totalBytes" > 0 AND "usedBytes" >=
      ("usedBytes" / 100.0 + COALESCE("availableBytes", "totalBytes" - "usedBytes") / 100.0) * ${percent - 0.5}
      OR "totalInodes" > 0 AND "usedInodes" >= "totalInodes" / 100.0 * ${inodePercent - 0.5}`
  return tx.backend.findMany({
    where: { OR: [{ observedStatus: { in: ['offline', 'error'] } }, { id: { in: full.map(({ id }) => id) } }] },
    select: BACKEND,
    orderBy: { id: 'asc' },
  })
}

/** How bad each alert is that is open and still seen, by the id of its cause. */
export async function findTold(tx: Db = db()): Promise<Map<string, Severity>> {
  const rows = await tx.alert.findMany({
    where: { openKey: { gt: '' }, openedAt: { not: null }, goneAt: null },
    select: { causeId: true, severity: true },
  })
  return new Map(rows.map(({ causeId, severity }) => [causeId, Severity.parse(severity)]))
}

/** So many of each noun are named. */
const NAMED = 3

/** The ids that a view names, in the order of their age. */
export function namedIn(ids: ReadonlySet<string>): string[] {
  return [...ids].sort().slice(0, NAMED)
}

type Reaching = Record<'mounts' | 'backends' | 'pools' | 'volumes', ReadonlySet<string>>

/** Names of what causes reach, as far as it is told by name. */
export async function findNames(causes: readonly Reaching[], tx: Db = db()): Promise<Map<string, string>> {
  const select = { id: true, name: true } as const
  const where = (of: keyof Reaching) => ({ id: { in: [...new Set(causes.flatMap((cause) => namedIn(cause[of])))] } })
  const rows = await Promise.all([
    tx.mount.findMany({ where: where('mounts'), select }),
    tx.backend.findMany({ where: where('backends'), select }),
    tx.pool.findMany({ where: where('pools'), select }),
    tx.volume.findMany({ where: where('volumes'), select }),
  ])
  return new Map(rows.flat().map(({ id, name }) => [id, name]))
}

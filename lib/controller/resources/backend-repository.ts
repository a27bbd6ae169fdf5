import type { ObservedConnection } from '@/lib/agent-protocol/messages'
import type { ProblemColumns } from '@/lib/controller/resources/problem-columns'
import type { Db, Prisma } from '@/lib/db/client'
import { storable } from '@/lib/db/json-column'
import type { StoredSecret } from '@/lib/db/sealed-secrets'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import type { ObservedState } from '@/lib/mounts/schema'

export interface DesiredBackend {
  id: string
  driver: string
  config: Prisma.JsonValue
  secrets: StoredSecret[]
}

/** The columns that it takes to hand a backend to a host. */
export const DESIRED_BACKEND = {
  id: true,
  driver: true,
  config: true,
  secrets: { select: { field: true, sealed: true, sealedFor: true } },
} satisfies Prisma.BackendSelect

export function findBackend(db: Db, backendId: string): Promise<(DesiredBackend & { generation: number }) | null> {
  return db.backend.findUnique({
    where: { id: backendId },
    select: { ...DESIRED_BACKEND, generation: true },
  })
}

/** A mount of this backend that is mounted on this host: usage is read there without mounting again. */
export async function findMountedOn(db: Db, backendId: string, hostId: string): Promise<string | null> {
  const row = await db.mountOnHost.findFirst({
    where: { hostId, observedState: 'mounted', mount: { backendId } },
    select: { mountId: true },
  })
  return row?.mountId ?? null
}

export interface BackendObservation extends Partial<ProblemColumns> {
  observedStatus?: 'online' | 'offline' | 'error' | 'unknown'
  /** Names of the hosts that say so; null for a test. */
  observedOn?: string | null
  observedAt?: Date
  lastTestAt?: Date
  lastTestOperation?: string
  totalBytes?: bigint | null
  usedBytes?: bigint | null
  availableBytes?: bigint | null
  fileCount?: bigint | null
  usageAt?: Date
  usageOn?: string | null
  totalInodes?: bigint | null
  usedInodes?: bigint | null
  inodesOn?: string | null
}

/** `updatedAt` tells when a person changed the backend; an observation leaves it as it is, and gives way to a change. */
export async function saveBackend(
  tx: Db,
  backendId: string,
  { observedValues, ...observation }: BackendObservation,
): Promise<void> {
  const row = await tx.backend.findUnique({ where: { id: backendId }, select: { generation: true, updatedAt: true } })
  if (!row) return
  await tx.backend.updateMany({
    where: { id: backendId, generation: row.generation },
    data: {
      ...observation,
      ...(observedValues === undefined ? {} : { observedValues: storable(observedValues) }),
      updatedAt: row.updatedAt,
    },
  })
}

/** What a host shows of the backend. */
interface Fact extends ProblemColumns {
  hostName: string
  isOnline: boolean
  wanted: boolean
}

export interface MountFact extends Fact {
  state: ObservedState
  proven: boolean | null
  usage: Prisma.JsonValue
}

export interface ConnectionFact extends Fact {
  state: ObservedConnection['state']
}

/** Everything from which the status of a backend follows. */
export interface BackendFacts {
  /** Is it the same storage on every host? */
  scope: 'host' | 'fleet'
  usageAt: Date | null
  mounts: MountFact[]
  connections: ConnectionFact[]
}

const FACT = {
  observedState: true,
  observedError: true,
  observedProblem: true,
  observedValues: true,
  observedSaid: true,
  host: { select: { name: true, observedStatus: true } },
} as const

type StoredBackend = NonNullable<Awaited<ReturnType<typeof findStored>>>

function findStored(tx: Db, id: string) {
  return tx.backend.findUnique({
    where: { id },
    select: {
      driver: true,
      observedStatus: true,
      observedOn: true,
      observedError: true,
      observedProblem: true,
      observedValues: true,
      observedSaid: true,
      totalBytes: true,
      usedBytes: true,
      availableBytes: true,
      fileCount: true,
      usageAt: true,
      usageOn: true,
      totalInodes: true,
      usedInodes: true,
      inodesOn: true,
    },
  })
}

/** The backend as it is stored, and what hosts that are not revoked show of it; null when it is gone. */
export async function findBackendFacts(
  tx: Db,
  id: string,
): Promise<{ stored: StoredBackend; facts: BackendFacts } | null> {
  const stored = await findStored(tx, id)
  if (stored === null) return null
  const mounts = await tx.mountOnHost.findMany({
    where: { removed: false, mount: { backendId: id, deletedAt: null }, host: { revokedAt: null } },
    select: { ...FACT, desiredState: true, observedProven: true, usage: true },
    orderBy: { host: { name: 'asc' } },
  })
  const connections = await tx.backendOnHost.findMany({
    where: { backendId: id, host: { revokedAt: null }, observedGeneration: { not: null } },
    select: { ...FACT, desired: true },
    orderBy: { host: { name: 'asc' } },
  })
  const { driver, usageAt } = stored
  return {
    stored,
    facts: {
      scope: isDriverId(driver) ? driverById(driver).scope : 'fleet',
      usageAt,
      mounts: mounts.map(({ observedState, desiredState, observedProven, host, ...row }) => ({
        ...row,
        ...onHost(host),
        state: observedState,
        wanted: desiredState === 'mounted',
        proven: observedProven,
      })),
      connections: connections.map(({ observedState, desired, host, ...row }) => ({
        ...row,
        ...onHost(host),
        state: observedState,
        wanted: desired === 'connected',
      })),
    },
  }
}

function onHost({ name, observedStatus }: { name: string; observedStatus: string }) {
  return { hostName: name, isOnline: observedStatus === 'online' }
}

/** The backends that hosts have something of. */
export async function findBackendsOn(db: Db, hostIds: readonly string[]): Promise<string[]> {
  const hostId = { in: [...hostIds] }
  const [mounts, connections] = await Promise.all([
    db.mount.findMany({
      where: { hosts: { some: { hostId } } },
      select: { backendId: true },
      distinct: ['backendId'],
    }),
    db.backendOnHost.findMany({ where: { hostId }, select: { backendId: true }, distinct: ['backendId'] }),
  ])
  return [...new Set([...mounts, ...connections].map(({ backendId }) => backendId))]
}

/** The backends of these mounts, by mount. */
export async function findBackendsOf(db: Db, mountIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.mount.findMany({ where: { id: { in: [...mountIds] } }, select: { id: true, backendId: true } })
  return new Map(rows.map(({ id, backendId }) => [id, backendId]))
}

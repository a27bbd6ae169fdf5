import type { ProblemColumns } from '@/lib/controller/resources/problem-columns'
import type { Db, Prisma } from '@/lib/db/client'
import { storable } from '@/lib/db/json-column'
import type { StoredSecret } from '@/lib/db/sealed-secrets'
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
  observedStatus?: 'online' | 'offline' | 'error'
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

export interface BackendMountState extends ProblemColumns {
  state: ObservedState
  wanted: boolean
  hostName: string
  usage: Prisma.JsonValue
  observedAt: Date | null
}

/** What hosts that are online see of this backend's mounts. */
export async function findMountStates(tx: Db, backendId: string): Promise<BackendMountState[]> {
  const rows = await tx.mountOnHost.findMany({
    where: {
      removed: false,
      mount: { backendId, deletedAt: null },
      host: { observedStatus: 'online', revokedAt: null },
    },
    select: {
      observedState: true,
      desiredState: true,
      observedError: true,
      observedProblem: true,
      observedValues: true,
      observedSaid: true,
      usage: true,
      observedAt: true,
      host: { select: { name: true } },
    },
  })
  return rows.map(({ observedState, desiredState, host, ...row }) => ({
    ...row,
    state: observedState,
    wanted: desiredState === 'mounted',
    hostName: host.name,
  }))
}

/** The backends of these mounts. */
export async function findBackendsOf(db: Db, mountIds: readonly string[]): Promise<string[]> {
  const rows = await db.mount.findMany({
    where: { id: { in: [...mountIds] } },
    select: { backendId: true },
    distinct: ['backendId'],
  })
  return rows.map(({ backendId }) => backendId)
}

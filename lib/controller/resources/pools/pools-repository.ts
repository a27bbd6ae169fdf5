import { DbNull } from '@prisma/client/runtime/client'
import type { ObservedPool } from '@/lib/agent-protocol/pools'
import { DESIRED_BACKEND, type DesiredBackend } from '@/lib/controller/resources/backend-repository'
import type { StoredRow } from '@/lib/controller/resources/kind'
import { NO_PROBLEM, type ProblemColumns } from '@/lib/controller/resources/problem-columns'
import type { Db, Prisma } from '@/lib/db/client'
import { holdDeleted } from '@/lib/db/hold-rows'
import { storable } from '@/lib/db/json-column'

type PoolState = ObservedPool['state'] | 'unknown' | 'closed'

/** One pool on one host, as much as it takes to carry it out. */
export interface DesiredPool {
  poolId: string
  hostId: string
  desired: 'open' | 'closed'
  desiredGeneration: number
  /** When it was open here for the first time. */
  madeAt: Date | null
  observedState: PoolState
  /** Null while the host does not list it. */
  observedGeneration: number | null
  observedSince: Date | null
  nextAttemptAt: Date | null
  attempts: number
  pool: {
    name: string
    settings: Prisma.JsonValue
    mountId: string | null
    keeperId: string | null
    deletedAt: Date | null
    abandonedAt: Date | null
    backend: DesiredBackend
    hosts: { hostId: string; madeAt: Date | null }[]
  }
}

const DESIRED = {
  poolId: true,
  hostId: true,
  desired: true,
  desiredGeneration: true,
  madeAt: true,
  observedState: true,
  observedGeneration: true,
  observedSince: true,
  nextAttemptAt: true,
  attempts: true,
  pool: {
    select: {
      name: true,
      settings: true,
      mountId: true,
      keeperId: true,
      deletedAt: true,
      abandonedAt: true,
      backend: { select: DESIRED_BACKEND },
      hosts: { select: { hostId: true, madeAt: true }, orderBy: { hostId: 'asc' } },
    },
  },
} satisfies Prisma.PoolOnHostSelect

export function findDesiredOfPool(db: Db, poolId: string, hostIds: readonly string[]): Promise<DesiredPool[]> {
  return db.poolOnHost.findMany({ where: { poolId, hostId: { in: [...hostIds] } }, select: DESIRED })
}

export function findDesiredPoolsOfHost(db: Db, hostId: string): Promise<DesiredPool[]> {
  return db.poolOnHost.findMany({ where: { hostId }, select: DESIRED, orderBy: { poolId: 'asc' } })
}

export async function findHostsOfPool(db: Db, poolId: string): Promise<string[]> {
  const rows = await db.poolOnHost.findMany({ where: { poolId }, select: { hostId: true } })
  return rows.map(({ hostId }) => hostId)
}

/** What a pool lies on, on each of its hosts: its mount, or the connection of its backend. Null: the pool is gone. */
export async function findBaseOfPool(db: Db, poolId: string): Promise<{ kind: string; id: string } | null> {
  const row = await db.pool.findUnique({ where: { id: poolId }, select: { mountId: true, backendId: true } })
  if (row === null) return null
  return row.mountId === null ? { kind: 'connection', id: row.backendId } : { kind: 'mount', id: row.mountId }
}

/** The host that looks after the volumes of a shared pool; null: each does. */
export async function findKeeper(db: Db, poolId: string): Promise<string | null> {
  const row = await db.pool.findUnique({ where: { id: poolId }, select: { keeperId: true } })
  return row?.keeperId ?? null
}

/** How the last command for this row went; a success clears the backoff. */
export async function savePoolAttempt(
  tx: Db,
  { poolId, hostId }: DesiredPool,
  attempt: { attempts: number; nextAttemptAt: Date | null },
): Promise<void> {
  await tx.poolOnHost.updateMany({ where: { poolId, hostId }, data: attempt })
}

/** The host has closed it. The row stays for its generation and because it was made there; that of a deleted pool goes. */
export async function acknowledgeClosed(tx: Db, { poolId, hostId }: DesiredPool, at: Date): Promise<void> {
  const key = { poolId, hostId }
  await holdDeleted(tx, 'pool', [poolId])
  await tx.poolOnHost.deleteMany({ where: { ...key, pool: { deletedAt: { not: null } } } })
  await tx.poolOnHost.updateMany({ where: key, data: { ...CLOSED, observedSince: at, observedAt: at } })
  await dropDeletedPools(tx, [poolId])
}

const CLOSED = {
  observedState: 'closed',
  observedGeneration: null,
  ...NO_PROBLEM,
  observedValues: DbNull,
  capacityAt: null,
  totalBytes: null,
  usedBytes: null,
  availableBytes: null,
  dataPercent: null,
  metadataPercent: null,
  totalInodes: null,
  usedInodes: null,
  foreign: DbNull,
  templates: DbNull,
  templateCount: null,
  libvirtSecret: DbNull,
  activeVolumes: DbNull,
} as const

/** Deleted pools that no host has any more, with the mounts that were theirs. Returns how many pools went. */
export async function dropDeletedPools(tx: Db, ids?: readonly string[]): Promise<number> {
  const where = { deletedAt: { not: null }, hosts: { none: {} }, volumes: { none: {} } }
  const gone = await tx.pool.findMany({
    where: ids === undefined ? where : { ...where, id: { in: [...ids] } },
    select: { id: true, mountId: true },
  })
  if (gone.length === 0) return 0
  await tx.pool.deleteMany({ where: { id: { in: gone.map(({ id }) => id) } } })
  const mountIds = gone.flatMap(({ mountId }) => (mountId === null ? [] : [mountId]))
  await holdDeleted(tx, 'mount', mountIds)
  await tx.mount.deleteMany({ where: { id: { in: mountIds }, deletedAt: { not: null }, hosts: { none: {} } } })
  return gone.length
}

/** Rows that nobody can acknowledge any more: the host was revoked. Returns how many pools went. */
export async function dropOrphanedPools(tx: Db): Promise<number> {
  await tx.poolOnHost.deleteMany({
    where: { host: { revokedAt: { not: null } }, OR: [{ desired: 'closed' }, { pool: { deletedAt: { not: null } } }] },
  })
  return dropDeletedPools(tx)
}

/** What is stored of a pool on a host. */
export interface StoredPool extends StoredRow, ProblemColumns {
  observedState: PoolState
  totalBytes: bigint | null
  usedBytes: bigint | null
  availableBytes: bigint | null
  dataPercent: number | null
  metadataPercent: number | null
  totalInodes: bigint | null
  usedInodes: bigint | null
  capacityAt: Date | null
  foreign: Prisma.JsonValue
  templates: Prisma.JsonValue
  templateCount: number | null
  libvirtSecret: Prisma.JsonValue
  activeVolumes: Prisma.JsonValue
}

/** Everything that is stored about pools, to begin with. */
export async function findStoredPools(db: Db): Promise<StoredPool[]> {
  const rows = await db.poolOnHost.findMany({
    select: {
      poolId: true,
      hostId: true,
      observedState: true,
      observedGeneration: true,
      observedSince: true,
      observedError: true,
      observedProblem: true,
      observedValues: true,
      observedSaid: true,
      totalBytes: true,
      usedBytes: true,
      availableBytes: true,
      dataPercent: true,
      metadataPercent: true,
      totalInodes: true,
      usedInodes: true,
      capacityAt: true,
      foreign: true,
      templates: true,
      templateCount: true,
      libvirtSecret: true,
      activeVolumes: true,
    },
  })
  return rows.map(({ poolId, ...row }) => ({ ...row, id: poolId }))
}

export async function savePool(tx: Db, stored: StoredPool, at: Date): Promise<void> {
  const { id: poolId, hostId, observedValues, foreign, templates, libvirtSecret, activeVolumes, ...columns } = stored
  await tx.poolOnHost.updateMany({
    where: { poolId, hostId },
    data: {
      ...columns,
      observedAt: at,
      observedValues: storable(observedValues),
      foreign: storable(foreign),
      templates: storable(templates),
      libvirtSecret: storable(libvirtSecret),
      activeVolumes: storable(activeVolumes),
    },
  })
  if (stored.observedState !== 'ready' && stored.observedState !== 'degraded') return
  await tx.poolOnHost.updateMany({ where: { poolId, hostId, madeAt: null }, data: { madeAt: at } })
}

/** "Still the same" for everything that these hosts tell of. */
export async function touchPools(tx: Db, hostIds: string[], at: Date): Promise<void> {
  await tx.poolOnHost.updateMany({
    where: { hostId: { in: hostIds }, observedGeneration: { not: null } },
    data: { observedAt: at },
  })
}

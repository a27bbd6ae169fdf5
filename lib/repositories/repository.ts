import { type Db, db, type Prisma } from '@/lib/db/client'
import type { FullChange } from '@/lib/repositories/policy'

const LEASE = {
  id: true,
  repositoryId: true,
  program: true,
  job: true,
  hostId: true,
  host: { select: { name: true } },
  actor: true,
  startedBy: true,
  reservedBytes: true,
  heartbeatSeconds: true,
  startedAt: true,
  heartbeatAt: true,
  endedAt: true,
  outcome: true,
  note: true,
} as const satisfies Prisma.RepositoryLeaseSelect

export type LeaseRecord = Prisma.RepositoryLeaseGetPayload<{ select: typeof LEASE }>

const COLUMNS = {
  id: true,
  name: true,
  mountId: true,
  targets: true,
  targetLabels: true,
  enabled: true,
  disableAtPercent: true,
  enableBelowPercent: true,
  fullSince: true,
  fullPercent: true,
  fullAllowedAt: true,
  generation: true,
  createdAt: true,
  updatedAt: true,
  backend: {
    select: {
      id: true,
      name: true,
      driver: true,
      source: true,
      config: true,
      observedStatus: true,
      observedError: true,
      totalBytes: true,
      usedBytes: true,
      availableBytes: true,
      usageAt: true,
    },
  },
  hosts: { select: { hostId: true, host: { select: { name: true } } }, orderBy: { hostId: 'asc' } },
  /** Those that nobody has ended. */
  leases: { where: { endedAt: null }, select: LEASE, orderBy: { id: 'asc' } },
} as const satisfies Prisma.RepositorySelect

export type RepositoryRecord = Prisma.RepositoryGetPayload<{ select: typeof COLUMNS }>

export function findAll(filter: { backendIds?: readonly string[] | undefined } = {}): Promise<RepositoryRecord[]> {
  const { backendIds } = filter
  return db().repository.findMany({
    where: backendIds === undefined ? {} : { backendId: { in: [...backendIds] } },
    select: COLUMNS,
    orderBy: { id: 'asc' },
  })
}

export function findById(id: string, tx: Db = db()): Promise<RepositoryRecord | null> {
  return tx.repository.findUnique({ where: { id }, select: COLUMNS })
}

export function findNamed(tx: Db, name: string, except: string) {
  return tx.repository.findFirst({ where: { name, id: { not: except } }, select: { id: true, name: true } })
}

export function findOfBackend(tx: Db, backendId: string) {
  return tx.repository.findMany({ where: { backendId }, select: { id: true, name: true }, orderBy: { id: 'asc' } })
}

export function findOfMount(tx: Db, mountId: string): Promise<RepositoryRecord | null> {
  return tx.repository.findUnique({ where: { mountId }, select: COLUMNS })
}

export interface NewRepository {
  id: string
  name: string
  backendId: string
  mountId: string | null
  targets: RepositoryRecord['targets']
  targetLabels: Record<string, string>
  disableAtPercent: number
  enableBelowPercent: number
}

export async function insert(tx: Db, row: NewRepository, hostIds: readonly string[]): Promise<void> {
  await tx.repository.create({
    data: { ...row, hosts: { create: hostIds.map((hostId) => ({ hostId })) } },
    select: { id: true },
  })
}

export type RepositoryChange = Partial<Omit<NewRepository, 'id' | 'backendId' | 'mountId'>> & {
  enabled?: boolean
  fullAllowedAt?: Date | null
}

/** Raises the generation; the new one, or null when it is not `expected` any more. */
export async function update(tx: Db, id: string, expected: number, change: RepositoryChange): Promise<number | null> {
  const { count } = await tx.repository.updateMany({
    where: { id, generation: expected },
    data: { ...change, generation: { increment: 1 } },
  })
  return count === 1 ? expected + 1 : null
}

/** Of one without a mount. */
export async function setHosts(tx: Db, repositoryId: string, hostIds: readonly string[]): Promise<void> {
  await tx.repositoryHost.deleteMany({ where: { repositoryId } })
  await tx.repositoryHost.createMany({ data: hostIds.map((hostId) => ({ repositoryId, hostId })) })
}

export async function remove(tx: Db, id: string): Promise<void> {
  await tx.repository.delete({ where: { id }, select: { id: true } })
}

/** What decides whether they are too full. */
export function findPolicies(tx: Db) {
  return tx.repository.findMany({
    select: {
      id: true,
      disableAtPercent: true,
      enableBelowPercent: true,
      fullSince: true,
      fullPercent: true,
      fullAllowedAt: true,
      backend: { select: { totalBytes: true, usedBytes: true, availableBytes: true } },
    },
    orderBy: { id: 'asc' },
  })
}

/** An observation: nobody's generation. False when somebody was faster. */
export async function saveFull(
  tx: Db,
  { id, fullSince }: Pick<RepositoryRecord, 'id' | 'fullSince'>,
  change: FullChange,
): Promise<boolean> {
  const { count } = await tx.repository.updateMany({ where: { id, fullSince }, data: change })
  return count === 1
}

// ---- leases ---------------------------------------------------------------------------------------------------------------

export async function insertLease(tx: Db, lease: Omit<Prisma.RepositoryLeaseUncheckedCreateInput, 'endedAt'>) {
  await tx.repositoryLease.create({ data: lease, select: { id: true } })
}

export function findLease(repositoryId: string, id: string, tx: Db = db()): Promise<LeaseRecord | null> {
  return tx.repositoryLease.findFirst({ where: { id, repositoryId }, select: LEASE })
}

/** Newest first. */
export function findLeases(repositoryId: string): Promise<LeaseRecord[]> {
  return db().repositoryLease.findMany({ where: { repositoryId }, select: LEASE, orderBy: { id: 'desc' }, take: MOST })
}

const MOST = 5_000

/** Null in `reservedBytes`: as before. False when it has ended meanwhile. */
export async function beat(tx: Db, id: string, at: Date, reservedBytes: bigint | null): Promise<boolean> {
  const { count } = await tx.repositoryLease.updateMany({
    where: { id, endedAt: null },
    data: { heartbeatAt: at, ...(reservedBytes === null ? {} : { reservedBytes }) },
  })
  return count === 1
}

export async function endLease(
  tx: Db,
  id: string,
  end: { endedAt: Date; outcome: 'finished' | 'failed' | 'forced'; note: string | null },
): Promise<boolean> {
  const { count } = await tx.repositoryLease.updateMany({ where: { id, endedAt: null }, data: end })
  return count === 1
}

import { type Db, db, type Prisma } from '@/lib/db/client'
import { JUDGED_ON_HOST } from '@/lib/pools/judged-columns'

const ON_HOST = {
  ...JUDGED_ON_HOST,
  desired: true,
  desiredGeneration: true,
  madeAt: true,
  observedGeneration: true,
  observedAt: true,
  capacityAt: true,
  foreign: true,
  templateCount: true,
  libvirtSecret: true,
  nextAttemptAt: true,
  host: { select: { name: true, observedStatus: true, revokedAt: true } },
} as const satisfies Prisma.PoolOnHostSelect

/** Where something is wrong with the mount or the connection below a pool, and what. */
const WRONG_BELOW = {
  where: { observedError: { not: null } },
  select: { hostId: true, observedError: true, observedProblem: true, observedValues: true, observedSaid: true },
} as const

const COLUMNS = {
  id: true,
  name: true,
  settings: true,
  targets: true,
  targetLabels: true,
  maintenance: true,
  overcommitLimit: true,
  maxVolumeBytes: true,
  trashDays: true,
  mountId: true,
  keeperId: true,
  generation: true,
  deletedAt: true,
  createdAt: true,
  updatedAt: true,
  backend: {
    select: { id: true, name: true, driver: true, source: true, config: true, hosts: WRONG_BELOW },
  },
  mount: {
    select: { id: true, name: true, mountPoint: true, generation: true, deletedAt: true, hosts: WRONG_BELOW },
  },
  hosts: { select: ON_HOST, orderBy: { hostId: 'asc' } },
} as const satisfies Prisma.PoolSelect

export type PoolRecord = Prisma.PoolGetPayload<{ select: typeof COLUMNS }>
export type PoolOnHostRecord = PoolRecord['hosts'][number]

export interface PoolFilter {
  backendIds?: readonly string[] | undefined
  hostIds?: readonly string[] | undefined
  /** Of the backend. */
  drivers?: readonly string[] | undefined
  ids?: readonly string[] | undefined
}

/** In the order of their ids, which is that in which they were made. There are few: what the rest is judged by is not in the database. */
export function findAll({ backendIds, hostIds, drivers, ids }: PoolFilter = {}): Promise<PoolRecord[]> {
  return db().pool.findMany({
    where: {
      ...(backendIds === undefined ? {} : { backendId: { in: [...backendIds] } }),
      ...(hostIds === undefined ? {} : { hosts: { some: { hostId: { in: [...hostIds] }, desired: 'open' } } }),
      ...(drivers === undefined ? {} : { backend: { driver: { in: [...drivers] } } }),
      ...(ids === undefined ? {} : { id: { in: [...ids] } }),
    },
    select: COLUMNS,
    orderBy: { id: 'asc' },
  })
}

export function findById(id: string, tx: Db = db()): Promise<PoolRecord | null> {
  return tx.pool.findUnique({ where: { id }, select: COLUMNS })
}

/** What hosts have told of templates; of one host, or of all. */
export function findTemplates(poolId: string, tx: Db = db(), hostId?: string) {
  return tx.poolOnHost.findMany({
    where: { poolId, ...(hostId === undefined ? {} : { hostId }) },
    select: { hostId: true, host: { select: { name: true } }, templates: true },
    orderBy: { hostId: 'asc' },
  })
}

/** Another pool of this name, also one that is on its way out. */
export function findNamed(tx: Db, name: string, except: string) {
  return tx.pool.findFirst({ where: { name, id: { not: except } }, select: { id: true, name: true, deletedAt: true } })
}

/** Of a backend, also those on their way out. */
export function findOfBackend(tx: Db, backendId: string) {
  return tx.pool.findMany({
    where: { backendId },
    select: { id: true, name: true, generation: true, deletedAt: true },
    orderBy: { id: 'asc' },
  })
}

/** What all pools together are told from; those on their way out are left out. */
export function findForSummary() {
  return db().pool.findMany({
    where: { deletedAt: null },
    select: { id: true, backendId: true, settings: true, keeperId: true, backend: { select: { driver: true } } },
    orderBy: { id: 'asc' },
  })
}
export type PoolInSum = Awaited<ReturnType<typeof findForSummary>>[number]

/** How large pools are on the hosts that are to have them open, the newest look first. */
export function findMeasured(where: Prisma.PoolOnHostWhereInput) {
  return db().poolOnHost.findMany({
    where: { ...where, desired: 'open', host: { revokedAt: null } },
    select: { poolId: true, hostId: true, totalBytes: true, usedBytes: true },
    orderBy: { capacityAt: 'desc' },
  })
}

export interface Counts {
  provisioned: bigint
  living: number
  trashed: number
}

const NOTHING: Counts = { provisioned: 0n, living: 0, trashed: 0 }

/** By pool; one without volumes is left out, see `countsFor`. */
export async function countVolumes(poolId?: string, tx: Db = db()): Promise<Map<string, Counts>> {
  const rows = await tx.volume.groupBy({
    by: ['poolId', 'phase'],
    ...(poolId === undefined ? {} : { where: { poolId } }),
    _sum: { sizeBytes: true },
    _count: true,
  })
  const found = new Map<string, Counts>()
  for (const { poolId: id, phase, _sum, _count } of rows) {
    const before = found.get(id) ?? NOTHING
    found.set(id, {
      provisioned: before.provisioned + (_sum.sizeBytes ?? 0n),
      living: before.living + (phase === 'trashed' ? 0 : _count),
      trashed: before.trashed + (phase === 'trashed' ? _count : 0),
    })
  }
  return found
}

export function countsFor(counts: ReadonlyMap<string, Counts>, poolId: string): Counts {
  return counts.get(poolId) ?? NOTHING
}

/** What volumes take, and how many snapshots there are; null where one of them is not known. */
export async function sumsOf(poolId: string): Promise<{ allocatedBytes: bigint | null; snapshots: number }> {
  const [sums, unknown, snapshots] = await Promise.all([
    db().volume.aggregate({ where: { poolId }, _sum: { allocatedBytes: true } }),
    db().volume.count({ where: { poolId, allocatedBytes: null } }),
    db().snapshot.count({ where: { volume: { poolId }, isReady: true } }),
  ])
  return { allocatedBytes: unknown > 0 ? null : (sums._sum.allocatedBytes ?? 0n), snapshots }
}

/** What is in a pool, for somebody who wants to delete it; on these hosts where they are given. */
export function findVolumes(tx: Db, poolId: string, hostIds?: readonly string[]) {
  return tx.volume.findMany({
    where: { poolId, ...(hostIds === undefined ? {} : { hostId: { in: [...hostIds] } }) },
    select: { id: true, name: true, phase: true, host: { select: { name: true } } },
    orderBy: { name: 'asc' },
  })
}

/** Volumes in it that have no row. */
export function countUnknown(tx: Db, poolId: string): Promise<number> {
  return tx.unknownVolume.count({ where: { poolId } })
}

export interface NewPool {
  id: string
  name: string
  backendId: string
  settings: Record<string, unknown>
  targets: PoolRecord['targets']
  targetLabels: Record<string, string>
  maintenance: boolean
  overcommitLimit: number | null
  maxVolumeBytes: bigint | null
  trashDays: number
  mountId: string | null
  keeperId: string | null
}

export async function insert(tx: Db, { settings, ...row }: NewPool): Promise<void> {
  await tx.pool.create({ data: { ...row, settings: settings as Prisma.InputJsonValue }, select: { id: true } })
}

export type PoolChange = Partial<Omit<NewPool, 'id' | 'backendId' | 'mountId'>> & { deletedAt?: Date }

/** Raises the generation; the new one, or null when it is not `expected` any more. */
export async function update(tx: Db, id: string, expected: number, change: PoolChange): Promise<number | null> {
  const { settings, ...columns } = change
  const { count } = await tx.pool.updateMany({
    where: { id, generation: expected, deletedAt: null },
    data: {
      ...columns,
      ...(settings === undefined ? {} : { settings: settings as Prisma.InputJsonValue }),
      generation: { increment: 1 },
    },
  })
  return count === 1 ? expected + 1 : null
}

/** The hosts that have it open are to open it again, by a newer wish. */
export async function renew(
  tx: Db,
  poolId: string,
  desiredGeneration: number,
  hostIds?: readonly string[],
): Promise<void> {
  await tx.poolOnHost.updateMany({
    where: { poolId, desired: 'open', ...(hostIds === undefined ? {} : { hostId: { in: [...hostIds] } }) },
    data: { desiredGeneration, attempts: 0, nextAttemptAt: null },
  })
}

export async function removeHosts(tx: Db, poolId: string, hostIds: readonly string[]): Promise<void> {
  await tx.poolOnHost.deleteMany({ where: { poolId, hostId: { in: [...hostIds] } } })
}

export async function remove(tx: Db, id: string): Promise<void> {
  await tx.pool.delete({ where: { id }, select: { id: true } })
}

/** Volumes in the trash of a pool follow its days from now on. */
export async function setPurgeTimes(tx: Db, poolId: string, trashDays: number): Promise<void> {
  const rows = await tx.volume.findMany({
    where: { poolId, phase: 'trashed', trashedAt: { not: null } },
    select: { id: true, trashedAt: true },
  })
  for (const { id, trashedAt } of rows) {
    const purgeAt = new Date((trashedAt?.getTime() ?? 0) + trashDays * 86_400_000)
    await tx.volume.updateMany({ where: { id, phase: 'trashed' }, data: { purgeAt } })
  }
}

/** The host that tells of the volumes of a shared storage from now on; both hear of it by a newer wish. */
export async function setKeeper(
  tx: Db,
  poolId: string,
  keeperId: string | null,
  desiredGeneration: number,
): Promise<void> {
  const before = await tx.pool.findUnique({ where: { id: poolId }, select: { keeperId: true } })
  await tx.pool.updateMany({ where: { id: poolId }, data: { keeperId } })
  await tx.volume.updateMany({ where: { poolId }, data: { hostId: keeperId } })
  const hostIds = [before?.keeperId, keeperId].flatMap((id) => id ?? [])
  await renew(tx, poolId, desiredGeneration, hostIds)
}

/** The mount of a pool that is gone, when no host has it; else it goes as other mounts do. */
export async function removeGoneMount(tx: Db, mountId: string): Promise<void> {
  await tx.mount.deleteMany({ where: { id: mountId, deletedAt: { not: null }, hosts: { none: {} } } })
}

/** Pools of a backend that a host has open, or is to. */
export function findOpenOn(tx: Db, backendId: string, hostId: string) {
  return tx.pool.findMany({
    where: { backendId, hosts: { some: { hostId, OR: [{ desired: 'open' }, { observedGeneration: { not: null } }] } } },
    select: { id: true, name: true, deletedAt: true },
    orderBy: { id: 'asc' },
  })
}

export interface LostVolume {
  id: string
  name: string
  sizeBytes: bigint
  _count: { snapshots: number }
}

/** What goes with a pool that is given up, or with these of its hosts. */
export function findLost(tx: Db, poolId: string, hostIds?: readonly string[]): Promise<LostVolume[]> {
  return tx.volume.findMany({
    where: { poolId, ...(hostIds === undefined ? {} : { hostId: { in: [...hostIds] } }) },
    select: { id: true, name: true, sizeBytes: true, _count: { select: { snapshots: true } } },
    orderBy: { name: 'asc' },
  })
}

/** With their snapshots; nothing of them on a host is touched. */
export async function forgetVolumes(tx: Db, ids: readonly string[]): Promise<void> {
  const atOnce = 500
  for (let at = 0; at < ids.length; at += atOnce)
    await tx.volume.deleteMany({ where: { id: { in: ids.slice(at, at + atOnce) } } })
}

export async function forgetKeeper(tx: Db, id: string): Promise<void> {
  await tx.pool.updateMany({ where: { id }, data: { keeperId: null } })
}

/** Also one that is on its way out already. The new generation; null: it was changed meanwhile. */
export async function abandon(tx: Db, id: string, expected: number): Promise<number | null> {
  const now = new Date()
  const { count } = await tx.pool.updateMany({
    where: { id, generation: expected },
    data: { abandonedAt: now, deletedAt: now, generation: { increment: 1 } },
  })
  return count === 1 ? expected + 1 : null
}

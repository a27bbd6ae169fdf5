import { type Db, db, type Prisma } from '@/lib/db/client'
import { storedEngine, unknownTypeProblem } from '@/lib/pools/engine'
import { JUDGED_ON_HOST } from '@/lib/pools/judged-columns'
import { capacityOf } from '@/lib/pools/state'

/** Hosts that do not answer say nothing about their pools: they are the trouble then. */
const ANSWERING = {
  revokedAt: null,
  observedStatus: { notIn: ['offline', 'error'] },
} as const satisfies Prisma.HostWhereInput

const OPEN = {
  desired: 'open',
  pool: { deletedAt: null },
  host: ANSWERING,
} as const satisfies Prisma.PoolOnHostWhereInput

const ON_HOST = {
  ...JUDGED_ON_HOST,
  poolId: true,
  pool: { select: { id: true, name: true, backendId: true, mountId: true } },
} as const satisfies Prisma.PoolOnHostSelect

export type PoolFact = Prisma.PoolOnHostGetPayload<{ select: typeof ON_HOST }>

/** Pools that are not plainly well on a host that answers, or of which at least `percent` are used, counted as `usedPercent` does. */
export async function findSuspectPools(
  { percent, inodePercent }: { percent: number; inodePercent: number },
  tx: Db = db(),
): Promise<PoolFact[]> {
  const full = await tx.$queryRaw<{ poolId: string }[]>`
    SELECT DISTINCT "poolId" FROM "PoolOnHost" WHERE "totalBytes" > 0 AND "usedBytes" >=
      ("usedBytes" / 100.0 + COALESCE("availableBytes", "totalBytes" - "usedBytes") / 100.0) * ${percent - 0.5}
      OR "totalInodes" > 0 AND "usedInodes" >= "totalInodes" / 100.0 * ${inodePercent - 0.5}`
  return tx.poolOnHost.findMany({
    where: {
      ...OPEN,
      OR: [
        // One that waits for the mount or the connection below it says nothing of its own.
        { observedState: { not: 'ready' } },
        { observedError: { not: null }, attempts: { gt: 0 } },
        { dataPercent: { gte: percent } },
        { metadataPercent: { gte: percent } },
        { poolId: { in: full.map(({ poolId }) => poolId) } },
      ],
    },
    select: ON_HOST,
    orderBy: [{ poolId: 'asc' }, { hostId: 'asc' }],
  })
}

/** On how many hosts each pool can be used, by pool. */
export async function findWellPools(tx: Db = db()): Promise<Map<string, number>> {
  const rows = await tx.poolOnHost.groupBy({
    by: ['poolId'],
    where: { ...OPEN, observedState: { in: ['ready', 'degraded'] } },
    _count: { _all: true },
  })
  return new Map(rows.map(({ poolId, _count }) => [poolId, _count._all]))
}

const VOLUME = {
  id: true,
  name: true,
  phase: true,
  hostId: true,
  observedSince: true,
  observedError: true,
  observedProblem: true,
  observedValues: true,
  observedSaid: true,
  pool: { select: { id: true, name: true, backendId: true } },
} as const satisfies Prisma.VolumeSelect

export type VolumeFact = Prisma.VolumeGetPayload<{ select: typeof VOLUME }>

/** Volumes that are not there any more, or cannot be used. */
export function findBadVolumes(tx: Db = db()): Promise<VolumeFact[]> {
  return tx.volume.findMany({
    where: { phase: { in: ['missing', 'error'] }, pool: { deletedAt: null } },
    select: VOLUME,
    orderBy: [{ poolId: 'asc' }, { id: 'asc' }],
  })
}

/** Pools in which volumes lie that no row is about, with how many. */
export async function findUnknownVolumes(tx: Db = db()): Promise<UnknownFact[]> {
  const rows = await tx.unknownVolume.groupBy({ by: ['poolId'], _count: true, _min: { since: true } })
  if (rows.length === 0) return []
  const pools = await tx.pool.findMany({
    where: { id: { in: rows.map(({ poolId }) => poolId) }, deletedAt: null },
    select: { id: true, name: true },
  })
  return pools.map((pool) => {
    const row = rows.find(({ poolId }) => poolId === pool.id)
    return { pool, count: row?._count ?? 0, since: row?._min.since ?? null }
  })
}

export interface UnreadableFact {
  pool: { id: string; name: string }
  /** With the cure. */
  problem: string
}

const FIGURES = {
  hostId: true,
  desired: true,
  capacityAt: true,
  totalBytes: true,
  usedBytes: true,
  availableBytes: true,
  host: { select: { revokedAt: true } },
} as const satisfies Prisma.PoolOnHostSelect

/** Pools of which the settings that are stored cannot be read. There are few pools, and only the engines can tell. */
export async function findUnreadablePools(tx: Db = db()): Promise<UnreadableFact[]> {
  const rows = await tx.pool.findMany({
    where: { deletedAt: null },
    select: { id: true, name: true, settings: true, backend: { select: { driver: true } } },
    orderBy: { id: 'asc' },
  })
  return rows.flatMap(({ id, name, settings, backend }) => {
    const engine = storedEngine(backend, settings)
    const problem = engine === null ? unknownTypeProblem(backend.driver) : engine.problem
    return problem === null ? [] : [{ pool: { id, name }, problem }]
  })
}

export interface LimitedFact {
  pool: { id: string; name: string }
  /** Promised over what there is. */
  limit: number
  promisedBytes: number
  totalBytes: number
}

/** Pools that may promise so much and no more, with what they have promised. Of those that nobody has measured nothing is known. */
export async function findLimitedPools(tx: Db = db()): Promise<LimitedFact[]> {
  const pools = await tx.pool.findMany({
    where: { deletedAt: null, overcommitLimit: { not: null } },
    select: {
      id: true,
      name: true,
      overcommitLimit: true,
      keeperId: true,
      settings: true,
      backend: { select: { driver: true } },
      hosts: { select: FIGURES },
    },
    orderBy: { id: 'asc' },
  })
  if (pools.length === 0) return []
  const sums = await tx.volume.groupBy({
    by: ['poolId'],
    where: { poolId: { in: pools.map(({ id }) => id) } },
    _sum: { sizeBytes: true },
  })
  const promised = new Map(sums.map(({ poolId, _sum }) => [poolId, Number(_sum.sizeBytes ?? 0n)]))
  return pools.flatMap(({ id, name, overcommitLimit: limit, keeperId, settings, backend, hosts }) => {
    const sharing = storedEngine(backend, settings)?.sharing
    const totalBytes = sharing === undefined ? null : capacityOf(hosts, sharing, keeperId).totalBytes
    if (limit === null || totalBytes === null || totalBytes === 0n) return []
    return [{ pool: { id, name }, limit, promisedBytes: promised.get(id) ?? 0, totalBytes: Number(totalBytes) }]
  })
}

export interface UnknownFact {
  pool: { id: string; name: string }
  count: number
  since: Date | null
}

const FAILING = {
  failing: true,
  failedSince: true,
  error: true,
  volume: { select: { id: true, name: true, pool: { select: { id: true, name: true, backendId: true } } } },
} as const satisfies Prisma.SnapshotTurnSelect

export type ScheduleFact = Prisma.SnapshotTurnGetPayload<{ select: typeof FAILING }>

/** Volumes of which a schedule could take no snapshot, or not delete one, when it tried last. */
export function findFailingSchedules(tx: Db = db()): Promise<ScheduleFact[]> {
  return tx.snapshotTurn.findMany({
    where: { failures: { gt: 0 }, volume: { phase: 'ready', pool: { deletedAt: null } } },
    select: FAILING,
    orderBy: { volumeId: 'asc' },
  })
}

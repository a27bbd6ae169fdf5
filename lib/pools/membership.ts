import type { Db } from '@/lib/db/client'
import { insertRows } from '@/lib/db/insert-rows'
import { labelsOf, membershipOf, type TargetRule } from '@/lib/mounts/targets'
import { releaseConnections, requireConnections } from '@/lib/pools/connections'

interface Settled {
  id: string
  name: string
  joined: string[]
  left: string[]
}

const POOL = {
  id: true,
  name: true,
  backendId: true,
  mountId: true,
  targets: true,
  targetLabels: true,
  generation: true,
} as const

/**
 * Writes rows so that every pool for labels or for all hosts has exactly its hosts: of one host or of all. Its mount, of the same
 * rule, is settled as all mounts are. Level-triggered: whoever calls it again changes nothing more.
 */
export async function settlePools(tx: Db, scope: { hostId?: string } = {}): Promise<Settled[]> {
  const where = { targets: { not: 'hosts' as const }, deletedAt: null }
  const pools = await tx.pool.findMany({ where, select: POOL, orderBy: { id: 'asc' } })
  if (pools.length === 0) return []
  const ofHost = scope.hostId === undefined ? {} : { hostId: scope.hostId }
  const hosts = await tx.host.findMany({
    where: scope.hostId === undefined ? {} : { id: scope.hostId },
    select: { id: true, labels: true, revokedAt: true },
    orderBy: { id: 'asc' },
  })
  const rows = await tx.poolOnHost.findMany({
    where: { ...ofHost, pool: where },
    select: { poolId: true, hostId: true, desired: true },
  })
  const rowsOf = Map.groupBy(rows, (row) => row.poolId)
  const settled: Settled[] = []
  for (const pool of pools) {
    const rule: TargetRule = { targets: pool.targets, targetLabels: labelsOf(pool.targetLabels) }
    const members = (rowsOf.get(pool.id) ?? []).map(({ hostId, desired }) => ({
      hostId,
      removed: desired === 'closed',
    }))
    const change = membershipOf(rule, hosts, members)
    const isChanged = Object.values(change).some((ids: string[]) => ids.length > 0)
    if (isChanged && (await settle(tx, pool, change)))
      settled.push({
        id: pool.id,
        name: pool.name,
        joined: [...change.joining, ...change.returning],
        left: [...change.leaving, ...change.orphaned],
      })
  }
  return settled
}

type Pool = { id: string; backendId: string; mountId: string | null; generation: number }

/** False when somebody changed the pool at the same moment; the next look finds what is left to do. */
async function settle(tx: Db, pool: Pool, change: ReturnType<typeof membershipOf>): Promise<boolean> {
  const { count } = await tx.pool.updateMany({
    where: { id: pool.id, generation: pool.generation, deletedAt: null },
    data: { generation: { increment: 1 } },
  })
  if (count === 0) return false
  const generation = pool.generation + 1
  await tx.poolOnHost.deleteMany({ where: { poolId: pool.id, hostId: { in: change.orphaned } } })
  await openOn(tx, pool, [...change.joining, ...change.returning], generation)
  await closeOn(tx, pool, change.leaving, generation)
  return true
}

const AFRESH = { attempts: 0, nextAttemptAt: null }

/** Wants the pool on these hosts, with what it lies on where that is a connection. */
export async function openOn(
  tx: Db,
  pool: Omit<Pool, 'generation'>,
  hostIds: readonly string[],
  desiredGeneration: number,
): Promise<void> {
  if (hostIds.length === 0) return
  const where = { poolId: pool.id, hostId: { in: [...hostIds] } }
  const known = await tx.poolOnHost.findMany({ where, select: { hostId: true } })
  await tx.poolOnHost.updateMany({ where, data: { ...AFRESH, desired: 'open', desiredGeneration } })
  const joining = hostIds.filter((hostId) => !known.some((row) => row.hostId === hostId))
  await insertRows(
    tx,
    'PoolOnHost',
    joining.map((hostId) => ({ poolId: pool.id, hostId, desired: 'open', desiredGeneration })),
  )
  if (pool.mountId === null) await requireConnections(tx, pool.backendId, hostIds)
}

/** Wants it off these hosts, with the connection where no other pool needs that. */
export async function closeOn(
  tx: Db,
  pool: Omit<Pool, 'generation'>,
  hostIds: readonly string[],
  desiredGeneration: number,
): Promise<void> {
  if (hostIds.length === 0) return
  await tx.poolOnHost.updateMany({
    where: { poolId: pool.id, hostId: { in: [...hostIds] } },
    data: { ...AFRESH, desired: 'closed', desiredGeneration },
  })
  if (pool.mountId === null) await releaseConnections(tx, pool.backendId, hostIds)
}

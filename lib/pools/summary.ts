import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { storedEngine } from '@/lib/pools/engine'
import * as repository from '@/lib/pools/repository'
import type { PoolSummary } from '@/lib/pools/schema'

/** One storage: what hosts share, or what one has for itself. */
interface Storage {
  poolId: string
  /** The same for what is the same storage. */
  key: string
  totalBytes: bigint | null
  usedBytes: bigint | null
}

/** All pools together, from what the database has. What several pools lie on is counted once. */
export async function poolSummary(actor: Actor): Promise<PoolSummary> {
  authorize(actor, 'pools.read')
  const [pools, counts] = await Promise.all([repository.findForSummary(), repository.countVolumes()])
  const storages = await storagesOf(pools)
  const unmeasured = new Set(storages.filter(({ totalBytes }) => totalBytes === null).map(({ poolId }) => poolId))
  const measured = pools.filter(({ id }) => !unmeasured.has(id))
  const known = [...new Map(storages.flatMap((one) => (one.totalBytes === null ? [] : [[one.key, one]]))).values()]
  const provisionedIn = (chosen: typeof pools) =>
    chosen.reduce((sum, { id }) => sum + Number(repository.countsFor(counts, id).provisioned), 0)
  const total = known.reduce((sum, { totalBytes }) => sum + Number(totalBytes), 0)
  const all = pools.map(({ id }) => repository.countsFor(counts, id))
  return {
    pool_count: pools.length,
    unmeasured_count: unmeasured.size,
    total_bytes: known.length === 0 ? null : total,
    used_bytes: known.length === 0 ? null : known.reduce((sum, { usedBytes }) => sum + Number(usedBytes ?? 0n), 0),
    provisioned_bytes: provisionedIn(pools),
    overcommit: total === 0 ? null : provisionedIn(measured) / total,
    volume_count: all.reduce((sum, { living }) => sum + living, 0),
    trashed_count: all.reduce((sum, { trashed }) => sum + trashed, 0),
  }
}

/** What pools lie on. Of a storage that hosts share one row is read, whichever number of them has it open. */
async function storagesOf(pools: readonly repository.PoolInSum[]): Promise<Storage[]> {
  const isOwn = ({ backend, settings }: repository.PoolInSum) => storedEngine(backend, settings)?.sharing === 'own'
  const { own = [], shared = [] } = Object.groupBy(pools, (pool) => (isOwn(pool) ? 'own' : 'shared'))
  const [onHosts, onKeepers] = await Promise.all([
    own.length === 0 ? [] : repository.findMeasured({ poolId: { in: own.map(({ id }) => id) } }),
    measuredByKeeper(shared),
  ])
  const backends = new Map(pools.map(({ id, backendId }) => [id, backendId]))
  return [
    ...onHosts.map((row) => ({ ...row, key: `${backends.get(row.poolId)} ${row.hostId}` })),
    ...shared.map(({ id: poolId, backendId: key }) => {
      const { totalBytes = null, usedBytes = null } = onKeepers.get(poolId) ?? {}
      return { poolId, key, totalBytes, usedBytes }
    }),
  ]
}

/** As the keeper has it, or else as the newest look of another host. */
async function measuredByKeeper(pools: readonly repository.PoolInSum[]) {
  const keepers = pools.flatMap(({ id: poolId, keeperId }) => (keeperId === null ? [] : { poolId, hostId: keeperId }))
  const isMeasured = { capacityAt: { not: null } }
  const told = keepers.length === 0 ? [] : await repository.findMeasured({ OR: keepers, ...isMeasured })
  const known = new Map(told.map((row) => [row.poolId, row]))
  const others = pools.map(({ id }) => id).filter((id) => !known.has(id))
  if (others.length === 0) return known
  const rows = await repository.findMeasured({ poolId: { in: others }, ...isMeasured })
  // The newest is the first of them, and the last to be set.
  return new Map([...known, ...rows.toReversed().map((row) => [row.poolId, row] as const)])
}

import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { poolEngine } from '@/lib/pools/engine'
import * as repository from '@/lib/pools/repository'
import type { PoolSummary } from '@/lib/pools/schema'
import { type Capacity, capacityOf } from '@/lib/pools/state'

/** All pools together, from what the database has. What several pools lie on is counted once. */
export async function poolSummary(actor: Actor): Promise<PoolSummary> {
  authorize(actor, 'pools.read')
  const [pools, counts] = await Promise.all([repository.findMeasured(), repository.countVolumes()])
  const measured = pools.filter((pool) => storagesOf(pool).every(isKnown))
  const known = [...new Map(pools.flatMap(storagesOf).filter(isKnown)).values()]
  const provisionedIn = (chosen: typeof pools) =>
    chosen.reduce((sum, { id }) => sum + Number(repository.countsFor(counts, id).provisioned), 0)
  const total = sum(known, 'totalBytes')
  const all = pools.map(({ id }) => repository.countsFor(counts, id))
  return {
    pool_count: pools.length,
    unmeasured_count: pools.length - measured.length,
    total_bytes: known.length === 0 ? null : total,
    used_bytes: known.length === 0 ? null : sum(known, 'usedBytes'),
    provisioned_bytes: provisionedIn(pools),
    overcommit: total === 0 ? null : provisionedIn(measured) / total,
    volume_count: all.reduce((sum, { living }) => sum + living, 0),
    trashed_count: all.reduce((sum, { trashed }) => sum + trashed, 0),
  }
}

function isKnown([, { totalBytes }]: [string, Capacity]): boolean {
  return totalBytes !== null
}

/** What a pool lies on, by what is the same storage: of a shared one its backend, else that on each host. */
function storagesOf({ backendId, backend, settings, keeperId, hosts }: repository.MeasuredPool): [string, Capacity][] {
  const sharing = poolEngine(backend.driver, settings)?.sharing
  if (sharing === undefined) return []
  if (sharing !== 'own') return [[backendId, capacityOf(hosts, sharing, keeperId)]]
  return hosts.map((host) => [`${backendId} ${host.hostId}`, capacityOf([host], sharing, null)])
}

function sum(capacities: readonly Capacity[], key: keyof Capacity): number {
  return capacities.reduce((all, capacity) => all + Number(capacity[key] ?? 0n), 0)
}

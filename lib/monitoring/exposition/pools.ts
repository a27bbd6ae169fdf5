import type { Exposition } from '@/lib/monitoring/exposition/exposition'
import type { countVolumes } from '@/lib/monitoring/exposition/repository'
import type { PoolView } from '@/lib/pools/schema'
import { PoolPhase } from '@/lib/pools/schema'

/** Adds each pool as people see it, and how many volumes of it are how far. */
export function addPools(
  figures: Exposition,
  pools: readonly PoolView[],
  volumes: Awaited<ReturnType<typeof countVolumes>>,
): void {
  for (const { id, name: pool, backend_name: backend, engine, phase, provisioned_bytes, hosts } of pools) {
    figures.add('poolInfo', { pool, id, backend, ...(engine === null ? {} : { engine }) }, 1)
    figures.addState('poolPhase', PoolPhase.options, (one) => ({ pool, phase: one }), phase)
    figures.add('poolProvisioned', { pool }, provisioned_bytes)
    for (const on of hosts) figures.add('poolHostPhase', { pool, host: on.host_name, phase: on.phase }, 1)
  }
  const names = new Map(pools.map(({ id, name }) => [id, name]))
  for (const { poolId, phase, _count } of volumes) {
    const pool = names.get(poolId)
    if (pool !== undefined) figures.add('poolVolumes', { pool, phase: phase.toUpperCase() }, _count._all)
  }
}

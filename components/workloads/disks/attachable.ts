import { hostsToAttach } from '@/components/volumes/attach-words'
import type { PoolView } from '@/lib/pools/schema'
import type { VolumeRow } from '@/lib/volumes/schema'
import type { WorkloadView } from '@/lib/workloads/schema'

type Pool = Pick<PoolView, 'id' | 'name' | 'hosts' | 'sharing' | 'maintenance'>
type Volume = Pick<VolumeRow, 'id' | 'name' | 'pool_id' | 'host_id' | 'refuses'>

/** Volumes that a machine of this host can be given, by name. Whether another machine has one is said once it is chosen. */
export function attachable<Row extends Volume>(
  volumes: readonly Row[],
  pools: readonly Pool[],
  { host, uses }: Pick<WorkloadView, 'host' | 'uses'>,
): Row[] {
  const has = new Set(uses.map(({ id }) => id))
  const byId = new Map(pools.map((pool) => [pool.id, pool]))
  return volumes
    .filter((volume) => {
      const pool = byId.get(volume.pool_id)
      if (pool === undefined || pool.maintenance || has.has(volume.id) || volume.refuses.attach !== undefined)
        return false
      return hostsToAttach(pool, volume).some(({ host_id: hostId }) => hostId === host.id)
    })
    .toSorted((one, other) => one.name.localeCompare(other.name, 'en'))
}

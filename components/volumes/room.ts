import type { Provisioning } from '@/lib/agent-protocol/pools'
import type { PoolView } from '@/lib/pools/schema'
import type { VolumeRow } from '@/lib/volumes/schema'

/** What sets the end: what is free, how much may be promised, or how large one volume may be. */
export type Limit = 'free' | 'overcommit' | 'largest'

export interface Room {
  /** In bytes; null where nothing that is known sets an end. */
  bytes: number | null
  by: Limit | null
}

type Pool = Pick<
  PoolView,
  | 'sharing'
  | 'hosts'
  | 'available_bytes'
  | 'total_bytes'
  | 'provisioned_bytes'
  | 'overcommit_limit'
  | 'max_volume_bytes'
>

/** On the host where the volume lies, if each has its own. */
function freeIn({ sharing, hosts, available_bytes }: Pool, hostId: string | null): number | null {
  if (sharing !== 'own' || hostId === null) return available_bytes
  return hosts.find(({ host_id }) => host_id === hostId)?.available_bytes ?? null
}

function promisable({ total_bytes, provisioned_bytes, overcommit_limit }: Pool): number | null {
  if (overcommit_limit === null || total_bytes === null) return null
  return Math.max(0, total_bytes * overcommit_limit - provisioned_bytes)
}

function least(ends: readonly (readonly [Limit, number | null])[]): Room {
  const known = ends.flatMap(([by, bytes]) => (bytes === null ? [] : [{ by, bytes: Math.floor(bytes) }]))
  return known.toSorted((a, b) => a.bytes - b.bytes)[0] ?? { by: null, bytes: null }
}

/** How large a new volume may be: the same rules as those of the API, which has newer figures. */
export function roomFor(pool: Pool, provisioning: Provisioning, hostId: string | null): Room {
  return least([
    ['free', provisioning === 'full' ? freeIn(pool, hostId) : null],
    ['overcommit', promisable(pool)],
    ['largest', pool.max_volume_bytes],
  ])
}

/** How large a volume that is there may become. */
export function roomToGrow(pool: Pool, volume: Pick<VolumeRow, 'size_bytes' | 'provisioning' | 'host_id'>): Room {
  const { size_bytes: now } = volume
  const from = (more: number | null) => (more === null || now === null ? null : now + more)
  return least([
    ['free', volume.provisioning === 'full' ? from(freeIn(pool, volume.host_id)) : null],
    ['overcommit', from(promisable(pool))],
    ['largest', pool.max_volume_bytes],
  ])
}

/** What a size field says below itself, so that nobody has to be refused to learn it. */
export function endWords({ by }: Room): string {
  switch (by) {
    case 'free':
      return 'which is what is free in the pool'
    case 'overcommit':
      return 'which is as much as the pool may promise'
    case 'largest':
      return 'which is the largest volume that the pool takes'
    case null:
      return ''
  }
}

import { isOpenThere } from '@/components/pools/pool-words'
import type { PoolView } from '@/lib/pools/schema'
import type { StatusWord } from '@/lib/tones'
import type { VolumeRow } from '@/lib/volumes/schema'

export type LostHost = PoolView['hosts'][number]

/** The host of a volume, where it cannot use the pool now: what is known of the volume was seen before. Null: it can, or is about to. */
export function lostHostOf(
  { host_id }: Pick<VolumeRow, 'host_id'>,
  pool: Pick<PoolView, 'hosts'> | undefined,
): LostHost | null {
  const host = pool?.hosts.find((one) => one.host_id === host_id)
  if (host === undefined || isOpenThere(host) || host.phase === 'PENDING') return null
  return host
}

export const OUT_OF_REACH: StatusWord = { tone: 'unknown', word: 'Out of reach' }

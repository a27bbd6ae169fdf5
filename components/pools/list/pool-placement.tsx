import { PlacedOn } from '@/components/mounts/list/placement'
import { placedOn, placementInFull, placementWord } from '@/components/mounts/list/placement-words'
import { wordOfPoolOnHost } from '@/components/pools/pool-words'
import type { PoolView } from '@/lib/pools/schema'

/** A pool as the words of a placement take it. */
export function placedPool({ targets, target_labels, phase, hosts }: PoolView) {
  return {
    targets,
    target_labels,
    removing: phase === 'DELETING',
    hosts: hosts.map((entry) => ({ ...entry, removing: entry.phase === 'CLOSING' })),
  }
}

/** On which hosts it is open, and how it stands there. */
export function PoolPlacement({ pool }: { pool: PoolView }) {
  const placed = placedPool(pool)
  return (
    <PlacedOn
      word={placementWord(placed)}
      inFull={placementInFull(placed)}
      isRule={pool.targets !== 'hosts'}
      isShort={pool.targets === 'all'}
      hosts={placedOn(placed).map((entry) => ({ ...entry, state: wordOfPoolOnHost(entry) }))}
    />
  )
}

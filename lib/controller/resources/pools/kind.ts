import type { ObservedPool } from '@/lib/agent-protocol/pools'
import type { ResourceKind } from '@/lib/controller/resources/kind'
import { type PoolCommandParts, poolCommands } from '@/lib/controller/resources/pools/command'
import { desiredPools } from '@/lib/controller/resources/pools/desired'
import { observedPools } from '@/lib/controller/resources/pools/observed'
import type { DesiredPool, StoredPool } from '@/lib/controller/resources/pools/pools-repository'
import { restoredPools } from '@/lib/controller/resources/pools/restore'

/** A backend that is opened on hosts to hold volumes. */
export function poolKind(parts: PoolCommandParts): ResourceKind<DesiredPool, ObservedPool, StoredPool> {
  return {
    name: 'pool',
    needs: ['mount', 'connection'],
    topic: 'pool',
    desired: desiredPools,
    command: poolCommands(parts),
    observed: observedPools,
    restore: restoredPools,
  }
}

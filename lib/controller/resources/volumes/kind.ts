import type { ObservedVolume } from '@/lib/agent-protocol/pools'
import type { ResourceKind } from '@/lib/controller/resources/kind'
import { type DesiredVolume, observedVolumes } from '@/lib/controller/resources/volumes/observed'
import { restoredVolumes } from '@/lib/controller/resources/volumes/restore'
import type { StoredVolume } from '@/lib/controller/resources/volumes/volumes-repository'
import { HoldfastError } from '@/lib/errors'

/**
 * One disk in a pool. It is observed only: what is lost is not made again, since it would be empty. Each change of one is an operation,
 * `operations/volumes.ts` (decision 31).
 */
export const volumeKind: ResourceKind<DesiredVolume, ObservedVolume, StoredVolume> = {
  name: 'volume',
  needs: [],
  topic: 'volume',
  desired: {
    idOf: ({ volumeId }) => volumeId,
    ofHost: async () => [],
    find: async () => [],
    hostsOf: async () => [],
    needsCommand: () => false,
    isLeaving: () => false,
    isReady: () => false,
    inHand: { targetKind: 'volume' },
    saveAttempt: async () => undefined,
    acknowledge: async () => undefined,
  },
  command: {
    ttlMs: 1,
    request: () => Promise.reject(new HoldfastError('internal', 'A volume is never sent to a host.')),
    reached: () => ({}),
  },
  observed: observedVolumes,
  restore: restoredVolumes,
}

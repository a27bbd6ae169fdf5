import type { Circumstances, DesiredSide } from '@/lib/controller/resources/kind'
import {
  acknowledgeClosed,
  type DesiredPool,
  dropOrphanedPools,
  findDesiredOfPool,
  findDesiredPoolsOfHost,
  findHostsOfPool,
  savePoolAttempt,
} from '@/lib/controller/resources/pools/pools-repository'
import { settlePools } from '@/lib/pools/membership'

/** A host opens again by itself what it has opened once; what it never could, and lists as failed, is sent again. */
export function needsPoolCommand(row: DesiredPool, { now, isBack }: Circumstances): boolean {
  if (!isBack && row.nextAttemptAt !== null && row.nextAttemptAt > now) return false
  if (row.desired === 'closed') return row.observedGeneration !== null || row.pool.deletedAt !== null
  const isOld = row.observedGeneration === null || row.observedGeneration < row.desiredGeneration
  return isOld || (row.observedState === 'error' && row.attempts > 0)
}

/** Which pools are to be open where. */
export const desiredPools: DesiredSide<DesiredPool> = {
  idOf: ({ poolId }) => poolId,
  ofHost: findDesiredPoolsOfHost,
  find: findDesiredOfPool,
  hostsOf: findHostsOfPool,
  needsCommand: needsPoolCommand,
  isLeaving: ({ desired }) => desired === 'closed',
  isReady: ({ observedState, observedGeneration, desiredGeneration }) =>
    (observedState === 'ready' || observedState === 'degraded') && observedGeneration === desiredGeneration,
  needsOf: ({ pool: { mountId, backend } }) => [
    mountId === null ? { kind: 'connection', id: backend.id } : { kind: 'mount', id: mountId },
  ],
  inHand: { targetKind: 'pool' },
  saveAttempt: savePoolAttempt,
  acknowledge: (tx, row) => acknowledgeClosed(tx, row, new Date()),
  settle: (tx, hostId) => settlePools(tx, hostId === undefined ? {} : { hostId }),
  prune: dropOrphanedPools,
}

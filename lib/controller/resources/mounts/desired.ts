import type { Circumstances, Correction, DesiredSide } from '@/lib/controller/resources/kind'
import { adoptDrift, saveRepair } from '@/lib/controller/resources/mounts/drift-repository'
import {
  type DesiredMount,
  dropAcknowledged,
  dropOrphanedTombstones,
  findDesiredOfHost,
  findDesiredOfMount,
  findHostsOf,
  saveAttempt,
} from '@/lib/controller/resources/mounts/mounts-repository'
import { countRepair, driftOf, isAdoptable, nextRepairAt } from '@/lib/mounts/drift'
import { settleMembership } from '@/lib/mounts/membership'
import { isRemoval, isThere, isTold } from '@/lib/mounts/state'

/**
 * Does this row need a command?
 * A mount that somebody took away on the host stays away: that was a decision, and only a new generation, or a restart of an
 * auto-mount, overrules it. To a row that a rollout holds
 * nothing is sent, whatever its state: its turn comes. An unmount that was refused (a program used it, uploads waited) is tried again: it is still wanted.
 */
export function needsCommand(row: DesiredMount, { now, wasRestarted, isBack }: Circumstances): boolean {
  if (row.heldBy !== null) return false
  if (!isBack && row.nextAttemptAt !== null && row.nextAttemptAt > now) return false
  if (isRemoval(row, row.mount)) return true
  if (!isTold(row)) return true
  if (row.desiredState === 'unmounted') return !isThere(row.observedState, 'unmounted') && row.attempts > 0
  if (row.observedState === 'error') return true
  return row.observedState === 'absent' && wasRestarted && row.mount.autoMount
}

/** What is to be done about a change that somebody else made, by the mount's policy; null: nothing, or not yet. */
export function correctDrift(row: DesiredMount, now: Date): Correction | null {
  const { onDrift } = row.mount
  if (onDrift === 'report' || row.heldBy !== null) return null
  const drift = driftOf(row)
  // What others have put over it is theirs; the host never takes it away.
  if (drift === null || drift.kind === 'covered') return null
  const about = { drift: drift.kind }
  if (onDrift === 'adopt') {
    if (!isAdoptable(row, drift)) return null
    const store: Correction['store'] = (tx) => adoptDrift(tx, row, drift, now)
    return { words: 'a change on the host became the wish', about, sends: false, store }
  }
  const at = nextRepairAt(row)
  if (at === null || at > now) return null
  const store: Correction['store'] = (tx) => saveRepair(tx, row, drift, countRepair(row, now))
  return { words: 'a change on the host is undone', about, sends: true, store }
}

/** What is wanted of mounts. */
export const desiredMounts: DesiredSide<DesiredMount> = {
  idOf: ({ mountId }) => mountId,
  ofHost: findDesiredOfHost,
  find: findDesiredOfMount,
  hostsOf: findHostsOf,
  needsCommand,
  isLeaving: (row) => isRemoval(row, row.mount) || row.desiredState === 'unmounted',
  isReady: (row) => isThere(row.observedState, 'mounted') && row.observedGeneration === row.desiredGeneration,
  inHand: { targetKind: 'mount' },
  saveAttempt,
  acknowledge: (tx, row) => dropAcknowledged(tx, row.mountId, row.hostId),
  correct: correctDrift,
  correctAt: (row) => (row.repairs > 0 ? nextRepairAt(row) : null),
  async settle(tx, hostId) {
    const settled = await settleMembership(tx, hostId === undefined ? {} : { hostId })
    return settled.map(({ mountId, ...rest }) => ({ id: mountId, ...rest }))
  },
  prune: dropOrphanedTombstones,
}

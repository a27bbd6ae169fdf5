import { locate } from '@/agent/host/mounting/mountinfo'
import type { ObservedWorkload, WorkloadStorage } from '@/lib/agent-protocol/workloads'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'

/** Does it run with storage that could be of a mount that is gone? */
export function hasMounts({ state, storage }: ObservedWorkload): boolean {
  return (state === 'running' || state === 'paused') && storage.some(({ mountId }) => mountId !== null)
}

/**
 * Marks what a container has of a mount that was made anew since: it was bound when the container started, and is another file system than
 * the one that lies there now. A mount that is made anew over the same file system, as of NFS while the container has it, is the same.
 */
export function markStale(
  storage: readonly WorkloadStorage[],
  tables: { host: readonly MountEntry[]; inside: readonly MountEntry[] },
): WorkloadStorage[] {
  return storage.map((each) => (isStale(each, tables) ? { ...each, stale: true } : each))
}

function isStale(
  { mountId, source, target }: WorkloadStorage,
  { host, inside }: { host: readonly MountEntry[]; inside: readonly MountEntry[] },
): boolean {
  if (mountId === null || source === null) return false
  const had = inside.findLast((entry) => entry.target === target)
  const there = locate(host, source)
  return had !== undefined && there !== null && had.device !== there.device
}

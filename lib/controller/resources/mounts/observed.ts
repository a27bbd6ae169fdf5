import { isDeepStrictEqual } from 'node:util'
import type { ObservedMount } from '@/lib/agent-protocol/messages'
import type { ObservedSide } from '@/lib/controller/resources/kind'
import { eventOf } from '@/lib/controller/resources/mounts/mount-events'
import type { DesiredMount } from '@/lib/controller/resources/mounts/mounts-repository'
import {
  findObserved,
  type StoredMount,
  saveFigures,
  saveMountEvent,
  saveObserved,
  touchMounts,
} from '@/lib/controller/resources/mounts/observed-repository'
import { isSameProblem, NO_PROBLEM, problemColumns } from '@/lib/controller/resources/problem-columns'
import { reportOf } from '@/lib/drivers/problems/report'

type Usage = NonNullable<ObservedMount['usage']>

/** Are writes on their way to the storage? That they begin and that they are done is news; how many there are is not. */
function isWaiting(usage: unknown): boolean {
  return ((usage as Usage | null)?.pending?.files ?? 0) > 0
}

function stalledSince({ usage }: ObservedMount): Date | null {
  const since = usage?.pending?.stalledSince
  return since === undefined ? null : new Date(since)
}

function isAsStored(row: StoredMount, mount: ObservedMount): boolean {
  return (
    row.observedState === mount.state &&
    row.observedGeneration === mount.generation &&
    row.observedOptions === mount.options &&
    row.observedPlace === mount.mountPoint &&
    row.observedProven === (mount.proven ?? null) &&
    isSameProblem(row, mount.error) &&
    row.observedSince?.getTime() === Date.parse(mount.since) &&
    isWaiting(row.usage) === isWaiting(mount.usage) &&
    row.uploadsStalledSince?.getTime() === stalledSince(mount)?.getTime() &&
    (row.node === (mount.node ?? null) || isDeepStrictEqual(row.node, mount.node))
  )
}

/** A percent of the inodes. */
function isFarIn({ inodes: before }: Usage, { inodes }: Usage): boolean {
  return before !== undefined && inodes !== undefined && Math.abs(before.used - inodes.used) * 100 >= inodes.total
}

function hasMoved({ usage: stored }: StoredMount, { usage }: ObservedMount): boolean {
  if (stored === null || usage === null) return stored !== usage
  const before = stored as Usage
  if (before.totalBytes !== usage.totalBytes || before.pending?.files !== usage.pending?.files) return true
  if (before.inodes?.total !== usage.inodes?.total || isFarIn(before, usage)) return true
  if (before.usedBytes === null || usage.usedBytes === null) return before.usedBytes !== usage.usedBytes
  return Math.abs(before.usedBytes - usage.usedBytes) * 100 >= (usage.totalBytes ?? usage.usedBytes)
}

function toStored(hostId: string, mount: ObservedMount): StoredMount {
  return {
    id: mount.mountId,
    hostId,
    observedState: mount.state,
    observedGeneration: mount.generation,
    observedSince: new Date(mount.since),
    ...problemColumns(mount.error),
    observedOptions: mount.options,
    observedPlace: mount.mountPoint,
    observedProven: mount.proven ?? null,
    usage: mount.usage === null ? null : { ...mount.usage, asOf: mount.usageAt },
    uploadsStalledSince: stalledSince(mount),
    node: mount.node ?? null,
  }
}

/** How what hosts show of mounts is stored. `onStored` hears which mounts that was. */
export function observedMounts(
  onStored: (mountIds: ReadonlySet<string>) => void,
): ObservedSide<DesiredMount, ObservedMount, StoredMount> {
  return {
    idOf: ({ mountId }) => mountId,
    load: findObserved,
    isAsStored,
    hasMoved,
    hasFigures: ({ usage }) => usage !== null,
    // Agents measure as often as the controller has told them to.
    isMeasuredAnew: ({ usage }, { usageAt }) => usage !== null && (usage as { asOf?: string | null }).asOf !== usageAt,
    toStored,
    gone: (stored, at) => ({
      ...stored,
      observedState: 'absent',
      observedGeneration: null,
      observedSince: at,
      ...NO_PROBLEM,
      observedOptions: null,
      observedPlace: null,
      observedProven: null,
      usage: null,
      uploadsStalledSince: null,
      node: null,
    }),
    failed(row, before, error, at) {
      const isListed = before !== undefined && before.observedGeneration !== null
      return {
        id: row.mountId,
        hostId: row.hostId,
        observedState: isListed ? before.observedState : 'error',
        observedGeneration: before?.observedGeneration ?? null,
        observedSince: before?.observedSince ?? at,
        ...problemColumns({ message: error.message, ...reportOf(error) }),
        observedOptions: before?.observedOptions ?? null,
        observedPlace: before?.observedPlace ?? null,
        observedProven: isListed ? before.observedProven : null,
        usage: before?.usage ?? null,
        uploadsStalledSince: before?.uploadsStalledSince ?? null,
        node: before?.node ?? null,
      }
    },
    save: saveObserved,
    saveFigures,
    history: eventOf,
    saveHistory: saveMountEvent,
    onStored: (rows) => onStored(new Set(rows.map(({ id }) => id))),
    touch: touchMounts,
  }
}

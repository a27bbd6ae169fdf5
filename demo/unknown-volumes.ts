import { newId } from '@/lib/ids'
import type { SimulatedContents } from '@/testing/simulated-volumes'

const DAY_MS = 86_400_000

/** A volume that lies in a pool, and that the database does not know. */
export interface UnknownVolume {
  /** So long ago it was made. */
  days: number
  bytes: number
  /** Of its size, so much is written to. */
  written: number
  snapshots: number
  isTrashed: boolean
}

/** Lets them lie in a pool that all of its hosts see alike. */
export function addUnknown(contents: SimulatedContents, poolId: string, volumes: readonly UnknownVolume[]): void {
  for (const { days, bytes, written, snapshots, isTrashed } of volumes) {
    const madeAt = Date.now() - days * DAY_MS
    const volumeId = newId('volume', madeAt)
    contents.change(contents.get(poolId, null), volumeId, {
      volumeId,
      poolId,
      state: isTrashed ? 'trashed' : 'present',
      generation: 0,
      since: new Date(madeAt).toISOString(),
      format: 'qcow2',
      sizeBytes: bytes,
      allocatedBytes: Math.round(bytes * written),
      parent: null,
      snapshots: Array.from({ length: snapshots }, (_, at) => ({
        snapshotId: newId('snapshot', madeAt + (at + 1) * 3_600_000),
        sizeBytes: 0,
      })),
      isInUse: false,
      error: null,
    })
  }
}

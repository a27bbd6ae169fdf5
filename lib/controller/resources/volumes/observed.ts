import type { ObservedVolume } from '@/lib/agent-protocol/pools'
import type { DesiredRow, ObservedSide } from '@/lib/controller/resources/kind'
import { isSameProblem, NO_PROBLEM, problemColumns } from '@/lib/controller/resources/problem-columns'
import {
  findStoredVolumes,
  type StoredVolume,
  saveVolume,
  touchVolumes,
} from '@/lib/controller/resources/volumes/volumes-repository'
import { reportOf } from '@/lib/drivers/problems/report'

/** Volumes are not kept as wished: there is never such a row. */
export interface DesiredVolume extends DesiredRow {
  volumeId: string
}

function bytes(value: number | null): bigint | null {
  return value === null || !Number.isFinite(value) ? null : BigInt(Math.round(value))
}

function isAsStored(stored: StoredVolume, volume: ObservedVolume): boolean {
  return (
    stored.observedState === volume.state &&
    stored.observedGeneration === volume.generation &&
    stored.observedSince?.getTime() === Date.parse(volume.since) &&
    stored.isInUse === volume.isInUse &&
    stored.usedBy === (volume.usedBy ?? null) &&
    stored.imageName === (volume.imageName ?? null) &&
    stored.sizeBytes === (bytes(volume.sizeBytes) ?? stored.sizeBytes) &&
    stored.parentVolumeId === (volume.parent?.volumeId ?? null) &&
    stored.parentSnapshotId === (volume.parent?.snapshotId ?? null) &&
    stored.snapshots.length === volume.snapshots.length &&
    stored.snapshots.every(({ snapshotId }) => volume.snapshots.some((seen) => seen.snapshotId === snapshotId)) &&
    isSameProblem(stored, volume.error)
  )
}

const MIB = 1024n ** 2n

function hasMoved({ allocatedBytes }: StoredVolume, volume: ObservedVolume): boolean {
  const now = bytes(volume.allocatedBytes)
  if (now === null || allocatedBytes === null) return now !== allocatedBytes
  const moved = now > allocatedBytes ? now - allocatedBytes : allocatedBytes - now
  return moved >= 64n * MIB
}

function hasStirred({ allocatedBytes, snapshots }: StoredVolume, volume: ObservedVolume): boolean {
  const sizes = new Map(snapshots.map(({ snapshotId, sizeBytes }) => [snapshotId, sizeBytes]))
  return (
    bytes(volume.allocatedBytes) !== allocatedBytes ||
    volume.snapshots.some(({ snapshotId, sizeBytes }) => sizes.get(snapshotId) !== sizeBytes)
  )
}

export function storedVolume(hostId: string, volume: ObservedVolume): StoredVolume {
  return {
    id: volume.volumeId,
    poolId: volume.poolId,
    hostId,
    observedState: volume.state,
    observedGeneration: volume.generation,
    observedSince: new Date(volume.since),
    ...problemColumns(volume.error),
    format: volume.format,
    sizeBytes: bytes(volume.sizeBytes),
    allocatedBytes: bytes(volume.allocatedBytes),
    parentVolumeId: volume.parent?.volumeId ?? null,
    parentSnapshotId: volume.parent?.snapshotId ?? null,
    isInUse: volume.isInUse,
    usedBy: volume.usedBy ?? null,
    imageName: volume.imageName ?? null,
    snapshots: volume.snapshots.map(({ snapshotId, sizeBytes }) => ({ snapshotId, sizeBytes })),
  }
}

const UNSEEN = {
  poolId: '',
  format: null,
  sizeBytes: null,
  allocatedBytes: null,
  parentVolumeId: null,
  parentSnapshotId: null,
  isInUse: false,
  usedBy: null,
  imageName: null,
  snapshots: [],
} as const

/** How what hosts show of volumes is stored. */
export const observedVolumes: ObservedSide<DesiredVolume, ObservedVolume, StoredVolume> = {
  idOf: ({ volumeId }) => volumeId,
  load: findStoredVolumes,
  isAsStored,
  hasMoved,
  hasStirred,
  hasFigures: ({ allocatedBytes }) => allocatedBytes !== null,
  toStored: storedVolume,
  // What is known of it stays: it may be found again.
  gone: (stored, at) => ({
    ...UNSEEN,
    ...stored,
    observedState: 'missing',
    observedGeneration: null,
    observedSince: at,
    ...NO_PROBLEM,
  }),
  failed: (row, before, error, at) => ({
    ...UNSEEN,
    ...before,
    id: row.volumeId,
    hostId: row.hostId,
    observedState: before?.observedState ?? 'unknown',
    observedGeneration: before?.observedGeneration ?? null,
    observedSince: before?.observedSince ?? at,
    ...problemColumns({ message: error.message, ...reportOf(error) }),
  }),
  save: saveVolume,
  touch: touchVolumes,
}

import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { explainedRow, plainValues } from '@/lib/drivers/problems/view'
import { progressView } from '@/lib/operations/view'
import { type PoolEngine, storedEngine } from '@/lib/pools/engine'
import { refusalsOf } from '@/lib/volumes/refusals'
import type { Child, ListedVolume, MovedTo, Parent, SnapshotRecord, VolumeRecord, Work } from '@/lib/volumes/repository'
import {
  type SnapshotView,
  VolumeOrigin,
  type VolumePhase,
  type VolumeRow,
  type VolumeView,
} from '@/lib/volumes/schema'
import { shownSize } from '@/lib/volumes/size'
import { WORK_TITLES } from '@/lib/volumes/work-words'

/** What the volumes of a pool share. */
interface Shared {
  engine: PoolEngine | null
  /** Of its backend, for the words of a problem. */
  known: ProblemValues
}

/** What is around a volume. */
export interface Around {
  /** By pool. */
  shared: ReadonlyMap<string, Shared>
  /** How many snapshots there are, by volume. */
  snapshots: ReadonlyMap<string, number>
  children: ReadonlyMap<string, readonly Child[]>
  parents: ReadonlyMap<string, Parent>
  /** What some have become in other pools, by their ids there. */
  moved: ReadonlyMap<string, MovedTo>
  work: ReadonlyMap<string, Work>
}

const EMPTY: VolumeOrigin = { from: 'empty', mode: null, name: null, volume_id: null, snapshot_id: null }

export function phaseWord(phase: VolumeRecord['phase']): VolumePhase {
  return phase.toUpperCase() as VolumePhase
}

/** Once for each pool that these lie in: its settings are parsed for that. */
export function sharedOf(rows: readonly ListedVolume[]): Map<string, Shared> {
  const pools = new Map(rows.map(({ poolId, pool }) => [poolId, pool]))
  return new Map(
    [...pools].map(([id, { backend, settings }]) => [
      id,
      { engine: storedEngine(backend, settings), known: plainValues(backend.config) },
    ]),
  )
}

export function volumeView(row: VolumeRecord, around: Around): VolumeView {
  return { ...volumeRow(row, around), snapshots: row.snapshots.map(snapshotView) }
}

export function volumeRow(row: ListedVolume, around: Around): VolumeRow {
  const { shared, snapshots, children, parents, moved, work } = around
  const { engine = null, known = {} } = shared.get(row.poolId) ?? {}
  const own = children.get(row.id) ?? []
  const operation = work.get(row.id)
  const { message, explanation } = explainedRow(row, known)
  const origin = VolumeOrigin.safeParse(row.origin).data ?? EMPTY
  return {
    id: row.id,
    name: row.name,
    pool_id: row.poolId,
    pool_name: row.pool.name,
    type: row.pool.backend.driver,
    host_id: row.hostId,
    host_name: row.host?.name ?? null,
    phase: phaseWord(row.phase),
    format: row.format,
    provisioning: row.provisioning,
    access_mode: row.accessMode,
    size_bytes: shownSize(row.sizeBytes),
    allocated_bytes: row.allocatedBytes === null ? null : Number(row.allocatedBytes),
    parent: parentView(row, parents),
    children: own.map(({ id, name, parentSnapshotId }) => ({
      volume_id: id,
      volume_name: name,
      snapshot_id: parentSnapshotId,
    })),
    snapshot_count: snapshots.get(row.id) ?? 0,
    origin,
    base_of: row.baseKey === null ? null : origin.name,
    moved_to: movedView(row, moved),
    is_in_use: row.isInUse,
    used_by: row.isInUse ? row.usedBy : null,
    trashed_at: row.trashedAt?.toISOString() ?? null,
    purge_at: row.purgeAt?.toISOString() ?? null,
    operation: operation === undefined ? null : operationView(operation),
    error: message,
    problem: row.observedProblem,
    explanation,
    observed_at: row.observedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    refuses: refusalsOf({ volume: row, children: own, work: operation }, engine),
  }
}

export function snapshotView(row: SnapshotRecord): SnapshotView {
  return {
    id: row.id,
    name: row.name,
    volume_id: row.volumeId,
    is_ready: row.isReady,
    size_bytes: row.sizeBytes === null ? null : Number(row.sizeBytes),
    volume_bytes: shownSize(row.volumeBytes),
    is_scheduled: row.isScheduled,
    consistency: row.consistency,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
  }
}

function parentView(
  { parentVolumeId, parentSnapshotId }: ListedVolume,
  parents: ReadonlyMap<string, Parent>,
): VolumeView['parent'] {
  if (parentVolumeId === null) return null
  const parent = parents.get(parentVolumeId)
  return {
    volume_id: parentVolumeId,
    volume_name: parent?.name ?? null,
    snapshot_id: parentSnapshotId,
    snapshot_name: parent?.snapshots.find(({ id }) => id === parentSnapshotId)?.name ?? null,
  }
}

function movedView({ movedToId }: ListedVolume, moved: Around['moved']): VolumeView['moved_to'] {
  if (movedToId === null) return null
  const now = moved.get(movedToId)
  return { volume_id: movedToId, volume_name: now?.name ?? null, pool_name: now?.pool.name ?? null }
}

function operationView({ id, status, payload, job }: Work): NonNullable<VolumeView['operation']> {
  return {
    id,
    kind: 'volume.work',
    what: payload.work.do,
    title: WORK_TITLES[payload.work.do],
    status,
    progress: progressView(job?.progress ?? null),
  }
}

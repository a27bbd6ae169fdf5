import 'server-only'
import { z } from 'zod'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import type { Db } from '@/lib/db/client'
import { conflictOn } from '@/lib/db/conflict'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { timeOfId } from '@/lib/ids'
import { findChangeable, findPool } from '@/lib/pools/service'
import { announceWork, startWork, takeFor } from '@/lib/volumes/changes/work'
import { findParents } from '@/lib/volumes/repository'
import type { VolumeView } from '@/lib/volumes/schema'
import { readVolume, requireFreeName } from '@/lib/volumes/service'
import * as repository from '@/lib/volumes/unknown/repository'
import type { TakeIn, UnknownVolumeView } from '@/lib/volumes/unknown/schema'

const DAY_MS = 86_400_000
const Snapshots = z.array(z.object({ snapshotId: z.string(), sizeBytes: z.number().nullable() }))
const State = z.enum(['present', 'trashed', 'broken']).catch('broken')

export async function listUnknown(actor: Actor, poolId: string): Promise<{ data: UnknownVolumeView[]; total: number }> {
  authorize(actor, 'volumes.read')
  await findPool(poolId)
  const rows = await repository.findOfPool(poolId)
  const parents = await findParents(rows.flatMap(({ parentVolumeId }) => parentVolumeId ?? []))
  const names = new Map(parents.map(({ id, name }) => [id, name]))
  return { data: rows.map((row) => viewOf(row, names)), total: rows.length }
}

function viewOf(row: repository.UnknownRecord, names: ReadonlyMap<string, string>): UnknownVolumeView {
  const { parentVolumeId: parent } = row
  return {
    id: row.id,
    pool_id: row.poolId,
    host_id: row.hostId,
    host_name: row.host.name,
    state: State.parse(row.state),
    format: row.format,
    size_bytes: row.sizeBytes === null ? null : Number(row.sizeBytes),
    allocated_bytes: row.allocatedBytes === null ? null : Number(row.allocatedBytes),
    parent: parent === null ? null : { volume_id: parent, volume_name: names.get(parent) ?? null },
    snapshot_count: snapshotsOf(row).length,
    is_in_use: row.isInUse,
    error: row.error,
    created_at: timeOfId(row.id)?.toISOString() ?? null,
    observed_at: row.observedAt.toISOString(),
  }
}

function snapshotsOf({ snapshots }: repository.UnknownRecord): z.infer<typeof Snapshots> {
  return Snapshots.safeParse(snapshots).data ?? []
}

/** Makes it a volume of this installation again, under a name. Nothing on its host changes. */
export async function takeInUnknown(actor: Actor, poolId: string, id: string, given: TakeIn): Promise<VolumeView> {
  authorize(actor, 'volumes.write')
  await inTransaction(async (tx) => {
    const { row, trashDays } = await findIn(tx, poolId, id)
    await takeIn(tx, row, trashDays, given)
    const target = { kind: 'volume', id, name: given.name }
    await recordAudit(tx, actor, { action: 'volume.taken_in', target, change: { pool: poolId, after: given } })
  })
  publishChanged('volume', id)
  publishChanged('pool', poolId)
  return readVolume(id)
}

/**
 * Into the trash of its pool, under its id for a name; what lies there already is deleted for good. Returns the operation's id.
 */
export async function deleteUnknown(actor: Actor, poolId: string, id: string): Promise<string> {
  authorize(actor, 'volumes.purge')
  const operation = await inTransaction(async (tx) => {
    const { row, trashDays } = await findIn(tx, poolId, id)
    await takeIn(tx, row, trashDays, { name: id, access_mode: 'RWO', provisioning: 'thin' })
    const isTrashed = row.state === 'trashed'
    const volume = await takeFor(tx, id, isTrashed ? 'purge' : 'trash')
    const action = isTrashed ? 'volume.purged' : 'volume.deleted'
    return startWork(tx, actor, volume, { do: isTrashed ? 'purge' : 'trash' }, { action, change: { unknown: true } })
  })
  announceWork(id, poolId, operation)
  return operation
}

async function findIn(tx: Db, poolId: string, id: string) {
  const { trashDays } = await findChangeable(tx, poolId)
  const row = await repository.findById(tx, poolId, id)
  if (row === null) throw new HoldfastError('not_found', 'There is no such unknown volume in this pool.')
  return { row, trashDays }
}

/** Throws `conflict` for a name that is taken. */
async function takeIn(tx: Db, row: repository.UnknownRecord, trashDays: number, given: TakeIn): Promise<void> {
  const { name, access_mode: accessMode, provisioning } = given
  const isTrashed = row.state === 'trashed'
  if (!isTrashed) await requireFreeName(tx, row.poolId, name)
  const now = new Date()
  const snapshots = snapshotsOf(row).map(({ snapshotId, sizeBytes }, at) => ({
    id: snapshotId,
    name: `snapshot-${at + 1}`,
    sizeBytes: sizeBytes === null ? null : BigInt(Math.round(sizeBytes)),
    createdAt: timeOfId(snapshotId) ?? now,
  }))
  const taken: repository.TakenIn = {
    name,
    nameKey: isTrashed ? row.id : name,
    phase: row.state === 'present' ? 'ready' : isTrashed ? 'trashed' : 'error',
    provisioning,
    accessMode,
    sizeBytes: row.sizeBytes ?? 0n,
    trashedAt: isTrashed ? now : null,
    purgeAt: isTrashed ? new Date(now.getTime() + trashDays * DAY_MS) : null,
    createdAt: timeOfId(row.id) ?? now,
    snapshots,
  }
  await conflictOn(
    () => repository.takeIn(tx, row, taken),
    () => `Volume '${name}' already exists in this pool, or was taken in at the same moment`,
  )
}

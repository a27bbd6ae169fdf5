import 'server-only'
import type { VolumeWork } from '@/lib/agent-protocol/pools'
import { recordAudit } from '@/lib/audit/service'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { conflictOn, taken } from '@/lib/db/conflict'
import { holdRows } from '@/lib/db/hold-rows'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { publishChanged } from '@/lib/events/process-bus'
import { newId } from '@/lib/ids'
import { announceOperation, startOperation } from '@/lib/operations/service'
import { findPool } from '@/lib/pools/service'
import { engineOfPool } from '@/lib/pools/view'
import { requireThinRoom, sizeIn } from '@/lib/volumes/changes/room'
import { NOT_WITH_CHILDREN, refusalOf, type VolumeFacts } from '@/lib/volumes/refusals'
import * as repository from '@/lib/volumes/repository'
import type { CreateSnapshot, ResizeVolume, VolumeAction } from '@/lib/volumes/schema'
import { findVolume, requireFreeName } from '@/lib/volumes/service'
import { workWords } from '@/lib/volumes/work-words'
import { requireNoMachine } from '@/lib/workloads/in-use'

/** Throws `operation_in_progress` that names the unfinished work on one of these volumes. To be asked while they are held. */
export async function requireIdle(tx: Db, ids: readonly string[]): Promise<void> {
  const work = await repository.findWork(tx)
  for (const id of ids) {
    const found = work.get(id)
    if (found !== undefined) throw inProgress(found)
  }
}

function inProgress({ id, status }: repository.Work): HoldfastError {
  return new HoldfastError('operation_in_progress', `Operation ${id} is under way on this volume.`, {
    details: { operation: { id, status } },
  })
}

/** The same, where others may be made from it meanwhile: throws only for work on the volume itself. */
export async function requireUnchanged(tx: Db, id: string): Promise<void> {
  await holdRows(tx, 'volume', [id])
  const found = (await repository.findWork(tx)).get(id)
  if (found?.payload.volumeId === id) throw inProgress(found)
}

/** The volume, once nobody else works on it; throws `conflict` with the reason when it cannot do this. */
export async function takeFor(tx: Db, id: string, act: VolumeAction): Promise<repository.VolumeRecord> {
  await findVolume(id, tx)
  await holdRows(tx, 'volume', [id])
  await requireIdle(tx, [id])
  const volume = await findVolume(id, tx)
  const children = await repository.findChildren([id], tx)
  requireCan(act, { volume, children, work: undefined })
  if (act === 'trash' || act === 'move') await requireNoMachine(tx, { id, what: `Volume '${volume.name}'` })
  return volume
}

function requireCan(act: VolumeAction, facts: VolumeFacts): void {
  const { volume, children } = facts
  const reason = refusalOf(act, facts, engineOfPool(volume.pool))
  if (reason === null) return
  const usedBy = children.map(({ id, name }) => ({ kind: 'volume', id, name }))
  const isFamily = usedBy.length > 0 && NOT_WITH_CHILDREN.has(act)
  throw new HoldfastError(
    isFamily ? 'in_use' : 'conflict',
    `Volume '${volume.name}': ${reason}`,
    isFamily ? { details: { used_by: usedBy } } : {},
  )
}

/**
 * Writes one change of a volume down, for the host that looks after it. `about`: the snapshot, source or target that its words name.
 * Returns the operation's id.
 */
export async function startWork(
  tx: Db,
  actor: Actor,
  volume: { id: string; name: string; poolId: string; hostId: string | null },
  work: VolumeWork,
  {
    action,
    about = null,
    change = {},
    sourceId = null,
  }: { action: string; about?: string | null; change?: object; sourceId?: string | null },
): Promise<string> {
  const { id, name, poolId, hostId } = volume
  if (hostId === null) throw new HoldfastError('conflict', `No host looks after volume '${name}' now.`)
  const target = { kind: 'volume', id, name }
  const payload = { volumeId: id, poolId, hostId, work, sourceId }
  const words = workWords(work, name, about)
  const operation = await startOperation(tx, actor, { kind: 'volume.work', target, words, payload, hostIds: [hostId] })
  const entry = { summary: words.summary, pool: poolId, host: hostId, ...change, operation }
  await recordAudit(tx, actor, { action, target, change: entry })
  return operation
}

/** Tells everybody of work that is committed. */
export function announceWork(volumeId: string, poolId: string, operation: string): void {
  publishChanged('volume', volumeId)
  publishChanged('pool', poolId)
  announceOperation(operation)
}

type Prepared = { work: VolumeWork; audit: string; about?: string; change?: object }

async function act(
  actor: Actor,
  id: string,
  action: VolumeAction,
  prepare: (tx: Db, volume: repository.VolumeRecord) => Promise<Prepared>,
): Promise<string> {
  const { operation, poolId } = await inTransaction(async (tx) => {
    const volume = await takeFor(tx, id, action)
    const { work, audit, about = null, change = {} } = await prepare(tx, volume)
    const started = await startWork(tx, actor, volume, work, { action: audit, about, change })
    return { operation: started, poolId: volume.poolId }
  })
  announceWork(id, poolId, operation)
  return operation
}

/** Grows it; a smaller size is refused with the reason. */
export function resizeVolume(actor: Actor, id: string, given: ResizeVolume): Promise<string> {
  authorize(actor, 'volumes.write')
  return act(actor, id, 'resize', async (tx, volume) => {
    const pool = await findPool(volume.poolId, tx)
    const before = Number(volume.sizeBytes)
    const sizeBytes = await sizeIn(tx, pool, given, {
      before,
      provisioning: volume.provisioning,
      hostId: volume.hostId,
    })
    return { work: { do: 'grow', sizeBytes }, audit: 'volume.resized', change: { before, after: sizeBytes } }
  })
}

export function flattenVolume(actor: Actor, id: string): Promise<string> {
  authorize(actor, 'volumes.write')
  return act(actor, id, 'flatten', async () => ({ work: { do: 'flatten' }, audit: 'volume.flattened' }))
}

export function restoreFromTrash(actor: Actor, id: string): Promise<string> {
  authorize(actor, 'volumes.write')
  return act(actor, id, 'untrash', async (tx, { name, poolId }) => {
    await requireFreeName(tx, poolId, name)
    // Kept for it from now on; given back when it fails.
    await conflictOn(
      () => repository.update(tx, id, { nameKey: name }),
      () => `Volume '${name}' already exists in this pool`,
    )
    return { work: { do: 'untrash' }, audit: 'volume.restored_from_trash' }
  })
}

/**
 * Into the trash, or for good. What is on a host that will never answer again is only forgotten: then there is no operation.
 */
export async function deleteVolume(actor: Actor, id: string, { purge }: { purge: boolean }): Promise<string | null> {
  authorize(actor, 'volumes.write')
  if (!purge) return act(actor, id, 'trash', async () => ({ work: { do: 'trash' }, audit: 'volume.deleted' }))
  authorize(actor, 'volumes.purge')
  const { hostId, host, poolId, phase } = await findVolume(id)
  if (phase !== 'trashed' && phase !== 'missing' && phase !== 'error')
    throw new HoldfastError('conflict', 'Only what is in the trash is deleted for good; delete it first.')
  if (hostId !== null && host?.revokedAt === null)
    return act(actor, id, 'purge', async () => ({ work: { do: 'purge' }, audit: 'volume.purged' }))
  await inTransaction(async (tx) => {
    const { name } = await takeFor(tx, id, 'purge')
    await repository.remove(tx, id)
    await recordAudit(tx, actor, { action: 'volume.forgotten', target: { kind: 'volume', id, name } })
  })
  publishChanged('volume', id)
  publishChanged('pool', poolId)
  return null
}

export async function takeSnapshot(
  actor: Actor,
  id: string,
  given: CreateSnapshot,
): Promise<{ snapshotId: string; operation: string }> {
  authorize(actor, 'volumes.write')
  const expiresAt = given.expires_at == null ? null : new Date(given.expires_at)
  if (expiresAt !== null && expiresAt <= new Date()) throw badField('expires_at', 'Give a time that is still to come.')
  const snapshotId = newId('snapshot')
  const operation = await act(actor, id, 'snapshot', async (tx, volume) => {
    const holder = volume.snapshots.find(({ name }) => name === given.name)
    if (holder)
      throw taken('name', `Snapshot '${given.name}' of this volume already exists`, {
        kind: 'snapshot',
        id: holder.id,
        name: holder.name,
      })
    requireThinRoom(await findPool(volume.poolId, tx), volume.hostId)
    const row = { id: snapshotId, volumeId: id, name: given.name, volumeBytes: volume.sizeBytes, expiresAt }
    await repository.insertSnapshot(tx, row)
    return {
      work: { do: 'snapshot', snapshotId },
      audit: 'volume.snapshot_taken',
      about: given.name,
      change: { snapshot: snapshotId, name: given.name, expires_at: given.expires_at ?? null },
    }
  })
  return { snapshotId, operation }
}

export function deleteSnapshot(actor: Actor, id: string, snapshotId: string): Promise<string> {
  authorize(actor, 'volumes.write')
  return act(actor, id, 'delete_snapshot', async (_tx, volume) => {
    const { name } = snapshotOf(volume, snapshotId)
    return {
      work: { do: 'deleteSnapshot', snapshotId },
      audit: 'volume.snapshot_deleted',
      about: name,
      change: { snapshot: snapshotId, name },
    }
  })
}

/** What was written since is lost; the snapshot stays. */
export function restoreSnapshot(actor: Actor, id: string, snapshotId: string): Promise<string> {
  authorize(actor, 'volumes.write')
  return act(actor, id, 'restore', async (_tx, volume) => {
    const snapshot = snapshotOf(volume, snapshotId)
    if (!snapshot.isReady) throw new HoldfastError('conflict', `Snapshot '${snapshot.name}' is not there.`)
    return {
      work: { do: 'restore', snapshotId },
      audit: 'volume.went_back',
      about: snapshot.name,
      change: { snapshot: snapshotId, name: snapshot.name },
    }
  })
}

export function snapshotOf(volume: repository.VolumeRecord, snapshotId: string): repository.SnapshotRecord {
  const found = volume.snapshots.find(({ id }) => id === snapshotId)
  if (!found) throw new HoldfastError('not_found', 'Snapshot not found')
  return found
}

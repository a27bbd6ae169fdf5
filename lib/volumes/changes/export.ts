import 'server-only'
import type { VolumeWork } from '@/lib/agent-protocol/pools'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import * as mounts from '@/lib/mounts/repository'
import * as pools from '@/lib/pools/repository'
import { announceWork, snapshotOf, startWork, takeFor } from '@/lib/volumes/changes/work'
import type * as repository from '@/lib/volumes/repository'
import type { ExportVolume } from '@/lib/volumes/schema'

/** Writes a volume, or a snapshot of it, into a new file below a mount of the host that works on it. Returns the operation's id. */
export async function exportVolume(actor: Actor, id: string, given: ExportVolume): Promise<string> {
  authorize(actor, 'volumes.write')
  const { to, format, compressed: isCompressed, snapshot_id: snapshotId = null } = given
  const { operation, poolId } = await inTransaction(async (tx) => {
    const volume = await takeFor(tx, id, 'export')
    const snapshot = snapshotId === null ? null : snapshotOf(volume, snapshotId)
    if (snapshot?.isReady === false) throw new HoldfastError('conflict', `Snapshot '${snapshot.name}' is not there.`)
    const file = `${volume.name}${snapshot === null ? '' : `-${snapshot.name}`}.${format}`
    const { name, ...target } = await targetOf(tx, volume, to, file)
    const work = { do: 'export', snapshotId, to: target, format, isCompressed } as const
    const change = { to: `${name}/${target.path}`, format, snapshot: snapshotId, download: 'download' in to }
    const started = await startWork(tx, actor, volume, work, {
      action: 'volume.exported',
      about: change.to,
      change,
    })
    return { operation: started, poolId: volume.poolId }
  })
  announceWork(id, poolId, operation)
  return operation
}

type WireTarget = Extract<VolumeWork, { do: 'export' }>['to']

/** The mount, which must be well on the host of the volume. Throws with what is wrong there, as far as it is known. */
async function targetOf(
  tx: Db,
  { hostId, host, poolId: ownPoolId }: repository.VolumeRecord,
  to: ExportVolume['to'],
  file: string,
): Promise<WireTarget & { name: string }> {
  const poolId = 'mount_id' in to ? null : (to.pool_id ?? ownPoolId)
  const mountId = 'mount_id' in to ? to.mount_id : await mountOfPool(tx, poolId ?? '')
  const field = 'mount_id' in to ? 'to.mount_id' : 'to.pool_id'
  const mount = await mounts.findById(mountId, tx)
  if (!mount || mount.deletedAt !== null) throw badField(field, 'There is no such mount.')
  if (mount.readOnly) throw badField(field, `Mount '${mount.name}' is read-only, so nothing can be written there.`)
  const row = mount.hosts.find((each) => each.hostId === hostId)
  const where = `host '${host?.name ?? ''}', which works on the volume`
  if (!row) throw badField(field, `Mount '${mount.name}' is not on ${where}.`)
  if (row.observedState !== 'mounted' || row.observedProven === false)
    throw new HoldfastError(
      'conflict',
      `Mount '${mount.name}' is not well on ${where}: mend it first, or choose another.`,
    )
  const path = 'path' in to ? to.path : file
  return { mountId, path, name: mount.name, ...('download' in to && poolId !== null ? { download: { poolId } } : {}) }
}

async function mountOfPool(tx: Db, poolId: string): Promise<string> {
  const pool = await pools.findById(poolId, tx)
  if (!pool) throw badField('to.pool_id', 'There is no such pool.')
  if (pool.mountId !== null) return pool.mountId
  throw badField('to.pool_id', `Pool '${pool.name}' keeps no files: choose a pool of a file storage, or a mount.`)
}

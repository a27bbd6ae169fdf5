import 'server-only'
import type { ContentSource, VolumeWork } from '@/lib/agent-protocol/pools'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { conflictOn } from '@/lib/db/conflict'
import { holdRows } from '@/lib/db/hold-rows'
import { inTransaction } from '@/lib/db/transaction'
import { HoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import type { PoolEngine } from '@/lib/pools/engine'
import type { PoolRecord } from '@/lib/pools/repository'
import { findPool } from '@/lib/pools/service'
import { isUsable } from '@/lib/pools/state'
import { engineOfPool, foreignOf, usualFormat } from '@/lib/pools/view'
import { importContent } from '@/lib/volumes/changes/import'
import {
  hostFor,
  type Plan,
  requireNoSize,
  requireSameShape,
  type Shape,
  shapeFor,
  type Wanted,
} from '@/lib/volumes/changes/plan'
import { clonedSize, requireRoom, requireThinRoom, type Sized, sizeIn } from '@/lib/volumes/changes/room'
import { planTemplate } from '@/lib/volumes/changes/template'
import { announceWork, snapshotOf, startWork, takeFor } from '@/lib/volumes/changes/work'
import * as repository from '@/lib/volumes/repository'
import type { BackendSource, CloneVolume, CopyVolume, CreateVolume, VolumeOrigin } from '@/lib/volumes/schema'
import { requireFreeName } from '@/lib/volumes/service'

export interface VolumeMade {
  volumeId: string
  operation: string
}

/** Empty, from another volume, a template, what somebody else has put into the pool, or a file of a backend. Throws `invalid_input` that names the field. */
export function createVolume(actor: Actor, poolId: string, given: CreateVolume): Promise<VolumeMade> {
  authorize(actor, 'volumes.write')
  const { source } = given
  return make(actor, poolId, given, (tx, pool, engine) => {
    if (source === undefined) return planEmpty(tx, pool, engine, given)
    if ('foreign' in source) return planForeign(tx, pool, engine, given, source)
    if ('template' in source) return planTemplate(tx, pool, engine, given, source)
    if ('backend_id' in source) return planImport(tx, pool, engine, given, source)
    const of = { volumeId: source.volume_id, snapshotId: source.snapshot_id ?? null }
    if (source.mode === 'copy') return planCopy(tx, pool, engine, given, of)
    requireSameShape(given)
    return planClone(tx, pool, given, of)
  })
}

export async function cloneVolume(actor: Actor, id: string, given: CloneVolume): Promise<VolumeMade> {
  authorize(actor, 'volumes.write')
  const poolId = await poolOf(id)
  const of = { volumeId: id, snapshotId: given.snapshot_id ?? null }
  return make(actor, poolId, given, (tx, pool) => planClone(tx, pool, given, of))
}

export async function copyVolume(actor: Actor, id: string, given: CopyVolume): Promise<VolumeMade> {
  authorize(actor, 'volumes.write')
  const poolId = given.pool_id ?? (await poolOf(id))
  const of = { volumeId: id, snapshotId: given.snapshot_id ?? null }
  return make(actor, poolId, given, (tx, pool, engine) => planCopy(tx, pool, engine, given, of))
}

async function poolOf(volumeId: string): Promise<string> {
  const found = await repository.findById(volumeId)
  if (!found) throw new HoldfastError('not_found', 'Volume not found')
  return found.poolId
}

/** Writes a volume down with the wish for it. `action`: of the audit. */
export async function make(
  actor: Actor,
  poolId: string,
  { name, access_mode }: Pick<Wanted, 'name' | 'access_mode'>,
  plan: (tx: Db, pool: PoolRecord, engine: PoolEngine) => Promise<Plan>,
  action = 'volume.created',
): Promise<VolumeMade> {
  const id = newId('volume')
  const operation = await inTransaction(async (tx) => {
    // It may be removed at this moment, its limit be reached, or the base of the same template be made.
    await holdRows(tx, 'pool', [poolId])
    const pool = await findPool(poolId, tx)
    if (pool.deletedAt !== null) throw new HoldfastError('conflict', `Pool '${pool.name}' is being removed.`)
    if (pool.maintenance)
      throw new HoldfastError('conflict', `Pool '${pool.name}' is in maintenance, and takes no new volumes.`)
    await requireFreeName(tx, poolId, name)
    const { hostId, sizeBytes, work, origin, about, parent, sourceId, format, provisioning } = await plan(
      tx,
      pool,
      engineOfPool(pool),
    )
    await conflictOn(
      () =>
        repository.insert(tx, {
          id,
          poolId,
          name,
          hostId,
          format,
          provisioning,
          accessMode: access_mode,
          sizeBytes: BigInt(sizeBytes),
          parentVolumeId: parent?.volumeId ?? null,
          parentSnapshotId: parent?.snapshotId ?? null,
          origin,
        }),
      () => `Volume '${name}' already exists in this pool`,
    )
    return startWork(tx, actor, { id, name, poolId, hostId }, work, {
      action,
      about: about ?? origin.name,
      change: { size_bytes: sizeBytes, format, provisioning, access_mode, origin },
      sourceId: sourceId ?? null,
    })
  })
  announceWork(id, poolId, operation)
  return { volumeId: id, operation }
}

async function planEmpty(tx: Db, pool: PoolRecord, engine: PoolEngine, given: CreateVolume): Promise<Plan> {
  const hostId = hostFor(pool, engine, given.host_id)
  const shape = shapeFor(engine, given)
  const sizeBytes = await sizeIn(tx, pool, given, { ...shape, hostId })
  const origin: VolumeOrigin = { from: 'empty', mode: null, name: null, volume_id: null, snapshot_id: null }
  return { ...shape, hostId, sizeBytes, origin, work: { do: 'create', sizeBytes, ...shape, content: null } }
}

async function planForeign(
  tx: Db,
  pool: PoolRecord,
  engine: PoolEngine,
  given: CreateVolume,
  { foreign: name, mode }: { foreign: string; mode: 'copy' | 'adopt' },
): Promise<Plan> {
  const hostId = hostFor(pool, engine, given.host_id)
  const found = foreignOf(pool).find((item) => item.name === name && item.host_id === hostId)
  if (!found) throw badField('source.foreign', `There is no '${name}' among what is foreign in pool '${pool.name}'.`)
  const origin: VolumeOrigin = { from: 'foreign', mode, name, volume_id: null, snapshot_id: null }
  const bytes = found.bytes ?? 0
  if (mode === 'adopt') {
    requireNoSize(given)
    requireSameShape(given)
    requireThinRoom(pool, hostId)
    const known = engine.engine.formats.find((format) => format === found.format)
    const shape: Shape = { format: known ?? usualFormat(engine), provisioning: 'thin' }
    return { ...shape, hostId, sizeBytes: bytes, origin, work: { do: 'adopt', name } }
  }
  const shape = shapeFor(engine, given)
  const content: ContentSource = { from: 'foreign', poolId: pool.id, name }
  // How large it is inside is not known before it is looked into: then it is made as large as that.
  const isSized = given.size !== undefined || given.size_bytes !== undefined
  if (!isSized) await requireRoom(tx, pool, bytes, { ...shape, hostId, contentBytes: bytes })
  const sizeBytes = isSized ? await sizeIn(tx, pool, given, { ...shape, hostId }) : null
  const work: VolumeWork = { do: 'create', sizeBytes, ...shape, content }
  return { ...shape, hostId, sizeBytes: sizeBytes ?? bytes, origin, work }
}

/** How large it is shows only when it is there; its host keeps to what the pool allows then. */
async function planImport(
  tx: Db,
  pool: PoolRecord,
  engine: PoolEngine,
  given: CreateVolume,
  source: BackendSource,
): Promise<Plan> {
  const hostId = hostFor(pool, engine, given.host_id)
  const shape = shapeFor(engine, given)
  const isSized = given.size !== undefined || given.size_bytes !== undefined
  const sizeBytes = isSized ? await sizeIn(tx, pool, given, { ...shape, hostId }) : null
  if (!isSized) await requireRoom(tx, pool, 0, { ...shape, hostId })
  const { content, origin } = await importContent(tx, pool, source)
  return { ...shape, hostId, sizeBytes: sizeBytes ?? 0, origin, work: { do: 'create', sizeBytes, ...shape, content } }
}

interface SourceRef {
  volumeId: string
  snapshotId: string | null
}

/** The volume that another is made from, and how large it is or was then. */
async function sourceOf(tx: Db, { volumeId, snapshotId }: SourceRef, act: 'clone' | 'copy') {
  if ((await repository.findById(volumeId, tx)) === null) throw badField('source.volume_id', 'There is no such volume.')
  const volume = await takeFor(tx, volumeId, act)
  const snapshot = snapshotId === null ? null : snapshotOf(volume, snapshotId)
  if (snapshot !== null && !snapshot.isReady)
    throw new HoldfastError('conflict', `Snapshot '${snapshot.name}' is not there.`)
  const origin: VolumeOrigin = {
    from: 'volume',
    mode: act,
    name: snapshot === null ? volume.name : `${volume.name}@${snapshot.name}`,
    volume_id: volumeId,
    snapshot_id: snapshotId,
  }
  const bytes = Number(snapshot?.volumeBytes ?? volume.sizeBytes)
  return { volume, bytes, takesBytes: takenBy(volume, bytes), origin }
}

/** Bytes that a thin copy will take: what its source takes, where it shares nothing and that is known; else all of it. */
export function takenBy({ parentVolumeId, allocatedBytes }: repository.VolumeRecord, bytes: number): number {
  return parentVolumeId === null && allocatedBytes !== null ? Math.min(bytes, Number(allocatedBytes)) : bytes
}

/** As large as its source, or made larger in the same operation. */
async function planClone(tx: Db, pool: PoolRecord, given: Sized, of: SourceRef): Promise<Plan> {
  const { volume, bytes, origin } = await sourceOf(tx, of, 'clone')
  if (volume.poolId !== pool.id)
    throw badField('source.mode', `A clone lies in the pool of its source, '${volume.pool.name}': copy it instead.`)
  const { format, provisioning, hostId } = volume
  if (hostId === null) throw new HoldfastError('conflict', `No host looks after volume '${volume.name}' now.`)
  const sizeBytes = await clonedSize(tx, pool, given, { hostId, bytes })
  const work: VolumeWork = { do: 'clone', of, ...(sizeBytes > bytes ? { sizeBytes } : {}) }
  return { format, provisioning, hostId, sizeBytes, origin, work, parent: of, sourceId: volume.id }
}

async function planCopy(
  tx: Db,
  pool: PoolRecord,
  engine: PoolEngine,
  given: Wanted & { host_id?: string | undefined },
  of: SourceRef,
): Promise<Plan> {
  const { volume, bytes, takesBytes, origin } = await sourceOf(tx, of, 'copy')
  const from = volume.poolId === pool.id ? pool : await findPool(volume.poolId, tx)
  const hostId = commonHost(pool, engine, from, volume, given.host_id)
  const shape = shapeFor(engine, given)
  const sizeBytes = await sizeIn(tx, pool, given, { ...shape, hostId, contentBytes: bytes, takesBytes })
  const content: ContentSource = { from: 'volume', poolId: from.id, ...of }
  const work: VolumeWork = { do: 'create', sizeBytes, ...shape, content }
  return { ...shape, hostId, sizeBytes, origin, work, sourceId: volume.id }
}

/** The host that copies has both pools open, and works on the new volume as on others of its pool. */
export function commonHost(
  pool: PoolRecord,
  engine: PoolEngine,
  from: PoolRecord,
  volume: repository.VolumeRecord,
  asked: string | undefined,
): string {
  const isOwnSource = engineOfPool(from).sharing === 'own'
  const isOpenThere = pool.hosts.some((row) => row.hostId === volume.hostId && row.desired === 'open')
  if (isOwnSource && asked === undefined && !isOpenThere)
    throw new HoldfastError(
      'conflict',
      `Volume '${volume.name}' lies on host '${volume.host?.name ?? ''}' alone, and pool '${pool.name}' is not open there: open it there first.`,
    )
  const wished = asked ?? (engine.sharing === 'own' && isOwnSource ? (volume.hostId ?? undefined) : undefined)
  const hostId = hostFor(pool, engine, wished)
  const isThere = from.hosts.some((row) => row.hostId === hostId && isUsable(row))
  if (isThere && (!isOwnSource || volume.hostId === hostId)) return hostId
  const name = pool.hosts.find((row) => row.hostId === hostId)?.host.name ?? hostId
  throw new HoldfastError(
    'conflict',
    `Volume '${volume.name}' cannot be read on host '${name}', which would make the copy in pool '${pool.name}': open pool '${from.name}' there.`,
  )
}

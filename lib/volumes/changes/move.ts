import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
import type { PoolEngine } from '@/lib/pools/engine'
import type { PoolRecord } from '@/lib/pools/repository'
import { findPool } from '@/lib/pools/service'
import { engineOfPool } from '@/lib/pools/view'
import { commonHost, make, takenBy, type VolumeMade } from '@/lib/volumes/changes/create'
import { type Plan, type Shape, shapeFor } from '@/lib/volumes/changes/plan'
import { sizeIn } from '@/lib/volumes/changes/room'
import { takeFor } from '@/lib/volumes/changes/work'
import type { VolumeRecord } from '@/lib/volumes/repository'
import type { MoveVolume } from '@/lib/volumes/schema'
import { findVolume } from '@/lib/volumes/service'
import { sentenceList } from '@/lib/volumes/words'

/**
 * Into another pool: copied, compared, and what it was goes into the trash of its pool, with its snapshots. It is a new volume there, with
 * a new id. Throws `conflict` for one that has snapshots, unless these may stay behind.
 */
export async function moveVolume(actor: Actor, id: string, given: MoveVolume): Promise<VolumeMade> {
  authorize(actor, 'volumes.write')
  const { name, accessMode } = await findVolume(id)
  return make(
    actor,
    given.pool_id,
    { name: given.name ?? name, access_mode: accessMode },
    (tx, pool, engine) => planMove(tx, pool, engine, id, given),
    'volume.moved',
  )
}

async function planMove(tx: Db, pool: PoolRecord, engine: PoolEngine, id: string, given: MoveVolume): Promise<Plan> {
  const volume = await takeFor(tx, id, 'move')
  if (volume.poolId === pool.id) throw badField('pool_id', `It lies in pool '${pool.name}' already; name another one.`)
  requireSnapshotsMayStay(volume, given.drop_snapshots)
  const from = await findPool(volume.poolId, tx)
  const hostId = commonHost(pool, engine, from, volume, given.host_id)
  requireOwnGroup(from, hostId)
  const shape = shapeLike(volume, engine, given)
  const bytes = Number(volume.sizeBytes)
  const takesBytes = takenBy(volume, bytes)
  const sizeBytes = await sizeIn(tx, pool, {}, { ...shape, hostId, contentBytes: bytes, takesBytes })
  return {
    ...shape,
    hostId,
    sizeBytes,
    about: `${from.name} to ${pool.name}`,
    origin: { from: 'volume', mode: 'move', name: `${from.name}/${volume.name}`, volume_id: id, snapshot_id: null },
    work: { do: 'move', from: { poolId: from.id, volumeId: id }, sizeBytes, ...shape },
    sourceId: id,
  }
}

function requireSnapshotsMayStay({ name, snapshots }: VolumeRecord, mayStay: boolean): void {
  const taken = snapshots.filter(({ isReady }) => isReady)
  if (mayStay || taken.length === 0) return
  const names = sentenceList(taken.map((snapshot) => `'${snapshot.name}'`))
  throw new HoldfastError(
    'conflict',
    `Snapshots do not go along, and volume '${name}' has ${names}: they would stay with the old one in the trash.`,
    { recovery: 'Send drop_snapshots: true if that is well, or copy what is needed of them first.' },
  )
}

/** What is in a volume group is changed by the host alone that looks after it. */
function requireOwnGroup(from: PoolRecord, hostId: string): void {
  if (engineOfPool(from).engine.place !== 'volume-group' || from.keeperId === hostId) return
  const nameOf = (id: string | null) => from.hosts.find((row) => row.hostId === id)?.host.name ?? 'no host'
  throw new HoldfastError(
    'conflict',
    `Pool '${from.name}' is looked after by '${nameOf(from.keeperId)}', and the new pool by '${nameOf(hostId)}': one host has to look after both.`,
  )
}

/** As it is, where the pool can have that. */
function shapeLike(volume: VolumeRecord, engine: PoolEngine, given: MoveVolume): Shape {
  const { formats, provisionings } = engine.engine
  const known = provisionings(engine.settings as never)
  const format = given.format ?? formats.find((one) => one === volume.format)
  const provisioning = given.provisioning ?? known.find((one) => one === volume.provisioning)
  return shapeFor(engine, { format, provisioning })
}

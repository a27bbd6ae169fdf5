import { badField } from '@/lib/bad-field'
import type { Db } from '@/lib/db/client'
import { holdRows } from '@/lib/db/hold-rows'
import { HoldfastError } from '@/lib/errors'
import * as pools from '@/lib/pools/repository'
import { capacityOf } from '@/lib/pools/state'
import { engineOfPool } from '@/lib/pools/view'
import { formatBytes } from '@/lib/units'
import { refusedByThinPool } from '@/lib/volumes/thin-room'

type Pool = pools.PoolRecord

/** A size as people give it. */
export interface Sized {
  size_bytes?: number | undefined
  size?: number | undefined
}

/** Bytes that are asked for, in words or as a number; undefined: it was not said. Throws `invalid_input` when both are given and differ. */
export function askedSize(given: Sized): number | undefined {
  const { size_bytes: bytes, size } = given
  if (bytes !== undefined && size !== undefined && bytes !== size)
    throw badField(
      'size',
      `size says ${formatBytes(size)} and size_bytes ${formatBytes(bytes)}; leave one of them out.`,
    )
  return bytes ?? size
}

export interface SizeWish {
  /** Of a volume that grows. */
  before?: number
  provisioning: 'thin' | 'full'
  hostId: string | null
  /** Of what is copied into it, which it must not be smaller than. */
  contentBytes?: number
  /** What a thin one takes at once; default: all of its content. */
  takesBytes?: number
}

/** The size that a volume gets: what is asked for, rounded up to what the engine can do. Throws with the figures when there is no room. */
export async function sizeIn(tx: Db, pool: Pool, given: Sized, wish: SizeWish): Promise<number> {
  const asked = askedSize(given) ?? wish.contentBytes
  if (asked === undefined) throw badField('size', 'Give a size, such as "10 GiB".')
  const { engine, settings } = engineOfPool(pool)
  const granule = engine.granule(settings as never)
  const bytes = Math.ceil(asked / granule) * granule
  if (wish.before !== undefined) requireGrowth(asked, bytes, wish.before)
  if (wish.contentBytes !== undefined && bytes < wish.contentBytes)
    throw badField(
      'size',
      `${formatBytes(asked)} is less than its content, which has ${formatBytes(wish.contentBytes)}.`,
    )
  if (pool.maxVolumeBytes !== null && bytes > Number(pool.maxVolumeBytes))
    throw badField(
      'size',
      `${formatBytes(bytes)} is more than a volume of pool '${pool.name}' may have, which is ${formatBytes(pool.maxVolumeBytes)}.`,
    )
  await requireRoom(tx, pool, bytes - (wish.before ?? 0), wish)
  return bytes
}

/** The size of a clone, which takes no room before something is written to it: that of its source in `bytes`, or a larger one. */
export async function clonedSize(
  tx: Db,
  pool: Pool,
  given: Sized,
  { hostId, bytes }: { hostId: string; bytes: number },
): Promise<number> {
  const wish = { provisioning: 'thin', hostId, contentBytes: bytes, takesBytes: 0 } as const
  if (askedSize(given) !== undefined) return sizeIn(tx, pool, given, wish)
  await requireRoom(tx, pool, bytes, wish)
  return bytes
}

function requireGrowth(asked: number, bytes: number, before: number): void {
  if (asked < before)
    throw badField(
      'size',
      `It has ${formatBytes(before)}. A volume cannot be made smaller, since what lies at its end would be cut off: make a smaller one and move the files there.`,
    )
  if (bytes === before) throw badField('size', `It has ${formatBytes(before)} already; give a larger size.`)
}

/** Throws `conflict` with the figures for what would break the pool's limit, or what it has no room for. */
export async function requireRoom(
  tx: Db,
  pool: Pool,
  moreBytes: number,
  { provisioning, hostId, contentBytes = 0, takesBytes = contentBytes }: Omit<SizeWish, 'before'>,
): Promise<void> {
  requireThinRoom(pool, hostId)
  const { sharing } = engineOfPool(pool)
  const capacity = capacityOf(pool.hosts, sharing, pool.keeperId)
  await requireBelowLimit(tx, pool, moreBytes, capacity.totalBytes)
  const own = sharing === 'own' ? pool.hosts.find((row) => row.hostId === hostId)?.availableBytes : undefined
  const available = own === undefined ? capacity.availableBytes : own
  const needed = provisioning === 'full' ? moreBytes : takesBytes
  if (available === null || needed <= Number(available)) return
  throw new HoldfastError(
    'conflict',
    `Pool '${pool.name}' has ${formatBytes(available)} left, and ${formatBytes(needed)} are needed at once.`,
  )
}

/** Bytes that one new volume of this pool may have, by its largest size and its overcommit limit; null: nothing limits it. */
export async function largestNew(tx: Db, pool: Pool): Promise<number | null> {
  const { maxVolumeBytes, overcommitLimit: limit } = pool
  const most = maxVolumeBytes === null ? Number.POSITIVE_INFINITY : Number(maxVolumeBytes)
  const { totalBytes } = capacityOf(pool.hosts, engineOfPool(pool).sharing, pool.keeperId)
  if (limit === null || totalBytes === null) return Number.isFinite(most) ? most : null
  const { provisioned } = pools.countsFor(await pools.countVolumes(pool.id, tx), pool.id)
  const left = Math.floor(Number(totalBytes) * limit - Number(provisioned))
  if (left >= 1) return Math.min(most, left)
  throw new HoldfastError('conflict', `Pool '${pool.name}' has reached its overcommit limit of ${limit}.`)
}

async function requireBelowLimit(tx: Db, pool: Pool, moreBytes: number, totalBytes: bigint | null): Promise<void> {
  const { overcommitLimit: limit, name } = pool
  if (limit === null) return
  if (totalBytes === null)
    throw new HoldfastError(
      'conflict',
      `Pool '${name}' has an overcommit limit of ${limit}, and its capacity is not known yet; try again when a host has measured it.`,
    )
  // A volume that grows has not taken it yet.
  await holdRows(tx, 'pool', [pool.id])
  const { provisioned } = pools.countsFor(await pools.countVolumes(pool.id, tx), pool.id)
  const after = Number(provisioned) + moreBytes
  if (after <= Number(totalBytes) * limit) return
  throw new HoldfastError(
    'conflict',
    `Pool '${name}' has ${formatBytes(totalBytes)}, and volumes of ${formatBytes(provisioned)} are promised from it. ${formatBytes(moreBytes)} more would be ${(after / Number(totalBytes)).toFixed(2)} times what is there; its overcommit limit is ${limit}.`,
  )
}

/** Throws `conflict` with the figures when a thin pool is so full that nothing new may begin in it. */
export function requireThinRoom(pool: Pool, hostId: string | null): void {
  const reason = refusedByThinPool(
    pool.name,
    pool.hosts.find((row) => row.hostId === hostId),
  )
  if (reason !== null) throw new HoldfastError('conflict', reason)
}

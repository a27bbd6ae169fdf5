import 'server-only'
import type { VolumeFormat, VolumeWork } from '@/lib/agent-protocol/pools'
import { badField } from '@/lib/bad-field'
import { HoldfastError } from '@/lib/errors'
import type { PoolEngine } from '@/lib/pools/engine'
import type { PoolRecord } from '@/lib/pools/repository'
import { isUsable } from '@/lib/pools/state'
import { usualFormat } from '@/lib/pools/view'
import type { CreateVolume, VolumeOrigin } from '@/lib/volumes/schema'

export type Wanted = Pick<CreateVolume, 'name' | 'access_mode' | 'size_bytes' | 'size' | 'format' | 'provisioning'>

export interface Shape {
  format: VolumeFormat
  provisioning: 'thin' | 'full'
}

export interface Plan extends Shape {
  hostId: string
  sizeBytes: number
  work: VolumeWork
  origin: VolumeOrigin
  /** In the words of the operation, where the name of the source does not say it. */
  about?: string
  parent?: { volumeId: string; snapshotId: string | null }
  sourceId?: string
}

/** The host that works on a new volume. Throws `invalid_input` or `conflict` that says which hosts there are. */
export function hostFor(pool: PoolRecord, { sharing }: PoolEngine, asked: string | undefined): string {
  const usable = pool.hosts.filter(isUsable)
  if (sharing !== 'own') {
    const keeper = usable.find((row) => row.hostId === pool.keeperId)
    if (keeper) return keeper.hostId
    const why = pool.hosts.length === 0 ? 'It is on no host.' : 'No host that looks after it has it open now.'
    throw new HoldfastError('conflict', `Pool '${pool.name}' takes no new volumes now. ${why}`)
  }
  const open = pool.hosts.filter((row) => row.desired === 'open')
  const names = open.map(({ host }) => `'${host.name}'`).join(', ')
  if (asked === undefined && open.length > 1)
    throw badField('host_id', `Each host of pool '${pool.name}' has its own content: name one of ${names}.`)
  const row = open.find(({ hostId }) => asked === undefined || hostId === asked)
  if (!row) throw badField('host_id', `Pool '${pool.name}' is not on that host; it is on ${names || 'none'}.`)
  if (isUsable(row)) return row.hostId
  throw new HoldfastError('conflict', `Pool '${pool.name}' is not open on host '${row.host.name}' now.`)
}

/** Throws `invalid_input` for a format or provisioning that the engine does not have. */
export function shapeFor(engine: PoolEngine, given: Pick<Wanted, 'format' | 'provisioning'>): Shape {
  const { title, formats } = engine.engine
  const format = given.format ?? usualFormat(engine)
  if (!formats.includes(format)) throw badField('format', `${title} are always ${formats.join(' or ')}, not ${format}.`)
  const provisionings = engine.engine.provisionings(engine.settings as never)
  const provisioning = given.provisioning ?? provisionings[0] ?? 'thin'
  if (!provisionings.includes(provisioning))
    throw badField('provisioning', `Volumes of this pool are always ${provisionings.join(' or ')}.`)
  return { format, provisioning }
}

/** What is adopted is as large as it is. */
export function requireNoSize(given: Wanted): void {
  for (const field of ['size', 'size_bytes'] as const)
    if (given[field] !== undefined)
      throw badField(field, 'It is as large as it was: leave this out and resize it afterwards, or copy it instead.')
}

/** A clone, and what is adopted, is as its source is. */
export function requireSameShape(given: Wanted): void {
  for (const field of ['format', 'provisioning'] as const)
    if (given[field] !== undefined)
      throw badField(field, 'It is as its source has it; leave this out, or copy it instead.')
}

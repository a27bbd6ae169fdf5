import { takesVolumes } from '@/components/pools/pool-words'
import type { Provisioning, VolumeFormat } from '@/lib/agent-protocol/pools'
import type { PoolView } from '@/lib/pools/schema'
import { formatBytes } from '@/lib/units'
import type { VolumeRow } from '@/lib/volumes/schema'

export interface MoveDraft {
  poolId: string
  name: string
  /** Null: as it is, where the pool has that. */
  format: VolumeFormat | null
  provisioning: Provisioning | null
  hostId: string
  /** Somebody has seen that snapshots stay behind. */
  dropsSnapshots: boolean
}

/** Pools that take it, as far as can be told here; the API knows the rest. */
export function movableTo({ pool_id }: Pick<VolumeRow, 'pool_id'>, pools: readonly PoolView[]): PoolView[] {
  return pools.filter((pool) => pool.id !== pool_id && takesVolumes(pool))
}

/** Of two pools that each host has for itself, the volume stays on its host; else somebody has to say on which it is to lie. */
export function needsHost(
  from: Pick<PoolView, 'sharing'> | undefined,
  to: Pick<PoolView, 'sharing' | 'hosts'>,
): boolean {
  return to.sharing === 'own' && to.hosts.length > 1 && from?.sharing !== 'own'
}

/** As it is now, where the pool can have that; else as is usual there. */
export function shapeAfter(
  volume: Pick<VolumeRow, 'format' | 'provisioning'>,
  { can }: Pick<PoolView, 'can'>,
  draft: Pick<MoveDraft, 'format' | 'provisioning'>,
): { format: VolumeFormat; provisioning: Provisioning } {
  const format = can.formats.find((one) => one === volume.format) ?? can.formats[0] ?? volume.format
  const same = can.provisionings.find((one) => one === volume.provisioning)
  const provisioning = same ?? can.provisionings[0] ?? volume.provisioning
  return { format: draft.format ?? format, provisioning: draft.provisioning ?? provisioning }
}

/** What the API takes for it; what stays as it is, is left out. */
export function moveBody(draft: MoveDraft, volume: Pick<VolumeRow, 'name'>) {
  const { poolId, name, format, provisioning, hostId, dropsSnapshots } = draft
  return {
    pool_id: poolId,
    ...(name.trim() === volume.name ? {} : { name: name.trim() }),
    ...(format === null ? {} : { format }),
    ...(provisioning === null ? {} : { provisioning }),
    ...(hostId === '' ? {} : { host_id: hostId }),
    ...(dropsSnapshots ? { drop_snapshots: true } : {}),
  }
}

/** In sentences what will be done, as the form stands. */
export function whatMoves(
  volume: Pick<VolumeRow, 'format' | 'provisioning' | 'size_bytes' | 'pool_name'>,
  pool: Pick<PoolView, 'name' | 'can'>,
  draft: Pick<MoveDraft, 'format' | 'provisioning'>,
): string {
  const { format, provisioning } = shapeAfter(volume, pool, draft)
  const shape = format === volume.format ? '' : `, from ${volume.format} to ${format}`
  const room =
    provisioning === 'full' && volume.size_bytes !== null
      ? ` It takes ${formatBytes(volume.size_bytes)} there at once.`
      : ''
  return `All of it is copied to ${pool.name}${shape}, and both are compared.${room} Then the old one goes into the trash of ${volume.pool_name}, and the volume goes on in ${pool.name} under a new id. Nothing may have it open until then. If anything fails, it stays where it is.`
}

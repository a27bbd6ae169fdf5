import type { ThinPoolUsage, Usage } from '@/lib/drivers/contract/values'
import type { GroupRow, VolumeRow } from '@/lib/volume-engines/lvm/reports'

/** From here on, in percent of the data or of the metadata, nothing new is made in a thin pool. */
export const REFUSED_FROM = 95
/** From here on, in percent, LVM is asked to make it larger, by so many percent of what it has where its group has that. */
export const EXTENDED_FROM = 80
const EXTENDED_BY = 20

export function isAtLeast({ dataPercent, metadataPercent }: ThinPoolUsage, limit: number): boolean {
  return (dataPercent ?? 0) >= limit || (metadataPercent ?? 0) >= limit
}

export function thinUsage(pool: Pick<VolumeRow, 'data_percent' | 'metadata_percent'>): ThinPoolUsage {
  return { dataPercent: pool.data_percent, metadataPercent: pool.metadata_percent }
}

/**
 * By how many percent of what it has a thin pool is to grow that is filling up; 0: its group has no room for that. LVM takes nothing at
 * all where the group has less than it was asked for, and the driver leaves less than 20 % ("Insufficient free space: 7 extents needed,
 * but only 4 available", LVM 2.03.16). Where the metadata grows too, it has the other half of the room, with its spare.
 */
export function growthOf(pool: Pick<VolumeRow, 'lv_size' | 'data_percent' | 'metadata_percent'>, free: number): number {
  const { data_percent, metadata_percent } = pool
  if ((data_percent ?? 0) < EXTENDED_FROM) return EXTENDED_BY
  const room = (metadata_percent ?? 0) < EXTENDED_FROM ? free : free / 2
  return Math.min(EXTENDED_BY, Math.floor((room / pool.lv_size) * 100))
}

/** Of a thin pool; what is not active is not measured. */
export function usageOfThinPool(pool: VolumeRow): Usage {
  const totalBytes = pool.lv_size
  const thinPool = thinUsage(pool)
  const { dataPercent } = thinPool
  const usedBytes = dataPercent === null ? null : Math.round((totalBytes * dataPercent) / 100)
  const availableBytes = usedBytes === null ? null : totalBytes - usedBytes
  return { totalBytes, usedBytes, availableBytes, fileCount: null, thinPool }
}

export function usageOfGroup({ vg_size, vg_free }: GroupRow): Usage {
  return { totalBytes: vg_size, usedBytes: vg_size - vg_free, availableBytes: vg_free, fileCount: null }
}

import type { ThinPoolUsage, Usage } from '@/lib/drivers/contract/values'
import type { GroupRow, VolumeRow } from '@/lib/volume-engines/lvm/reports'

/** From here on, in percent of the data or of the metadata, nothing new is made in a thin pool. */
export const REFUSED_FROM = 95
/** From here on, in percent, LVM is asked to make it larger, by so many percent of what it has. */
export const EXTENDED_FROM = 80
export const EXTENDED_BY = 20

export function isAtLeast({ dataPercent, metadataPercent }: ThinPoolUsage, limit: number): boolean {
  return (dataPercent ?? 0) >= limit || (metadataPercent ?? 0) >= limit
}

export function thinUsage(pool: Pick<VolumeRow, 'data_percent' | 'metadata_percent'>): ThinPoolUsage {
  return { dataPercent: pool.data_percent, metadataPercent: pool.metadata_percent }
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

import { z } from 'zod'
import { Bytes, Percent, Words } from '@/lib/lvm/report'

export const GroupRow = z.object({
  vg_name: z.string(),
  vg_uuid: z.string(),
  vg_tags: Words,
  vg_size: Bytes,
  vg_free: Bytes,
  vg_extent_size: Bytes,
  /** Disks that are in it and not to be seen. */
  vg_missing_pv_count: z.string().regex(/^\d+$/).transform(Number),
})
export type GroupRow = z.output<typeof GroupRow>

export const VolumeRow = z.object({
  lv_name: z.string(),
  lv_size: Bytes,
  /** `linear`, `thin`, `thin-pool`, … */
  segtype: z.string(),
  /** `public`, or `private` for what other volumes consist of; then what else it is. */
  lv_role: Words,
  /** `active` here, empty when it is not. */
  lv_active: z.string(),
  /** `open`, empty or `unknown`. */
  lv_device_open: z.string(),
  /** The thin pool of a thin volume. */
  pool_lv: z.string(),
  lv_tags: Words,
  data_percent: Percent,
  metadata_percent: Percent,
  /** Of a thin pool: `zero` where a new block is zeroed before it is used. */
  zero: z.string(),
  /** Of a thin pool: `passdown`, `nopassdown` or `ignore`. */
  discards: z.string(),
  /** Empty, or what is wrong, such as `failed` or `out_of_data`. */
  lv_health_status: z.string(),
})
export type VolumeRow = z.output<typeof VolumeRow>

export const GROUP_COLUMNS = Object.keys(GroupRow.shape)
export const VOLUME_COLUMNS = Object.keys(VolumeRow.shape)

/** One row for each volume: a report with a column of segments has a row for each segment, so a volume that grew comes twice. */
export function oneEach(rows: readonly VolumeRow[]): VolumeRow[] {
  return [...new Map(rows.map((row) => [row.lv_name, row])).values()]
}

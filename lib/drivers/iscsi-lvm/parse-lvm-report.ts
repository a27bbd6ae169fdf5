import { z } from 'zod'
import { Bytes, Percent, readReport, Words as Tags } from '@/lib/lvm/report'

const PhysicalVolume = z.object({
  pv_name: z.string(),
  pv_uuid: z.string(),
  vg_name: z.string(),
  vg_uuid: z.string(),
  vg_tags: Tags,
  vg_size: Bytes,
  vg_free: Bytes,
})
export type PhysicalVolume = z.output<typeof PhysicalVolume>

/** The one that a physical volume is in; without one, its name is empty. LVM says both in one go. */
export type VolumeGroup = Pick<PhysicalVolume, 'vg_name' | 'vg_uuid' | 'vg_tags' | 'vg_size' | 'vg_free'>

const LogicalVolume = z.object({
  lv_name: z.string(),
  lv_size: Bytes,
  segtype: z.string(),
  /** `active` here, empty when it is not. */
  lv_active: z.string(),
  /** `open`, empty or `unknown`. */
  lv_device_open: z.string(),
  /** The pool of a thin volume. */
  pool_lv: z.string(),
  /** null unless it is active. */
  data_percent: Percent,
  metadata_percent: Percent,
})
export type LogicalVolume = z.output<typeof LogicalVolume>

/** The columns to ask for, with `--reportformat json --units b --nosuffix`. */
export const REPORTS = {
  pv: { command: 'pvs', columns: Object.keys(PhysicalVolume.shape), row: PhysicalVolume },
  lv: { command: 'lvs', columns: Object.keys(LogicalVolume.shape), row: LogicalVolume },
} as const
export type ReportKind = keyof typeof REPORTS
export type ReportRow<K extends ReportKind> = z.output<(typeof REPORTS)[K]['row']>

/** Throws `command_failed` for a text that is not the report that was asked for. */
export function parseLvmReport<K extends ReportKind>(kind: K, stdout: string): ReportRow<K>[] {
  const { command, row } = REPORTS[kind]
  return readReport(command, kind, row, stdout) as ReportRow<K>[]
}

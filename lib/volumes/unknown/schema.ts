import { z } from 'zod'
import { Provisioning, VolumeFormat } from '@/lib/agent-protocol/pools'
import { Timestamp } from '@/lib/http/envelope'
import { AccessMode, VolumeName } from '@/lib/volumes/schema'

/** A volume with our mark that no row of this installation is about, as after the restore of an older database. */
export const UnknownVolumeView = z.object({
  /** As the storage has it; it keeps it when it is taken in. */
  id: z.string(),
  pool_id: z.string(),
  host_id: z.string(),
  host_name: z.string(),
  state: z.enum(['present', 'trashed', 'broken']),
  format: VolumeFormat.nullable(),
  size_bytes: z.number().nullable(),
  allocated_bytes: z.number().nullable(),
  /** What it was cloned from and still needs; the name is null where that is unknown too. */
  parent: z.object({ volume_id: z.string(), volume_name: z.string().nullable() }).nullable(),
  snapshot_count: z.int(),
  is_in_use: z.boolean(),
  error: z.string().nullable(),
  /** When it was made, as its id says. */
  created_at: Timestamp.nullable(),
  observed_at: Timestamp,
})
export type UnknownVolumeView = z.infer<typeof UnknownVolumeView>

export const TakeIn = z.strictObject({
  name: VolumeName,
  access_mode: AccessMode.default('RWO'),
  /** Whether its room was taken at once is not written on a storage. */
  provisioning: Provisioning.default('thin'),
})
export type TakeIn = z.infer<typeof TakeIn>

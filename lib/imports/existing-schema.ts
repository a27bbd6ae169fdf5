import { z } from 'zod'
import { BackendName } from '@/lib/backends/schema'
import { MountName, MountPoint } from '@/lib/mounts/schema'

export const ExistingMountView = z.object({
  mount_point: z.string(),
  fs_type: z.string(),
  source: z.string(),
  /** Is it there now? Otherwise it only stands in fstab. */
  mounted: z.boolean(),
  read_only: z.boolean(),
  /** Whether it would be mounted at boot; one that is neither mounted now nor at boot is taken over unmounted. */
  auto_mount: z.boolean(),
  options: z.string(),
  /** The line of /etc/fstab for this place, secrets cut out. It should be removed when Holdfast takes over. */
  fstab: z.object({ line: z.int(), text: z.string() }).nullable(),
  action: z.enum(['adopt', 'refuse', 'information']),
  reason: z.string().nullable(),
  type: z.string().nullable(),
  /** Of the backend that would be made; never a secret. */
  config: z.record(z.string(), z.unknown()),
  /** Fields that the host does not tell and that must be given, such as the password. */
  needs: z.array(z.string()),
  /** Options that Holdfast does not have; in force until it mounts by itself. */
  left_out: z.array(z.string()),
  suggested_name: z.string(),
  /** A backend with the same settings, which would be used instead of a new one. */
  existing_backend: z.object({ id: z.string(), name: z.string() }).nullable(),
})
export type ExistingMountView = z.infer<typeof ExistingMountView>

export const ExistingMountsView = z.object({
  mounts: z.array(ExistingMountView),
  /** Lines that were not understood. */
  problems: z.array(z.object({ file: z.string(), line: z.int(), message: z.string() })),
  operation_id: z.string(),
})
export type ExistingMountsView = z.infer<typeof ExistingMountsView>

export const AdoptMount = z.strictObject({
  mount_point: MountPoint,
  /** Of the mount; default: the last part of the mount point. */
  name: MountName.optional(),
  backend_name: BackendName.optional(),
  /** What the preview `needs`, such as `password`, and other fields of the backend to set. */
  config: z.record(z.string(), z.unknown()).optional(),
  on_drift: z.enum(['report', 'repair', 'adopt']).default('report'),
})
export type AdoptMount = z.infer<typeof AdoptMount>

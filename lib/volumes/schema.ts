import { z } from 'zod'
import { ExportPath, Provisioning, SnapshotConsistency, VolumeFormat } from '@/lib/agent-protocol/pools'
import { ExplanationView } from '@/lib/drivers/problems/schema'
import { anyOf, PageQuery, Timestamp } from '@/lib/http/envelope'
import { BUSES, CACHE_MODES } from '@/lib/libvirt/disk'
import { JobView } from '@/lib/operations/schema'
import { SizeBytes, SizeWords } from '@/lib/volumes/size'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
const NAME_CURE = 'Use 1 to 63 letters, digits, ".", "_" and "-", starting with a letter or digit.'

export const VolumeName = z.string().trim().regex(NAME, NAME_CURE)
export const SnapshotName = z.string().trim().regex(NAME, NAME_CURE)

/** As Kubernetes has them: one writer, many readers, many writers. */
export const AccessMode = z.enum(['RWO', 'ROX', 'RWX'])
export type AccessMode = z.infer<typeof AccessMode>

const SIZE = {
  size_bytes: SizeBytes.optional(),
  /** The same in words: `10 GiB`. */
  size: SizeWords.optional(),
}

const VolumeSource = z.strictObject({
  volume_id: z.string().min(1, 'Name the volume.').max(64),
  /** As it was when that was taken; without it, as it is now. */
  snapshot_id: z.string().max(64).optional(),
  /** `clone`: at once, sharing what both have in common. `copy`: bytes of its own, also from another pool. */
  mode: z.enum(['clone', 'copy']).default('clone'),
})

const ForeignSource = z.strictObject({
  /** By its name among what is foreign in the pool. */
  foreign: z.string().min(1, 'Name what is to become the volume.').max(1024),
  /** `copy` leaves it as it is; `adopt` makes it the volume, where it is. */
  mode: z.enum(['copy', 'adopt']).default('copy'),
})

const TemplateSource = z.strictObject({
  /** By its name among the templates of the pool. */
  template: z.string().min(1, 'Name the template.').max(255),
  /**
   * `copy`: bytes of its own. `clone`: shares its content with all others that are cloned from the template as it is now; the first one
   * copies it into a volume of the pool, the base, which the clones need.
   */
  mode: z.enum(['copy', 'clone']).default('copy'),
})

export const BackendSource = z.strictObject({
  /** A backend that files can be fetched from, such as a web server. */
  backend_id: z.string().min(1, 'Name the backend.').max(64),
  /** Of an image below it: qcow2, vmdk, vdi, or raw with the ending raw, img or iso. */
  path: z
    .string()
    .trim()
    .min(1, 'Enter the path of the image.')
    .max(1024)
    .refine(
      (path) =>
        !path
          .replace(/^\/+/, '')
          .split('/')
          .some((part) => ['', '.', '..'].includes(part)),
      'A path has no empty part, and no "." or "..".',
    ),
  /** `sha256:` or `sha512:` and its digits; what is fetched is compared with it. */
  checksum: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/, 'Write sha256: and 64 hex digits, or sha512: and 128.')
    .optional(),
})
export type BackendSource = z.infer<typeof BackendSource>

export const CreateVolume = z.strictObject({
  name: VolumeName,
  ...SIZE,
  /** Default: the usual one of the pool. */
  format: VolumeFormat.optional(),
  provisioning: Provisioning.optional(),
  access_mode: AccessMode.default('RWO'),
  source: z.union([VolumeSource, ForeignSource, TemplateSource, BackendSource]).optional(),
  /** Where each host has its own content, and there is more than one. */
  host_id: z.string().max(64).optional(),
})
export type CreateVolume = z.infer<typeof CreateVolume>

export const UpdateVolume = z.strictObject({ name: VolumeName.optional(), access_mode: AccessMode.optional() })
export type UpdateVolume = z.infer<typeof UpdateVolume>

export const ResizeVolume = z.strictObject(SIZE)
export type ResizeVolume = z.infer<typeof ResizeVolume>

export const CloneVolume = z.strictObject({
  name: VolumeName,
  snapshot_id: z.string().max(64).optional(),
  /** Default: as large as what it comes from. */
  ...SIZE,
  access_mode: AccessMode.default('RWO'),
})
export type CloneVolume = z.infer<typeof CloneVolume>

export const CopyVolume = z.strictObject({
  name: VolumeName,
  snapshot_id: z.string().max(64).optional(),
  /** Default: the same pool. Both must be open on one host. */
  pool_id: z.string().max(64).optional(),
  ...SIZE,
  format: VolumeFormat.optional(),
  provisioning: Provisioning.optional(),
  access_mode: AccessMode.default('RWO'),
})
export type CopyVolume = z.infer<typeof CopyVolume>

export const MoveVolume = z.strictObject({
  /** Where it is to lie. Both pools must be open on one host. */
  pool_id: z.string().min(1, 'Name the pool.').max(64),
  /** Default: the name that it has. */
  name: VolumeName.optional(),
  /** Default: as it is, where the pool has that. */
  format: VolumeFormat.optional(),
  provisioning: Provisioning.optional(),
  /** Snapshots do not go along: they stay with the old one in the trash. Must be true where there are any. */
  drop_snapshots: z.boolean().default(false),
  /** Where each host of the pool has its own content. */
  host_id: z.string().max(64).optional(),
})
export type MoveVolume = z.infer<typeof MoveVolume>

/** Below the mount of a pool of files, or below another mount; either must be well on the host that works on the volume. */
const ExportTarget = z.union([
  z.strictObject({ pool_id: z.string().min(1).max(64), path: ExportPath }),
  z.strictObject({ mount_id: z.string().min(1).max(64), path: ExportPath }),
  /** To be downloaded from a pool of files, where it lies for a day. Default: the pool of the volume. */
  z.strictObject({ download: z.literal(true), pool_id: z.string().min(1).max(64).optional() }),
])

export const ExportVolume = z
  .strictObject({
    to: ExportTarget,
    format: VolumeFormat.default('qcow2'),
    /** As it was when that was taken; without it, as it is now. */
    snapshot_id: z.string().max(64).optional(),
    /** Smaller, and slower to read; of qcow2 alone. */
    compressed: z.boolean().default(false),
  })
  .refine(({ format, compressed }) => format === 'qcow2' || !compressed, {
    path: ['compressed'],
    message: 'Only qcow2 images can be compressed.',
  })
export type ExportVolume = z.infer<typeof ExportVolume>

export const CreateSnapshot = z.strictObject({
  name: SnapshotName,
  /** When it is deleted by itself, unless something was cloned from it. */
  expires_at: Timestamp.nullish(),
})
export type CreateSnapshot = z.infer<typeof CreateSnapshot>

/** `DELETE …?purge=true`: for good, at once; of what is in the trash or of what is not. */
export const DeleteVolumeQuery = z.strictObject({
  purge: z.enum(['true', 'false']).default('false'),
})

/** `GET …/attach-info?host=`: how a virtual machine on that host is given the volume. What is left out is chosen. */
export const AttachQuery = z.strictObject({
  host: z.string().min(1, 'Name the host.').max(64),
  bus: z.enum(BUSES).optional(),
  cache: z.enum(CACHE_MODES).optional(),
  target: z.string().max(16).optional(),
})
export type AttachQuery = z.infer<typeof AttachQuery>

/** Field names are those of LimiQuantix where it has them. */
export const AttachView = z.object({
  volume_id: z.string(),
  type: z.enum(['file', 'block', 'network']),
  format: VolumeFormat,
  mount_path: z.string().nullable(),
  file_path: z.string().nullable(),
  device_path: z.string().nullable(),
  rbd_pool: z.string().nullable(),
  rbd_namespace: z.string().nullable(),
  rbd_image: z.string().nullable(),
  monitors: z.array(z.string()),
  rbd_user: z.string().nullable(),
  secret_uuid: z.string().nullable(),
  secret_usage: z.string().nullable(),
  target: z.string(),
  bus: z.string(),
  cache: z.string(),
  serial: z.string(),
  read_only: z.boolean(),
  disk_xml: z.string(),
  qemu_args: z.array(z.string()),
  /** What has to be so on the host before it works, in sentences. */
  notes: z.array(z.string()),
})
export type AttachView = z.infer<typeof AttachView>

export const VolumePhase = z.enum(['CREATING', 'READY', 'TRASHED', 'MISSING', 'ERROR'])
export type VolumePhase = z.infer<typeof VolumePhase>

export const SnapshotView = z.object({
  id: z.string(),
  name: z.string(),
  volume_id: z.string(),
  /** False while it is being taken. */
  is_ready: z.boolean(),
  /** What it takes in the pool; null: nobody can say. */
  size_bytes: z.number().nullable(),
  /** How large the volume was then, and is again when it goes back; null: nobody knows. */
  volume_bytes: z.number().nullable(),
  /** Taken by a schedule, which deletes it again. */
  is_scheduled: z.boolean(),
  /**
   * `unused`: nothing had the volume open. `frozen`: the file systems of the machine that had stood still for it. `crash`: it is what a loss of
   * power would have left. Null: not known.
   */
  consistency: SnapshotConsistency.nullable(),
  created_at: Timestamp,
  expires_at: Timestamp.nullable(),
})
export type SnapshotView = z.infer<typeof SnapshotView>

export const VolumeParent = z.object({
  volume_id: z.string(),
  /** Null: it is gone from this installation. */
  volume_name: z.string().nullable(),
  snapshot_id: z.string().nullable(),
  snapshot_name: z.string().nullable(),
})

export const VolumeChild = z.object({
  volume_id: z.string(),
  volume_name: z.string(),
  snapshot_id: z.string().nullable(),
})

/** Where the content came from. */
export const VolumeOrigin = z.object({
  from: z.enum(['empty', 'volume', 'foreign', 'template', 'backend']),
  mode: z.enum(['clone', 'copy', 'move', 'adopt', 'import', 'base']).nullable(),
  /** As it was called then. */
  name: z.string().nullable(),
  volume_id: z.string().nullable(),
  snapshot_id: z.string().nullable(),
})
export type VolumeOrigin = z.infer<typeof VolumeOrigin>

export const VolumeMovedTo = z.object({
  volume_id: z.string(),
  /** Null: it is gone from this installation. */
  volume_name: z.string().nullable(),
  pool_name: z.string().nullable(),
})

/** An unfinished change. */
export const VolumeOperation = z.object({
  id: z.string(),
  kind: z.string(),
  /** `create`, `clone`, `grow`, `snapshot`, …: as the agent calls it. */
  what: z.string(),
  title: z.string(),
  status: z.enum(['queued', 'running', 'paused']),
  progress: JobView.shape.progress,
})
export type VolumeOperation = z.infer<typeof VolumeOperation>

export const VOLUME_ACTS = [
  'clone',
  'copy',
  'move',
  'export',
  'snapshot',
  'restore',
  'delete_snapshot',
  'flatten',
  'resize',
  'trash',
  'untrash',
  'purge',
  'attach',
] as const
export type VolumeAction = (typeof VOLUME_ACTS)[number]

export const VolumeView = z.object({
  id: z.string(),
  name: z.string(),
  pool_id: z.string(),
  pool_name: z.string(),
  /** Storage type of the pool's backend. */
  type: z.string(),
  /** The host that works on it and tells of it. */
  host_id: z.string().nullable(),
  host_name: z.string().nullable(),
  phase: VolumePhase,
  format: VolumeFormat,
  provisioning: Provisioning,
  access_mode: AccessMode,
  /** Null while it is not known, as of one that is fetched from somewhere. */
  size_bytes: z.number().nullable(),
  /** What it takes in its pool, without what it shares; null: nobody can say. */
  allocated_bytes: z.number().nullable(),
  parent: VolumeParent.nullable(),
  /** Volumes that were cloned from it and still need it; it cannot be deleted before them. */
  children: z.array(VolumeChild),
  snapshots: z.array(SnapshotView),
  snapshot_count: z.int(),
  origin: VolumeOrigin,
  /** Clones of this template share it, and nobody writes to it; null: any other volume. */
  base_of: z.string().nullable(),
  /** Of one in the trash that was moved: what it is now. */
  moved_to: VolumeMovedTo.nullable(),
  is_in_use: z.boolean(),
  /** The virtual machine that has it open, where libvirt on its host knows it. */
  used_by: z.string().nullable(),
  trashed_at: Timestamp.nullable(),
  purge_at: Timestamp.nullable(),
  operation: VolumeOperation.nullable(),
  error: z.string().nullable(),
  problem: z.string().nullable(),
  explanation: ExplanationView.nullable(),
  observed_at: Timestamp.nullable(),
  created_at: Timestamp,
  updated_at: Timestamp,
  /** What it cannot do now, by action, with the reason and the cure. */
  refuses: z.partialRecord(z.enum(VOLUME_ACTS), z.string()),
})
export type VolumeView = z.infer<typeof VolumeView>

/** In lists snapshots are only counted. */
export const VolumeRow = VolumeView.omit({ snapshots: true })
export type VolumeRow = z.infer<typeof VolumeRow>

/** Without `phase` those in the trash are left out. */
export const ListPoolVolumes = PageQuery.extend({
  host_id: anyOf(z.string().max(64)).optional(),
  phase: anyOf(VolumePhase).optional(),
  format: anyOf(VolumeFormat).optional(),
  /** Cloned from this one. */
  parent_id: anyOf(z.string().max(64)).optional(),
  in_use: z.enum(['true', 'false']).optional(),
  search: z.string().max(100).optional(),
  sort: z.enum(['name', '-name', 'size', '-size', 'created', '-created']).default('name'),
})

export const ListVolumes = ListPoolVolumes.extend({
  pool_id: anyOf(z.string().max(64)).optional(),
  type: anyOf(z.string().max(32)).optional(),
})
export type ListVolumes = z.infer<typeof ListVolumes>

import { z } from 'zod'
import { ENGINE_IDS, ForeignContent, LibvirtSecret, Provisioning, VolumeFormat } from '@/lib/agent-protocol/pools'
import { ExplanationView } from '@/lib/drivers/problems/schema'
import { Labels } from '@/lib/hosts/schema'
import { anyOf, PageQuery, Timestamp } from '@/lib/http/envelope'
import { CapacityHistoryView } from '@/lib/monitoring/schema'
import { MountPoint, Targets } from '@/lib/mounts/schema'
import { SizeBytes } from '@/lib/volumes/size'

/** Shorter than that of a mount: the mount of a pool is called after it. */
export const PoolName = z
  .string()
  .trim()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,55}[a-z0-9])?$/,
    'Use 1 to 57 lower-case letters, digits and dashes, starting and ending with a letter or digit.',
  )

const TARGETS = {
  /** `hosts` (default): those in `host_ids`. `labels`: every host with all of `target_labels`. `all`: every host there is and will be. */
  targets: Targets.optional(),
  target_labels: Labels.optional(),
  host_ids: z.array(z.string().max(64)).min(1, 'Choose at least one host.').max(5000).optional(),
}

const LIMITS = {
  /** No new volumes, and nothing is attached anew. */
  maintenance: z.boolean().optional(),
  /** Provisioned over physical; null: no limit. */
  overcommit_limit: z.number().min(0.1, 'At least 0.1.').max(1000, 'At most 1000.').nullish(),
  max_volume_bytes: SizeBytes.nullish(),
  trash_days: z.int().min(0, 'At least 0 days.').max(3650, 'At most 3650 days.').optional(),
}

export const CreatePool = z.strictObject({
  name: PoolName,
  backend_id: z.string().min(1, 'Choose a backend.').max(64),
  ...TARGETS,
  /** Of the engine that keeps the volumes. */
  settings: z.record(z.string().max(64), z.unknown()).default({}),
  /** Of a file storage. Default: `/mnt/holdfast/<name>`. */
  mount_path: MountPoint.optional(),
  ...LIMITS,
})
export type CreatePool = z.infer<typeof CreatePool>

/** `backend_id` and the place are fixed: make a new pool, and move the volumes there. */
export const UpdatePool = z.strictObject({
  name: PoolName.optional(),
  ...TARGETS,
  /** All of them; the engine says which cannot change. */
  settings: z.record(z.string().max(64), z.unknown()).optional(),
  ...LIMITS,
})
export type UpdatePool = z.infer<typeof UpdatePool>

/** Without `host_ids`: every host of the pool. */
export const ReconnectPool = z.strictObject({
  host_ids: z.array(z.string().max(64)).min(1).max(5000).optional(),
})
export type ReconnectPool = z.infer<typeof ReconnectPool>

/** `POST …/abandon`: the name says that the right one is meant. Without `host_ids`: the whole pool. */
export const AbandonPool = z.strictObject({
  name: z.string().max(64),
  host_ids: z
    .array(z.string().max(64))
    .min(1, 'Choose the hosts, or leave it out for the whole pool.')
    .max(5000)
    .optional(),
})
export type AbandonPool = z.infer<typeof AbandonPool>

/** What nobody looks after any more; its bytes are where they were, if they are anywhere. */
export const AbandonedView = z.object({
  pool_id: z.string(),
  /** Null: only some of its hosts were given up, or no host had anything left to close. */
  operation: z.string().nullable(),
  volume_count: z.int(),
  snapshot_count: z.int(),
  provisioned_bytes: z.number(),
  /** The first ones by name. */
  volumes: z.array(
    z.object({ id: z.string(), name: z.string(), size_bytes: z.number().nullable(), snapshot_count: z.int() }),
  ),
  message: z.string(),
})
export type AbandonedView = z.infer<typeof AbandonedView>

/** Of a pool that one host at a time has open. */
export const MovePoolHost = z.strictObject({ host_id: z.string().min(1, 'Name the host.').max(64) })
export type MovePoolHost = z.infer<typeof MovePoolHost>

export const PoolPhase = z.enum(['PENDING', 'READY', 'DEGRADED', 'ERROR', 'DELETING'])
export type PoolPhase = z.infer<typeof PoolPhase>

/** `UNKNOWN`: the host does not answer. `CLOSING`: it is to let go of the pool. */
export const PoolHostPhase = z.enum(['PENDING', 'READY', 'DEGRADED', 'ERROR', 'UNKNOWN', 'CLOSING'])
export type PoolHostPhase = z.infer<typeof PoolHostPhase>

export const SharingView = z.enum(['own', 'shared', 'one_host'])

/** Null is unknown, never 0. */
const Bytes = z.number().nullable()

export const PoolOnHostView = z.object({
  host_id: z.string(),
  host_name: z.string(),
  phase: PoolHostPhase,
  /** What is wrong there, in a sentence. */
  error: z.string().nullable(),
  problem: z.string().nullable(),
  explanation: ExplanationView.nullable(),
  total_bytes: Bytes,
  used_bytes: Bytes,
  available_bytes: Bytes,
  /** Of a thin pool of LVM. */
  data_percent: z.number().nullable(),
  metadata_percent: z.number().nullable(),
  /** Of the file system that it lies on; null where it has no fixed number of them. */
  total_inodes: z.number().nullable(),
  used_inodes: z.number().nullable(),
  /** When the figures were measured. */
  capacity_at: Timestamp.nullable(),
  /** Of Ceph: by which secret libvirt there knows the key. Null: there is no libvirt, or it has not said so yet. */
  libvirt_secret: LibvirtSecret.nullable(),
  observed_at: Timestamp.nullable(),
  since: Timestamp.nullable(),
  /** How often bringing it about has failed in a row, and when it is tried next. */
  attempts: z.int(),
  next_attempt_at: Timestamp.nullable(),
})
export type PoolOnHostView = z.infer<typeof PoolOnHostView>

const PoolCan = z.object({
  /** The usual one first. */
  formats: z.array(VolumeFormat),
  provisionings: z.array(Provisioning),
  /** Sizes of volumes are multiples of this. */
  granule_bytes: z.int(),
  /** What no volume of the usual format can do here, with the reason. */
  refuses: z.record(z.string(), z.string()),
})

export const PoolView = z.object({
  id: z.string(),
  name: z.string(),
  backend_id: z.string(),
  backend_name: z.string(),
  /** Storage type of the backend. */
  type: z.string(),
  source: z.string(),
  /** What keeps its volumes; null: this version does not know its storage type. */
  engine: z.enum(ENGINE_IDS).nullable(),
  /** `own`: each host has its own content. `shared`: all hosts see the same. `one_host`: the same, on one host at a time. */
  sharing: SharingView,
  /** Rolled up over hosts. */
  phase: PoolPhase,
  /** Why it is not `READY`, in a sentence. */
  error: z.string().nullable(),
  targets: Targets,
  target_labels: z.record(z.string(), z.string()),
  hosts: z.array(PoolOnHostView),
  settings: z.record(z.string(), z.unknown()),
  maintenance: z.boolean(),
  overcommit_limit: z.number().nullable(),
  max_volume_bytes: z.number().nullable(),
  trash_days: z.int(),
  /** Of a shared storage as its keeper measured it, else the sum over its hosts; null when one of them is not known. */
  total_bytes: Bytes,
  used_bytes: Bytes,
  available_bytes: Bytes,
  /** Sizes of all volumes, those in the trash too. */
  provisioned_bytes: z.number(),
  /** Provisioned over total; null while that is not known. */
  overcommit: z.number().nullable(),
  /** Without those in the trash. */
  volume_count: z.int(),
  trashed_count: z.int(),
  /** What lies there that Holdfast did not make; null: nobody has looked. */
  foreign_count: z.int().nullable(),
  /** Images and ISO files in its folder of templates; 0 where it has no files, null while nobody has looked. */
  template_count: z.int().nullable(),
  /** Of a file storage: its mount, which is the pool's own. */
  mount_id: z.string().nullable(),
  mount_path: z.string().nullable(),
  /** Of a storage that hosts share: the host that tells of the volumes and works on them. */
  keeper: z.object({ id: z.string(), name: z.string() }).nullable(),
  can: PoolCan,
  generation: z.int(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type PoolView = z.infer<typeof PoolView>

export const ListPools = PageQuery.extend({
  backend_id: anyOf(z.string().max(64)).optional(),
  host_id: anyOf(z.string().max(64)).optional(),
  type: anyOf(z.string().max(32)).optional(),
  phase: anyOf(PoolPhase).optional(),
  search: z.string().max(100).optional(),
})
export type ListPools = z.infer<typeof ListPools>

/** `GET …/foreign`: what lies in a pool that Holdfast did not make; it is never changed or deleted. */
export const ForeignView = ForeignContent.extend({
  host_id: z.string(),
  host_name: z.string(),
  /** Can it become the content of a volume? */
  is_image: z.boolean(),
})
export type ForeignView = z.infer<typeof ForeignView>

/** `GET …/templates`: what volumes can be made from. */
export const TemplateView = z.object({
  /** In the folder of templates; it names the template as the source of a volume. */
  name: z.string(),
  /** Below the pool. */
  path: z.string(),
  bytes: z.number(),
  modified_at: Timestamp,
  /** As its first bytes or its name tell; null: not known. */
  format: z.string().nullable(),
  /** How large a machine would see it; null: nobody can say without opening it. */
  virtual_bytes: Bytes,
  /** Can a volume be made from it, as far as it shows from outside? It is looked into before. */
  is_image: z.boolean(),
  host_id: z.string(),
  host_name: z.string(),
})
export type TemplateView = z.infer<typeof TemplateView>

/** `GET …/metrics`: the figures as they are now, per host too, and as they were. */
export const PoolMetrics = PoolView.pick({
  total_bytes: true,
  used_bytes: true,
  available_bytes: true,
  provisioned_bytes: true,
  overcommit: true,
  volume_count: true,
  trashed_count: true,
}).extend({
  pool_id: z.string(),
  /** Bytes that volumes take in their pool, as far as it is known. */
  allocated_bytes: Bytes,
  snapshot_count: z.int(),
  hosts: z.array(
    PoolOnHostView.pick({
      host_id: true,
      host_name: true,
      total_bytes: true,
      used_bytes: true,
      available_bytes: true,
      data_percent: true,
      metadata_percent: true,
      total_inodes: true,
      used_inodes: true,
      capacity_at: true,
    }),
  ),
  history: CapacityHistoryView,
})
export type PoolMetrics = z.infer<typeof PoolMetrics>

/** `GET …/pools/summary`: all pools together. What several pools lie on is counted once. */
export const PoolSummary = z.object({
  pool_count: z.int(),
  /** Of so many the size is not known; it is left out of the sums of bytes below, but not of `provisioned_bytes`. */
  unmeasured_count: z.int(),
  /** Null while the size of none is known. */
  total_bytes: Bytes,
  used_bytes: Bytes,
  /** Sizes of all volumes, those in the trash too. */
  provisioned_bytes: z.number(),
  /** Of pools whose size is known: provisioned over total. */
  overcommit: z.number().nullable(),
  /** Without those in the trash. */
  volume_count: z.int(),
  trashed_count: z.int(),
})
export type PoolSummary = z.infer<typeof PoolSummary>

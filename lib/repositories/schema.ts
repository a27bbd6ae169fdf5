import { z } from 'zod'
import { Labels } from '@/lib/hosts/schema'
import { anyOf, PageQuery, Timestamp } from '@/lib/http/envelope'
import { MountPoint, Targets } from '@/lib/mounts/schema'
import { TONE_ORDER } from '@/lib/tones'
import { SizeBytes } from '@/lib/volumes/size'

/** Shorter than that of a mount: the mount of a repository is called after it. */
export const RepositoryName = z
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

const Percent = z.int().min(1, 'At least 1 %.').max(100, 'At most 100 %.')

const POLICY = {
  /** From this percentage in use on it takes no new backups. Default: 95. */
  disable_at_percent: Percent.optional(),
  /** Below this it takes them again by itself. Default: 90. */
  enable_below_percent: Percent.optional(),
}

export const CreateRepository = z.strictObject({
  name: RepositoryName,
  backend_id: z.string().min(1, 'Choose a backend.').max(64),
  ...TARGETS,
  /** Of a file storage. Default: `/mnt/holdfast/repo-<name>`. */
  mount_path: MountPoint.optional(),
  ...POLICY,
  /** The host that tests it; default: the first one that is named, or the first one online. */
  test_host_id: z.string().max(64).optional(),
  /** Id of a test of the backend as it is now that passed in the last 30 minutes: it is not tested again. Another one is as if it was left out. */
  tested: z.string().max(64).optional(),
})
export type CreateRepository = z.infer<typeof CreateRepository>

/** The backend and the place are fixed: make a new repository, and copy the backups there. */
export const UpdateRepository = z.strictObject({
  name: RepositoryName.optional(),
  /** False: no new backups. True takes an administrator while it is too full: it then takes them until it has had room again. */
  enabled: z.boolean().optional(),
  ...TARGETS,
  ...POLICY,
})
export type UpdateRepository = z.infer<typeof UpdateRepository>

/** `full`: it takes no new backups by itself. `disabled`: people want none there. */
export const RepositoryStatus = z.enum(['ready', 'pending', 'degraded', 'error', 'full', 'disabled', 'unknown'])
export type RepositoryStatus = z.infer<typeof RepositoryStatus>

/** Null is unknown, never 0. */
const Bytes = z.number().nullable()

export const StorageInfo = z.object({
  total_size_bytes: Bytes,
  used_size_bytes: Bytes,
  available_size_bytes: Bytes,
  used_percent: z.int().nullable(),
  /** What leases have reserved and not written yet, as far as they say. */
  reserved_bytes: z.number(),
  /** When the figures were measured; null: never, or nobody can, as of a bucket. */
  last_check_at: Timestamp.nullable(),
})
export type StorageInfo = z.infer<typeof StorageInfo>

const HostView = z.object({
  host_id: z.string(),
  host_name: z.string(),
  tone: z.enum(TONE_ORDER),
  word: z.string(),
  error: z.string().nullable(),
  advice: z.string().nullable(),
})
export type RepositoryOnHostView = z.infer<typeof HostView>

export const RepositoryView = StorageInfo.extend({
  id: z.string(),
  name: z.string(),
  backend_id: z.string(),
  backend_name: z.string(),
  /** Storage type of the backend. */
  repository_type: z.string(),
  source: z.string(),
  status: RepositoryStatus,
  /** Why it is not `ready`, in a sentence. */
  error: z.string().nullable(),
  /** Does it take new backups? */
  takes_backups: z.boolean(),
  /** What people want. */
  enabled: z.boolean(),
  /** Since when it is too full for new backups, and how full it was then. */
  full: z.object({ since: Timestamp, percent: z.int().nullable(), allowed_at: Timestamp.nullable() }).nullable(),
  disable_at_percent: z.int(),
  enable_below_percent: z.int(),
  targets: Targets,
  target_labels: z.record(z.string(), z.string()),
  hosts: z.array(HostView),
  /** Of a file storage: its mount, which is the repository's own. */
  mount_id: z.string().nullable(),
  mount_path: z.string().nullable(),
  /** Programs that work in it now. */
  lease_count: z.int(),
  generation: z.int(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type RepositoryView = z.infer<typeof RepositoryView>

export const ListRepositories = PageQuery.extend({
  /** As `repository_type`, or the older word for it: `local`, `smb`. */
  type: anyOf(z.string().max(32)).optional(),
  status: anyOf(RepositoryStatus).optional(),
  backend_id: anyOf(z.string().max(64)).optional(),
  search: z.string().max(100).optional(),
})
export type ListRepositories = z.infer<typeof ListRepositories>

/** `POST …/refresh-storage`. */
export const RefreshedView = z.object({
  refreshed_count: z.int(),
  failed_count: z.int(),
  /** What could not be measured, with the reason. */
  failed: z.array(z.object({ repository_id: z.string(), name: z.string(), reason: z.string() })),
})
export type RefreshedView = z.infer<typeof RefreshedView>

// ---- leases ---------------------------------------------------------------------------------------------------------------

const Said = z
  .string()
  .trim()
  .max(200, 'At most 200 characters.')
  .regex(/^[^\p{C}]*$/u, 'No control characters.')

export const StartLease = z.strictObject({
  /** The program, such as `borgmatic`. */
  program: Said.min(1, 'Name the program.'),
  /** What it does, such as `nightly of db1`. */
  job: Said.optional(),
  /** Where it runs, when that is a host of the repository. */
  host_id: z.string().max(64).optional(),
  /** What it will write at most; one that does not fit is refused. */
  reserved_bytes: SizeBytes.optional(),
  /** How often it will be heard of at least. One that says nothing for three times as long has ended. */
  heartbeat_seconds: z.int().min(10, 'At least 10 seconds.').max(86_400, 'At most a day.').default(300),
})
export type StartLease = z.input<typeof StartLease>

/** What it will still write; left out: as before. */
export const Heartbeat = z.strictObject({ reserved_bytes: z.union([SizeBytes, z.literal(0)]).optional() })
export type Heartbeat = z.infer<typeof Heartbeat>

export const FinishLease = z.strictObject({ success: z.boolean().default(true), note: Said.optional() })
export type FinishLease = z.infer<typeof FinishLease>

/** `silent`: its heartbeat is late. `lost`: it came too late, and the lease has ended by that. `forced`: an administrator ended it. */
export const LeaseState = z.enum(['active', 'silent', 'lost', 'finished', 'failed', 'forced'])
export type LeaseState = z.infer<typeof LeaseState>

export const LeaseView = z.object({
  id: z.string(),
  repository_id: z.string(),
  program: z.string(),
  job: z.string().nullable(),
  host_id: z.string().nullable(),
  host_name: z.string().nullable(),
  started_by: z.string(),
  state: LeaseState,
  reserved_bytes: Bytes,
  heartbeat_seconds: z.int(),
  started_at: Timestamp,
  heartbeat_at: Timestamp,
  /** When it ends unless it is heard of; of one that has ended, when that was. */
  ends_at: Timestamp,
  note: z.string().nullable(),
})
export type LeaseView = z.infer<typeof LeaseView>

export const ListLeases = PageQuery.extend({ state: anyOf(LeaseState).optional() })
export type ListLeases = z.infer<typeof ListLeases>

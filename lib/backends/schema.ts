import { z } from 'zod'
import { ExplanationView } from '@/lib/drivers/problems/schema'
import { anyOf, PageQuery, Timestamp } from '@/lib/http/envelope'
import { Rollout } from '@/lib/rollouts/schema'

export const BackendName = z
  .string()
  .trim()
  .min(1, 'Give the backend a name.')
  .max(100, 'The name must have at most 100 characters.')
  .regex(/^[^\p{C}]*$/u, 'The name must not contain control characters.')

/**
 * Id of a test (`operation_id`). When it passed in the last 30 minutes, was asked for by the same person and was of exactly these
 * settings, the backend keeps its outcome; otherwise it is as if it was left out.
 */
export const Tested = z.string().max(64).optional()

/** `config` holds the secrets too, as the seed's API does; the driver's descriptor separates them. */
export const CreateBackend = z.strictObject({
  name: BackendName,
  type: z.string().min(1, 'Choose a storage type.').max(32),
  config: z.record(z.string(), z.unknown()),
  tested: Tested,
})
export type CreateBackend = z.infer<typeof CreateBackend>

/**
 * What is left out or null stays, and so does the config when `config` has nothing in it. Else it replaces the stored one whole,
 * secrets apart: a blank or absent one stays while it goes where it was entered for. Other keys are not looked at, as in the older API.
 */
export const UpdateBackend = z.object({
  name: BackendName.nullish(),
  config: z.record(z.string(), z.unknown()).nullish(),
  tested: Tested,
  /** How the change goes out to the hosts that have the backend mounted. */
  rollout: Rollout.optional(),
})
export type UpdateBackend = z.infer<typeof UpdateBackend>

/** `POST …/duplicate`: the same storage under another name, to be changed afterwards. */
export const DuplicateBackend = z.strictObject({ name: BackendName })

/**
 * Test without saving. `backend_id` lends the stored secrets for fields that are left blank, as long as they go where they were
 * entered for.
 */
export const TestBackend = z.strictObject({
  type: z.string().min(1).max(32),
  config: z.record(z.string(), z.unknown()),
  backend_id: z.string().max(64).optional(),
  /** The host to test from; without it, this machine's host or the first one online. */
  host_id: z.string().max(64).optional(),
})

export const TestSavedBackend = z.strictObject({ host_id: z.string().max(64).optional() })

/** One host: a volume group without clustering is opened on one at a time. */
export const ConnectBackend = z.strictObject({ host_id: z.string().min(1).max(64) })

export const DiscoverBackend = TestBackend.extend({ discovery: z.string().min(1).max(32) })

export const SecretState = z.object({
  has_secret: z.boolean(),
  /** 8 hex digits, the same for the same secret of this installation. */
  fingerprint: z.string().nullable(),
  updated_at: Timestamp.nullable(),
})

/** Figures of one host, of a storage that each host has for itself. */
export const HostStats = z.object({
  host_id: z.string(),
  host_name: z.string(),
  used_bytes: z.number().nullable(),
  total_bytes: z.number().nullable(),
  available_bytes: z.number().nullable(),
  /** Null also where the storage is a folder of a larger file system: nobody counts then. */
  file_count: z.number().nullable(),
  /** Of the file system that it lies on, which others may share; null where it has no fixed number of them. */
  total_inodes: z.number().nullable(),
  used_inodes: z.number().nullable(),
  as_of: Timestamp.nullable(),
})

export const BackendStats = z.object({
  /** `null` is unknown, never 0. Of a storage that each host has for itself these are the figures of the fullest host. */
  used_bytes: z.number().nullable(),
  total_bytes: z.number().nullable(),
  available_bytes: z.number().nullable(),
  /** Null also where the storage is a folder of a larger file system: nobody counts then. */
  file_count: z.number().nullable(),
  /** Of the file system that it lies on, which others may share; null where it has no fixed number of them. */
  total_inodes: z.number().nullable(),
  used_inodes: z.number().nullable(),
  /** The host with these inodes, where each has its own: the one with the largest part in use. Otherwise absent. */
  inodes_host_name: z.string().optional(),
  /** In the pools that lie on it; null: no host has looked yet. */
  template_count: z.int().nullable(),
  as_of: Timestamp.nullable(),
  /** The host with these figures; absent where the storage is the same on every host, and while nothing was measured. */
  host_name: z.string().optional(),
  /** Each host that has it mounted, fullest first, where each has its own. Only of a single backend: lists leave it out. */
  hosts: z.array(HostStats).optional(),
})

export const BackendStatus = z.enum(['unknown', 'online', 'offline', 'error'])
export type BackendStatus = z.infer<typeof BackendStatus>

/** A block storage on one host: what is wanted there, and what the host says of it. */
export const ConnectionView = z.object({
  host_id: z.string(),
  host_name: z.string(),
  desired: z.enum(['connected', 'disconnected']),
  /** `unknown` while the host is away. */
  state: z.enum(['connected', 'connecting', 'disconnecting', 'disconnected', 'error', 'unknown']),
  since: Timestamp.nullable(),
  /** Key into the error catalogue. */
  problem: z.string().nullable(),
  message: z.string().nullable(),
  advice: z.string().nullable(),
  explanation: ExplanationView.nullable(),
  summary: z.string().nullable(),
  details: z.record(z.string(), z.string()),
})
export type ConnectionView = z.infer<typeof ConnectionView>

export const BackendView = z.object({
  id: z.string(),
  name: z.string(),
  /** As it was made: a word of an older API, such as `iscsi`, comes back as it was sent. */
  type: z.string(),
  /** The storage type that serves it. */
  driver: z.string(),
  source: z.string(),
  status: BackendStatus,
  status_at: Timestamp.nullable(),
  /** Why it is not well, in a sentence; the explanation says what to do. */
  status_error: z.string().nullable(),
  status_explanation: ExplanationView.nullable(),
  /** Where everybody reads its files (a CDN), ending with a slash: the path of a file follows, each part percent-encoded. */
  public_url: z.string().nullable(),
  /** Settings, and words of an older API (`mount_options`) as they were sent, while they still say the same. */
  config: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), SecretState),
  stats: BackendStats,
  capabilities: z.array(z.string()),
  mount_count: z.int(),
  /** Hosts on which it is connected or is to be; empty for a type that is mounted. */
  connections: z.array(ConnectionView),
  last_test_at: Timestamp.nullable(),
  last_test_operation: z.string().nullable(),
  generation: z.int(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type BackendView = z.infer<typeof BackendView>

export const ListBackends = PageQuery.extend({
  type: anyOf(z.string().max(32)).optional(),
  status: anyOf(BackendStatus).optional(),
  search: z.string().max(100).optional(),
})

import { z } from 'zod'
import { ConsumersMessage, MountState, UsageMessage } from '@/lib/agent-protocol/messages'
import { ExplanationView } from '@/lib/drivers/problems/schema'
import { Labels } from '@/lib/hosts/schema'
import { anyOf, PageQuery, Timestamp } from '@/lib/http/envelope'
import { StoredOverrides } from '@/lib/mounts/effective'
import { MOUNT_STATUSES, STATUSES_ON_HOST } from '@/lib/mounts/state'
import { Rollout } from '@/lib/rollouts/schema'
import { TONE_ORDER } from '@/lib/tones'

export const MountName = z
  .string()
  .trim()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    'Use 1 to 63 lower-case letters, digits and dashes, starting and ending with a letter or digit.',
  )

/** Absolute, no `.` or `..`, no control characters; the agent checks it again, resolved, against its own policy. */
export const MountPoint = z
  .string()
  .max(1024, 'The mount point must have at most 1024 characters.')
  .regex(/^\/[^\p{C}]+$/u, 'The mount point must be an absolute path without control characters.')
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), 'Leave out "." and "..".')
  .refine((path) => !path.includes('//') && !path.endsWith('/'), 'Leave out doubled and trailing slashes.')

export const Targets = z.enum(['hosts', 'labels', 'all'])

/** What happens when somebody changes the mount on a host: shown only, put back, or taken over as the new wish. */
export const DriftPolicy = z.enum(['report', 'repair', 'adopt'])

const TARGETS = {
  /** `hosts` (default): those in `host_ids`. `labels`: every host with all of `target_labels`. `all`: every host there is and will be. */
  targets: Targets.optional(),
  target_labels: Labels.optional(),
  /** The same as `targets: 'all'`. */
  global: z.boolean().optional(),
  host_ids: z.array(z.string().max(64)).min(1, 'Choose at least one host.').max(5000).optional(),
}

export const CreateMount = z.strictObject({
  name: MountName,
  backend_id: z.string().min(1, 'Choose a backend.').max(64),
  /** Default: `/mnt/<name>`. */
  mount_point: MountPoint.optional(),
  ...TARGETS,
  read_only: z.boolean().default(false),
  on_drift: DriftPolicy.default('report'),
  auto_mount: z.boolean().default(true),
  /** Mount now (default), or only write the definition down. */
  do_mount: z.boolean().default(true),
  rollout: Rollout.optional(),
})
export type CreateMount = z.infer<typeof CreateMount>

/** `backend_id` is fixed: make a new mount instead. */
export const UpdateMount = z.strictObject({
  name: MountName.optional(),
  /** Another one: each host without a place of its own unmounts and mounts there. */
  mount_point: MountPoint.optional(),
  ...TARGETS,
  read_only: z.boolean().optional(),
  on_drift: DriftPolicy.optional(),
  auto_mount: z.boolean().optional(),
  rollout: Rollout.optional(),
})
export type UpdateMount = z.infer<typeof UpdateMount>

/** `POST …/duplicate`: the same definition under another name and place. */
export const DuplicateMount = z.strictObject({
  name: MountName,
  /** Default: `/mnt/<name>`. */
  mount_point: MountPoint.optional(),
  do_mount: z.boolean().default(false),
})

/** Without `host_ids`: every host of the mount. */
export const MountAction = z.strictObject({
  host_ids: z.array(z.string().max(64)).min(1).max(5000).optional(),
  rollout: Rollout.optional(),
})
export type MountAction = z.infer<typeof MountAction>

/**
 * A sync is what the hosts should have already, so it needs no waves. `only_failed`: of these hosts, those that are not as
 * wanted.
 */
export const SyncMount = MountAction.omit({ rollout: true }).extend({ only_failed: z.boolean().optional() })
export type SyncMount = z.infer<typeof SyncMount>

export const DeleteMount = z.strictObject({ rollout: Rollout.optional() })
export type DeleteMount = z.infer<typeof DeleteMount>

/** An administrator's lazy unmount; the hosts must be named. */
export const AbandonMount = z.strictObject({
  host_ids: z.array(z.string().max(64)).min(1, 'Choose the hosts.').max(5000),
})
export type AbandonMount = z.infer<typeof AbandonMount>

/** `POST …/check`: on one host. */
export const CheckMount = z.strictObject({
  host_id: z.string().min(1, 'Name the host.').max(64),
  /** Of the file that is written and read back. */
  size_mib: z.int().min(1, 'At least 1 MiB.').max(65_536, 'At most 64 GiB.').default(256),
})
export type CheckMount = z.infer<typeof CheckMount>

/** `PUT …/hosts/{hostId}/overrides`: all that is different on this host; what is left out is as everywhere. */
export const MountOverrides = z.strictObject({
  mount_point: MountPoint.optional(),
  read_only: z.boolean().optional(),
  /** Fields of the backend's config that its type lets differ, such as the server's address. */
  config: z.record(z.string().max(64), z.unknown()).optional(),
})
export type MountOverrides = z.infer<typeof MountOverrides>

export const ObservedState = z.enum(['unknown', ...MountState.options])
export type ObservedState = z.infer<typeof ObservedState>

/** What somebody else has changed about the mount on a host. */
export const DriftView = z.object({
  kind: z.enum(['unmounted', 'mounted', 'options', 'covered']),
  message: z.string(),
  /** Of `options`: what was asked for and what is in force. */
  differences: z.array(
    z.object({ option: z.string(), asked: z.string().nullable(), effective: z.string().nullable() }),
  ),
  /** Can it become the wish for this host? */
  adoptable: z.boolean(),
  /** How often it was put back in a row. */
  repairs: z.int(),
  /** It was put back too often; now a person decides. */
  given_up: z.boolean(),
})
export type DriftView = z.infer<typeof DriftView>

/** What the node of a host says, of a storage that consists of nodes, and how it stands to those of the other hosts. */
export const NodeView = z.object({
  /** `unknown`: it says nothing, or there is none to compare it with. `split`: hosts follow different leaders. */
  sync: z.enum(['in_sync', 'behind', 'split', 'stale', 'unknown']),
  /** Of `behind`: by so many versions. */
  behind_by: z.int().nullable(),
  id: z.string().nullable(),
  role: z.string().nullable(),
  leader: z.string().nullable(),
  active_peers: z.int().nullable(),
  peers: z.int().nullable(),
  version: z.int().nullable(),
  problem: z.string().nullable(),
  advice: z.string().nullable(),
})
export type NodeView = z.infer<typeof NodeView>

export const MountOnHostView = z.object({
  host_id: z.string(),
  host_name: z.string(),
  host_status: z.enum(['unknown', 'online', 'offline', 'error']),
  desired_state: z.enum(['mounted', 'unmounted']),
  desired_generation: z.int(),
  /** The rollout that has not reached this host yet; until then nothing is sent to it. */
  held_by: z.string().nullable(),
  /** The host was taken off this mount and has not let go of it yet. */
  removing: z.boolean(),
  /** As it is to be on this host, overrides included. */
  mount_point: z.string(),
  /** Where it still is mounted when that is another place: it has not moved yet. Null otherwise. */
  moving_from: z.string().nullable(),
  read_only: z.boolean(),
  source: z.string(),
  overrides: StoredOverrides.nullable(),
  /** As the host shows it, or showed it last: `observed_at` says when. */
  state: ObservedState,
  /** The same judged against what is wanted; `unknown` while the host does not answer. */
  status: z.enum(STATUSES_ON_HOST),
  observed_generation: z.int().nullable(),
  observed_at: Timestamp.nullable(),
  since: Timestamp.nullable(),
  error: z.string().nullable(),
  problem: z.string().nullable(),
  advice: z.string().nullable(),
  explanation: ExplanationView.nullable(),
  /** In force, from mountinfo. */
  options: z.string().nullable(),
  /** What both sides agreed on, such as `NFS 4.2`; null where nothing is mounted or the options do not tell. */
  protocol: z.string().nullable(),
  /** Asked for on this host; null: as `asked_options` of the mount. */
  asked_options: z.string().nullable(),
  drift: DriftView.nullable(),
  /** How often bringing it about has failed in a row, and when it is tried next. */
  attempts: z.int(),
  next_attempt_at: Timestamp.nullable(),
  /** As the host measured it; `asOf` says when. */
  usage: UsageMessage.extend({ asOf: Timestamp.nullable().optional() }).nullable(),
  /** Null where the storage has no nodes, and while the mount is not there. */
  node: NodeView.nullable(),
})
export type MountOnHostView = z.infer<typeof MountOnHostView>

export const MountView = z.object({
  id: z.string(),
  name: z.string(),
  backend: z.object({ id: z.string(), name: z.string(), type: z.string() }),
  type: z.string(),
  source: z.string(),
  mount_point: z.string(),
  read_only: z.boolean(),
  auto_mount: z.boolean(),
  targets: Targets,
  target_labels: z.record(z.string(), z.string()),
  /** Is it for every host, present and future? */
  global: z.boolean(),
  on_drift: DriftPolicy,
  /** Mount options that are asked for on every host without overrides. */
  asked_options: z.string(),
  desired_state: z.enum(['mounted', 'unmounted']),
  /** Rolled up over hosts: the worst that needs action. */
  status: z.enum(MOUNT_STATUSES),
  removing: z.boolean(),
  /** Whose own it is: it is made, changed and deleted with that pool. */
  pool: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** The same with a repository. */
  repository: z.object({ id: z.string(), name: z.string() }).nullable(),
  generation: z.int(),
  hosts: z.array(MountOnHostView),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type MountView = z.infer<typeof MountView>

export const MountConsumersQuery = z.strictObject({ host_id: z.string().min(1, 'Name the host.').max(64) })

/** Who uses the mount on one host, at this moment. */
export const MountConsumersView = ConsumersMessage.extend({
  host_id: z.string(),
  host_name: z.string(),
  asked_at: Timestamp,
})
export type MountConsumersView = z.infer<typeof MountConsumersView>

/** `GET …/history`: newest first. */
export const MountHistoryQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.coerce.number().int().positive().optional(),
  host_id: z.string().max(64).optional(),
})

/** `GET /api/v1/hosts/{id}/history` */
export const HostHistoryQuery = MountHistoryQuery.omit({ host_id: true })

/** One change of what was seen on a host. */
export const MountEventView = z.object({
  id: z.int(),
  at: Timestamp,
  mount_id: z.string(),
  mount_name: z.string(),
  host_id: z.string(),
  host_name: z.string(),
  state: ObservedState,
  message: z.string().nullable(),
  problem: z.string().nullable(),
  advice: z.string().nullable(),
  explanation: ExplanationView.nullable(),
})
export type MountEventView = z.infer<typeof MountEventView>

export const ListMounts = PageQuery.extend({
  backend_id: anyOf(z.string().max(64)).optional(),
  host_id: anyOf(z.string().max(64)).optional(),
  type: anyOf(z.string().max(32)).optional(),
  search: z.string().max(100).optional(),
  /** As `hosts[].state`: a host of the mount, or the one of `host_id`, shows one of these. */
  state: anyOf(ObservedState).optional(),
  /** As `status`: it is one of these. */
  status: anyOf(z.enum(MOUNT_STATUSES)).optional(),
  /** How the console shows it; `critical,warning,drift` are those that need a person. */
  health: anyOf(z.enum(TONE_ORDER)).optional(),
})

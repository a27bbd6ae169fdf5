import { z } from 'zod'
import { HostInfo } from '@/lib/agent-protocol/messages'
import { anyOf, PageQuery, Timestamp } from '@/lib/http/envelope'

export const HostName = z
  .string()
  .trim()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/,
    'Use letters, digits, dots and dashes, as in a host name.',
  )

export const Labels = z.record(
  z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,62}$/, 'A label key is lower-case letters, digits, dots, dashes.'),
  z.string().max(63),
)

/** `POST /api/v1/hosts/enroll`: makes a join token and the command to paste. */
export const EnrollHost = z.strictObject({ name: HostName.optional(), labels: Labels.optional() })

export const JoinInstructions = z.object({
  token_id: z.string(),
  /** Shown once. */
  token: z.string(),
  /** For a host that has the agent. */
  command: z.string(),
  /** One command that fetches the agent, checks it, installs it and joins; null when this build has no package. */
  install_command: z.string().nullable(),
  /** URL of the controller's fleet port. */
  url: z.string(),
  ca_fingerprint: z.string(),
  expires_at: Timestamp,
})
export type JoinInstructions = z.infer<typeof JoinInstructions>

export const UpdateHost = z.strictObject({
  name: HostName.optional(),
  address: z
    .string()
    .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'Write the address as host:port.')
    .optional(),
  labels: Labels.optional(),
})

export const InstallTools = z.strictObject({ commands: z.array(z.string().max(64)).min(1).max(32) })

export const HostStatus = z.enum(['unknown', 'online', 'offline', 'error'])

export const HostRow = z.object({
  id: z.string(),
  name: z.string(),
  address: z.string(),
  labels: z.record(z.string(), z.string()),
  is_local: z.boolean(),
  status: HostStatus,
  observed_at: Timestamp.nullable(),
  error: z.string().nullable(),
  agent_version: z.string().nullable(),
  /** It speaks an older protocol than this controller, and should be updated. */
  agent_outdated: z.boolean(),
  distribution: z.string().nullable(),
  privilege: z.enum(['root', 'namespace', 'none']).nullable(),
  /** Of those that are wanted, `unknown` many are on a host that does not answer, or has not spoken of them yet. */
  mounts: z.object({ wanted: z.int(), mounted: z.int(), failing: z.int(), unknown: z.int() }),
  missing_tools: z.array(z.string()),
  clock_skew_ms: z.int().nullable(),
  certificate_not_after: Timestamp.nullable(),
  revoked_at: Timestamp.nullable(),
  created_at: Timestamp,
})
export type HostRow = z.infer<typeof HostRow>

export const AgentUpdate = z.object({
  /** What the controller has; null when it has no package of the agent. */
  version: z.string().nullable(),
  /** It speaks an older protocol. It goes on mounting, without what came later. */
  is_outdated: z.boolean(),
  /** `POST …/update-agent` does it; otherwise `command` has to be run on the host. */
  is_remote: z.boolean(),
  command: z.string().nullable(),
})
export type AgentUpdate = z.infer<typeof AgentUpdate>

export const HostView = HostRow.extend({
  info: HostInfo.nullable(),
  /** Null: its agent is up to date, or comes with the product. */
  agent_update: AgentUpdate.nullable(),
  certificate_serial: z.string().nullable(),
  generation: z.int(),
})
export type HostView = z.infer<typeof HostView>

export const ListHosts = PageQuery.extend({
  search: z.string().max(100).optional(),
  status: anyOf(HostStatus).optional(),
  /** As `key=value`. Of several values of one key the host has one; of several keys it has all. */
  label: anyOf(
    z
      .string()
      .regex(/^[^=]+=/, 'Write a label as key=value.')
      .max(127),
  ).optional(),
})

import { z } from 'zod'
import { SEVERITIES } from '@/lib/attention/severities'
import { Timestamp } from '@/lib/http/envelope'
import { MaintenanceNow } from '@/lib/maintenance/schema'

export const Severity = z.enum(SEVERITIES)
export type Severity = z.infer<typeof Severity>

/**
 * `storage`: a server, or a storage on it, is silent or refuses. `mount`: what is wrong is at one mount, such as a program that holds it.
 * `nodes`: a storage that consists of nodes is apart. `pool`: one cannot be opened, or something is wrong in it. `volume`: volumes are
 * not there any more, or cannot be used. `inodes`: a file system has few of them left. `uploads`: files wait on hosts and
 * do not get through. `clock`: that of a host is off. `disk_failing`, `disk_worn`: by what a disk of a host says of itself.
 * `forecast`: a storage will be full within days. `overcommit`: a pool has promised its volumes more than it may. `availability`: a
 * backend could be used for less of the last 30 days than its objective says. `notifier`: one takes no messages. `heartbeat`: the
 * dead-man's switch is not pinged. `own_certificate`: one of Holdfast itself is about to end, or has.
 */
export const CauseKind = z.enum([
  'host_away',
  'agent_outdated',
  'tools_missing',
  'certificate_ending',
  'clock',
  'disk_failing',
  'disk_worn',
  'storage',
  'capacity',
  'inodes',
  'uploads',
  'forecast',
  'overcommit',
  'availability',
  'mount',
  'nodes',
  'drift',
  'pool',
  'volume',
  'notifier',
  'heartbeat',
  'own_certificate',
])
export type CauseKind = z.infer<typeof CauseKind>

const Named = z.object({ id: z.string(), name: z.string() })
/** How many, and the first few of them. */
const Reached = z.object({ total: z.int(), first: z.array(Named) })

export const AcknowledgementView = z.object({
  by: z.string(),
  at: Timestamp,
  note: z.string().nullable(),
  /** It is silent until then, whatever becomes of it; null: until it gets worse, or has been gone for five minutes. */
  until: Timestamp.nullable(),
})
export type AcknowledgementView = z.infer<typeof AcknowledgementView>

export const CauseView = z.object({
  /** The same for as long as the cause is there, and again when it comes back. */
  id: z.string(),
  kind: CauseKind,
  severity: Severity,
  /** What it is about. `hosts` are several with the same trouble; a server, several hosts and Holdfast itself have no id of their own. */
  subject: z.object({
    kind: z.enum(['host', 'hosts', 'server', 'backend', 'mount', 'pool', 'volume', 'notifier', 'holdfast']),
    id: z.string().nullable(),
    name: z.string(),
  }),
  /** A sentence that begins with the name of the subject. */
  title: z.string(),
  advice: z.string().nullable(),
  reach: z.object({ hosts: Reached, mounts: Reached, backends: Reached, pools: Reached, volumes: Reached }),
  /** What may help at once: `sync` the mount, or `test` the backends, that `reach` names. Null: somebody has to look. */
  remedy: z.enum(['sync', 'test']).nullable(),
  since: Timestamp.nullable(),
  acknowledged: AcknowledgementView.nullable(),
  /** The maintenance window that it lies in now. */
  maintenance: MaintenanceNow.nullable(),
})
export type CauseView = z.infer<typeof CauseView>

export const AttentionView = z.object({
  /** Worst first, those with the widest reach first among equals; what is acknowledged, or under maintenance, last. */
  data: z.array(CauseView),
  total: z.int(),
  /** How many of all of them are acknowledged. */
  acknowledged: z.int(),
  /** How many of the others lie in a maintenance window. */
  in_maintenance: z.int(),
  /** How many of each noun are in trouble that nobody has acknowledged, and that is not under maintenance. */
  counts: z.object({ backends: z.int(), mounts: z.int(), hosts: z.int(), pools: z.int(), volumes: z.int() }),
})
export type AttentionView = z.infer<typeof AttentionView>

export const ListAttention = z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) })

export const Acknowledge = z.strictObject({
  note: z.string().trim().max(500, 'The note must have at most 500 characters.').optional(),
  /** Silent until then, also when it gets worse. Left out: acknowledged until it gets worse or is over. */
  until: Timestamp.optional(),
})
export type Acknowledge = z.infer<typeof Acknowledge>

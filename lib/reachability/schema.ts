import { z } from 'zod'
import { ExplanationView } from '@/lib/drivers/problems/schema'
import { Timestamp } from '@/lib/http/envelope'
import { CheckedLayer, ReachLayer } from '@/lib/reachability/layers'
import { TimeOfDay, TimeZone } from '@/lib/snapshots/schema'

// ---- what is checked, and when -------------------------------------------------------------------------------------------

/** Of every night: nothing, what is wanted on hosts, or every storage from every host. */
export const NIGHTLY = ['off', 'used', 'all'] as const

export const ReachSettings = z.object({
  nightly: z.enum(NIGHTLY, 'Choose one of these.'),
  at: TimeOfDay,
  time_zone: TimeZone,
  /** So many hosts look at one server at the same time, and no more. */
  hosts_at_once: z.int('Write a whole number.').min(1, 'At least one host.').max(64, 'At most 64 hosts.'),
})
export type ReachSettings = z.infer<typeof ReachSettings>

export const STANDARD_SETTINGS: ReachSettings = { nightly: 'all', at: '02:00', time_zone: 'UTC', hosts_at_once: 4 }

/** Where they are kept (table Setting), and when all were asked for last. */
export const REACH_SETTINGS_KEY = 'reachability'
export const REACH_ASKED_KEY = 'reachability_asked'

/** What is stored; what cannot be read is as delivered. */
export function settingsFrom(stored: unknown): ReachSettings {
  return ReachSettings.safeParse({ ...STANDARD_SETTINGS, ...(stored as object | undefined) }).data ?? STANDARD_SETTINGS
}

/** What is left out stays. */
export const ChangeReachSettings = ReachSettings.partial().strict()
export type ChangeReachSettings = z.infer<typeof ChangeReachSettings>

const Ids = z.array(z.string().max(64)).min(1, 'Name at least one, or leave it out for all.').max(5000)

/** Left out: all backends, all hosts. */
export const AskChecks = z.strictObject({ backend_ids: Ids.optional(), host_ids: Ids.optional() })
export type AskChecks = z.infer<typeof AskChecks>

/** So many checks of a host and a storage are due now. */
export const AskedView = z.object({ checks: z.int() })

// ---- what was found ------------------------------------------------------------------------------------------------------

export const ReachHost = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(['unknown', 'online', 'offline', 'error']),
})
export type ReachHost = z.infer<typeof ReachHost>

export const ReachBackend = z.object({ id: z.string(), name: z.string(), type: z.string() })
export type ReachBackend = z.infer<typeof ReachBackend>

const Place = z.int().nonnegative()
const Flag = z.union([z.literal(0), z.literal(1)])

/**
 * `[host, backend, layer, since, checked, message, advice, waits, outdated, used]`: host and backend as places in their lists; the first layer
 * that failed as a place in `layers`, null for none; since and checked in seconds of Unix time, null when nothing was checked yet;
 * message and advice as places in `texts` or null; 1 when a check is due; 1 when the settings of the backend have changed since;
 * 1 when it is mounted or connected there, or is to be.
 */
export const ReachCell = z.tuple([
  Place,
  Place,
  Place.nullable(),
  z.int().nullable(),
  z.int().nullable(),
  Place.nullable(),
  Place.nullable(),
  Flag,
  Flag,
  Flag,
])
export type ReachCell = z.infer<typeof ReachCell>

/** Every storage as every host reaches it. What was never asked for has no cell. */
export const ReachMatrix = z.object({
  hosts: z.array(ReachHost),
  backends: z.array(ReachBackend),
  layers: z.array(ReachLayer),
  texts: z.array(z.string()),
  cells: z.array(ReachCell),
})
export type ReachMatrix = z.infer<typeof ReachMatrix>

/** What the last check from one host has found, layer by layer. */
export const ReachView = z.object({
  host: z.object({ id: z.string(), name: z.string() }),
  /** Null: nothing was checked yet. */
  checked_at: Timestamp.nullable(),
  /** A check is due, and made as soon as the host answers and the server has room. */
  waits: z.boolean(),
  /** It is mounted or connected there, or is to be. */
  used: z.boolean(),
  /** The settings of the backend have changed since. */
  outdated: z.boolean(),
  /** The first layer that failed; null: none did. */
  failed_layer: ReachLayer.nullable(),
  since: Timestamp.nullable(),
  duration_ms: z.number().nullable(),
  layers: z.array(CheckedLayer),
  message: z.string().nullable(),
  explanation: ExplanationView.nullable(),
})
export type ReachView = z.infer<typeof ReachView>

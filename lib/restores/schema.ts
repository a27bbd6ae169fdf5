import { z } from 'zod'

/** `mount`, `connection`, or another kind of what is kept on hosts. */
const Kind = z.string()

const Resource = z.object({
  kind: Kind,
  id: z.string(),
  name: z.string(),
})

/** Where one host and the restored database do not agree. */
export const HostDifferences = z.object({
  host_id: z.string(),
  host_name: z.string(),
  /** Highest epoch of a command that the host has carried out. */
  epoch: z.int(),
  /** On the host, and not in the database: they were made after the backup. */
  unknown: z.array(
    z.object({
      kind: Kind,
      id: z.string(),
      /** Null for what is not at a path. */
      mount_point: z.string().nullable(),
      source: z.string().nullable(),
    }),
  ),
  /** In both, and the host carried out a later change than the database knows. */
  newer: z.array(
    Resource.extend({ mount_point: z.string().nullable(), generation: z.int(), desired_generation: z.int() }),
  ),
  /** Wanted by the database, and not on the host. */
  missing: z.array(Resource.extend({ mount_point: z.string().nullable() })),
})
export type HostDifferences = z.infer<typeof HostDifferences>

/**
 * The database is behind its hosts: it was restored from a backup. Until an administrator has seen what differs and goes on from
 * this state, nothing is changed on any host.
 */
export const RestoredState = z.object({
  found_at: z.iso.datetime(),
  /** Raised with every difference that is found; to be sent back with the confirmation. */
  revision: z.int(),
  /** Of this controller, as the database had it. */
  epoch: z.int(),
  /** The highest one that a host told. */
  highest_epoch: z.int(),
  /** How many hosts have been asked, and how many there are; a host that is away cannot be compared. */
  compared_hosts: z.int(),
  total_hosts: z.int(),
  /** Hosts on which something differs. */
  hosts: z.array(HostDifferences),
})
export type RestoredState = z.infer<typeof RestoredState>

/** An administrator's word; the controller follows it when nothing else has been found since. */
export const Confirmation = z.object({
  revision: z.int(),
  by: z.string(),
  at: z.iso.datetime(),
  unknown_mounts: z.enum(['keep', 'unmount']),
})
export type Confirmation = z.infer<typeof Confirmation>

export const RestoredView = RestoredState.extend({
  /** Set while the controller takes the new epoch, which takes a moment. */
  confirmed: z.object({ by: z.string(), at: z.iso.datetime() }).nullable(),
})
export type RestoredView = z.infer<typeof RestoredView>

export const ConfirmRestored = z.strictObject({
  /** The revision that was looked at. */
  revision: z.int(),
  /** What becomes of mounts on hosts that the database does not know: they stay, outside of its reach, or are unmounted. */
  unknown_mounts: z.enum(['keep', 'unmount']).default('keep'),
})

/** Where both are kept (table Setting): the controller writes the first, the web process the second. */
export const STATE_KEY = 'restored'
export const CONFIRMATION_KEY = 'restored_confirmed'

/** The sentence of readiness, the command line and refused commands. */
export const RESTORED_SENTENCE =
  'The database is behind the hosts: it was restored from a backup. Nothing is changed on hosts until an administrator has looked at the differences on the overview and goes on from this state.'

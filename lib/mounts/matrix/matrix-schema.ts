import { z } from 'zod'
import { Timestamp } from '@/lib/http/envelope'
import { DriftView, MountOnHostView, ObservedState } from '@/lib/mounts/schema'

/** The states in the order in which cells name them. New ones go to the end: clients keep numbers. */
export const MATRIX_STATES = ObservedState.options
export const MATRIX_STATUSES = MountOnHostView.shape.status.options

export const MatrixHost = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(['unknown', 'online', 'offline', 'error']),
  labels: z.record(z.string(), z.string()),
  /** When the host was last heard of: the age of everything in its row. */
  observed_at: Timestamp.nullable(),
})
export type MatrixHost = z.infer<typeof MatrixHost>

export const MatrixMount = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  backend: z.object({ id: z.string(), name: z.string() }),
  mount_point: z.string(),
  removing: z.boolean(),
})
export type MatrixMount = z.infer<typeof MatrixMount>

/**
 * `[host, mount, state, wanted, since, error, advice, status]`: host and mount as places in their lists; state as a place in
 * `states`, status in `statuses`; wanted 0 unmounted, 1 mounted, 2 to be let go of; since in seconds of Unix time or null; error
 * and advice as places in `texts` or null.
 */
export const MatrixCell = z.tuple([
  z.int().nonnegative(),
  z.int().nonnegative(),
  z.int().nonnegative(),
  z.union([z.literal(0), z.literal(1), z.literal(2)]),
  z.int().nullable(),
  z.int().nonnegative().nullable(),
  z.int().nonnegative().nullable(),
  z.int().nonnegative(),
])
export type MatrixCell = z.infer<typeof MatrixCell>

/** `[host, mount, kind, message]`, the message as a place in `texts`: what somebody has changed there. Few cells have one. */
export const MatrixDrift = z.tuple([
  z.int().nonnegative(),
  z.int().nonnegative(),
  DriftView.shape.kind,
  z.int().nonnegative(),
])
export type MatrixDrift = z.infer<typeof MatrixDrift>

/** Every mount on every host, small enough to be read again with every change: 4,000 cells are some 100 KB, 15 KB on the wire. */
export const MountMatrix = z.object({
  hosts: z.array(MatrixHost),
  mounts: z.array(MatrixMount),
  states: z.array(ObservedState),
  statuses: z.array(MountOnHostView.shape.status),
  texts: z.array(z.string()),
  cells: z.array(MatrixCell),
  drifts: z.array(MatrixDrift),
})
export type MountMatrix = z.infer<typeof MountMatrix>

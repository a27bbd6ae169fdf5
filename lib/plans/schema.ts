import { z } from 'zod'
import { ConnectBackend, UpdateBackend } from '@/lib/backends/schema'
import { AdoptMount } from '@/lib/imports/existing-schema'
import {
  AbandonMount,
  CreateMount,
  DeleteMount,
  MountAction,
  MountOverrides,
  ObservedState,
  SyncMount,
  UpdateMount,
} from '@/lib/mounts/schema'

const MountId = z.string().min(1, 'Name the mount.').max(64)
const HostId = z.string().min(1, 'Name the host.').max(64)
const BackendId = z.string().min(1, 'Name the backend.').max(64)

/** A change, as the route that makes it would take it. */
export const PlanRequest = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('create_mount'), change: CreateMount }),
  z.strictObject({ action: z.literal('update_mount'), mount_id: MountId, change: UpdateMount }),
  z.strictObject({ action: z.literal('mount'), mount_id: MountId, change: MountAction.default({}) }),
  z.strictObject({ action: z.literal('unmount'), mount_id: MountId, change: MountAction.default({}) }),
  z.strictObject({ action: z.literal('sync'), mount_id: MountId, change: SyncMount.default({}) }),
  z.strictObject({ action: z.literal('delete_mount'), mount_id: MountId, change: DeleteMount.default({}) }),
  z.strictObject({
    action: z.literal('set_overrides'),
    mount_id: MountId,
    host_id: HostId,
    /** Null: nothing is different on this host any more. */
    change: MountOverrides.nullable(),
  }),
  z.strictObject({ action: z.literal('adopt'), mount_id: MountId, host_id: HostId }),
  z.strictObject({ action: z.literal('abandon'), mount_id: MountId, change: AbandonMount }),
  z.strictObject({ action: z.literal('adopt_existing'), host_id: HostId, change: AdoptMount }),
  z.strictObject({ action: z.literal('update_backend'), backend_id: BackendId, change: UpdateBackend }),
  z.strictObject({ action: z.literal('delete_backend'), backend_id: BackendId }),
  z.strictObject({ action: z.literal('connect'), backend_id: BackendId, change: ConnectBackend }),
  z.strictObject({ action: z.literal('disconnect'), backend_id: BackendId, change: ConnectBackend }),
])
export type PlanRequest = z.infer<typeof PlanRequest>
export type PlanAction = PlanRequest['action']

/**
 * What happens on a host. `adjust`: it takes the new settings over, and nothing is mounted or unmounted. `forget`: nothing is
 * mounted there; the host lets go of the definition. `adopt`: what is mounted there is taken over as it is. `abandon`: the path is
 * taken away from a mount that may be in use. `connect`, `disconnect`: a block storage is opened or closed there. `reconnect`: it is
 * open there, and the new settings of the backend are handed to it.
 */
export const HostStep = z.enum([
  'mount',
  'remount',
  'unmount',
  'remove',
  'forget',
  'adopt',
  'abandon',
  'adjust',
  'connect',
  'disconnect',
  'reconnect',
  'none',
])
export type HostStep = z.infer<typeof HostStep>

export const PlannedHost = z.object({
  host_id: z.string(),
  host_name: z.string(),
  host_status: z.enum(['unknown', 'online', 'offline', 'error']),
  /** Null for a mount that is to be made, and for a block storage. */
  mount_id: z.string().nullable(),
  /** Of a block storage the backend's name. */
  mount_name: z.string(),
  step: HostStep,
  /** What the host shows now: of the mount, or of the block storage. */
  state: z.enum([...ObservedState.options, 'connected', 'connecting', 'disconnecting', 'disconnected']),
  /** In order, as a person would type them. Never a secret. */
  commands: z.array(z.string()),
  /** What depends on what the host finds, in words. */
  notes: z.array(z.string()),
  /** Where the options in force now differ from those that will be asked for. */
  options: z.array(z.object({ option: z.string(), asked: z.string().nullable(), effective: z.string().nullable() })),
  /** Programs that use the mount lose it for a moment, or for good. */
  interrupts: z.boolean(),
  /** The host is away: it takes the change over when it returns. */
  follows_later: z.boolean(),
  /** Which wave of the rollout it is in, from 1; null without one. */
  wave: z.int().nullable(),
  warnings: z.array(z.string()),
})
export type PlannedHost = z.infer<typeof PlannedHost>

export const FieldChange = z.object({
  /** As in the API, a backend's with `config.` or `secrets.` before it; of several mounts with the mount's name. */
  field: z.string(),
  before: z.unknown(),
  after: z.unknown(),
})
export type FieldChange = z.infer<typeof FieldChange>

export const PlanView = z.object({
  /** To send as `Holdfast-Plan` with the change: it is refused when this plan is no longer true. */
  plan: z.string(),
  action: z.string(),
  target: z.object({ kind: z.enum(['mount', 'backend']), id: z.string().nullable(), name: z.string() }),
  /** One sentence. */
  summary: z.string(),
  /** Running programs are interrupted on at least one host. */
  interrupts: z.boolean(),
  changes: z.array(FieldChange),
  hosts: z.array(PlannedHost),
  /** Other mounts of the same backend. */
  uses: z.array(z.object({ kind: z.string(), id: z.string(), name: z.string() })),
  waves: z.array(z.object({ label: z.string(), host_ids: z.array(z.string()) })).nullable(),
  warnings: z.array(z.string()),
})
export type PlanView = z.infer<typeof PlanView>

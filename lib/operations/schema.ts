import { z } from 'zod'
import { NewContainer } from '@/lib/agent-protocol/containers'
import { MachineUuid, WantedDisk } from '@/lib/agent-protocol/machine-disks'
import { NewMachine } from '@/lib/agent-protocol/machine-makings'
import { PowerAction } from '@/lib/agent-protocol/machine-power'
import { JobProgress, ObservedJob, TestStepMessage, UsageMessage } from '@/lib/agent-protocol/messages'
import { VolumeWork } from '@/lib/agent-protocol/pools'
import { AcceptedLosses, WantedMount } from '@/lib/agent-protocol/workload-mounts'
import { ExplanationView } from '@/lib/drivers/problems/schema'
import { anyOf, PageQuery, Timestamp } from '@/lib/http/envelope'
import { RolloutView } from '@/lib/rollouts/schema'

export const OperationStatus = z.enum(['queued', 'running', 'paused', 'succeeded', 'failed', 'partial', 'cancelled'])
export type OperationStatus = z.infer<typeof OperationStatus>

/** A backend as an intent carries it: secrets sealed for the controller (JWE), by field. */
export const SealedBackend = z.strictObject({
  id: z.string(),
  driver: z.string(),
  config: z.record(z.string(), z.unknown()),
  sealedSecrets: z.record(z.string(), z.string()),
  /** By field: the backend that a copied secret was sealed for. */
  sealedFor: z.record(z.string(), z.string()).optional(),
})

/** A workload, and a mount that it is given or that is taken away from it. */
const MountOfWorkload = z.strictObject({
  workloadId: z.string(),
  workloadName: z.string(),
  hostId: z.string(),
  target: z.string(),
  nativeId: z.string(),
  mount: WantedMount,
  accepted: AcceptedLosses,
  /** Who asked for it. */
  by: z.string(),
})

/**
 * What the web process may ask of the controller: the whole list. `payload` of an operation row is parsed with the schema of its
 * kind on both sides. Secrets in it are sealed; it is emptied when the operation has finished.
 */
export const OPERATION_KINDS = {
  /** Test of an unsaved or saved backend from one host. `save` writes the outcome to the backend row. */
  'backend.test': z.strictObject({ hostId: z.string(), backend: SealedBackend, save: z.boolean() }),
  'backend.discover': z.strictObject({ hostId: z.string(), discovery: z.string(), backend: SealedBackend }),
  'backend.usage': z.strictObject({ hostId: z.string(), backendId: z.string() }),
  /** Opens a block storage on one host, for volumes, or closes it there. */
  'backend.connect': z.strictObject({ hostId: z.string(), backendId: z.string() }),
  'backend.disconnect': z.strictObject({ hostId: z.string(), backendId: z.string() }),
  /** Bring these hosts to the mount's desired rows (mounted or unmounted). */
  'mount.apply': z.strictObject({ mountId: z.string(), hostIds: z.array(z.string()) }),
  /** Unmount where mounted and forget; the tombstone goes when every host has acknowledged. */
  'mount.remove': z.strictObject({ mountId: z.string(), hostIds: z.array(z.string()) }),
  /** Bring these mounts of a changed backend, on these hosts, to their desired rows; always a rollout. */
  'backend.apply': z.strictObject({
    backendId: z.string(),
    hostIds: z.array(z.string()),
    mounts: z.array(z.strictObject({ mountId: z.string(), hostIds: z.array(z.string()) })),
  }),
  /** An administrator's lazy unmount of a stuck mount on one host. */
  'mount.abandon': z.strictObject({ mountId: z.string(), hostIds: z.array(z.string()) }),
  /** Who uses a mount on a host. */
  'host.inspect_mount': z.strictObject({ hostId: z.string(), mountId: z.string() }),
  /** Writes a file into a mount on one host and reads it back: how fast it is, and whether it is the same. A job. */
  'mount.check': z.strictObject({ mountId: z.string(), hostId: z.string(), sizeBytes: z.int() }),
  /** Bring a pool on these hosts to its desired rows, with the mount or connection that it lies on. */
  'pool.apply': z.strictObject({ poolId: z.string(), hostIds: z.array(z.string()) }),
  /** Close it everywhere and forget; the row goes when every host has acknowledged. */
  'pool.remove': z.strictObject({ poolId: z.string(), hostIds: z.array(z.string()) }),
  /** Close it on one host, and then open it on another one: never on both. */
  'pool.move_host': z.strictObject({
    poolId: z.string(),
    fromHostId: z.string(),
    toHostId: z.string(),
    /** Both. */
    hostIds: z.array(z.string()),
  }),
  /** One change of one volume. A job. */
  'volume.work': z.strictObject({
    volumeId: z.string(),
    poolId: z.string(),
    hostId: z.string(),
    work: VolumeWork,
    /** The volume that it is cloned or copied from, which is in hand too. */
    sourceId: z.string().nullable(),
  }),
  /** Gives a volume to a machine of libvirt, or takes it away. */
  'machine.attach_disk': z.strictObject({
    workloadId: z.string(),
    hostId: z.string(),
    machine: MachineUuid,
    disk: WantedDisk,
  }),
  'machine.detach_disk': z.strictObject({
    workloadId: z.string(),
    hostId: z.string(),
    machine: MachineUuid,
    volumeId: z.string(),
  }),
  /** Starts a machine of libvirt or a container, or stops it. */
  'machine.power': z.strictObject({
    workloadId: z.string(),
    hostId: z.string(),
    machine: MachineUuid,
    action: PowerAction,
  }),
  /** Gives a machine of libvirt the channel that its clipboard needs. */
  'machine.add_clipboard': z.strictObject({ workloadId: z.string(), hostId: z.string(), machine: MachineUuid }),
  'container.power': z.strictObject({
    workloadId: z.string(),
    hostId: z.string(),
    target: z.string(),
    nativeId: z.string(),
    action: PowerAction,
  }),
  /** Makes a container with these mounts. */
  'container.create': z.strictObject({
    hostId: z.string(),
    container: NewContainer,
    /** What its environment was sealed for, and that by name. */
    ownerId: z.string(),
    sealedEnv: z.record(z.string(), z.string()),
    /** Who asked for it. */
    by: z.string(),
  }),
  /** Removes one that does not run. */
  'container.remove': z.strictObject({
    workloadId: z.string(),
    workloadName: z.string(),
    hostId: z.string(),
    target: z.string(),
    nativeId: z.string(),
  }),
  /** Makes a machine of libvirt from these volumes. */
  'machine.create': z.strictObject({ hostId: z.string(), machine: NewMachine }),
  /** Removes one that was made from here and does not run. */
  'machine.remove': z.strictObject({
    workloadId: z.string(),
    workloadName: z.string(),
    hostId: z.string(),
    machine: MachineUuid,
  }),
  /** Gives a mount to whatever runs on its host, or takes it away. */
  'workload.attach_mount': MountOfWorkload,
  'workload.detach_mount': MountOfWorkload,
  'host.refresh': z.strictObject({ hostId: z.string() }),
  /** What else is mounted there, or in its fstab. */
  'host.existing_mounts': z.strictObject({ hostId: z.string() }),
  'host.install_tools': z.strictObject({ hostId: z.string(), commands: z.array(z.string()) }),
  /** Which version is the controller's own affair. */
  'host.update_agent': z.strictObject({ hostId: z.string() }),
} as const
export type OperationKind = keyof typeof OPERATION_KINDS
/** Those that are a job on their host: they may take long, and can be cancelled while they run. */
export const JOB_KINDS: ReadonlySet<string> = new Set<OperationKind>(['mount.check', 'volume.work'])

export type OperationPayload<K extends OperationKind> = z.infer<(typeof OPERATION_KINDS)[K]>

export const OPERATION_TITLES: Record<OperationKind, string> = {
  'backend.test': 'Test backend',
  'backend.discover': 'Discover',
  'backend.usage': 'Read usage',
  'backend.apply': 'Apply backend',
  'backend.connect': 'Connect backend',
  'backend.disconnect': 'Disconnect backend',
  'mount.apply': 'Apply mount',
  'mount.remove': 'Remove mount',
  'mount.abandon': 'Abandon mount',
  'mount.check': 'Check mount',
  'pool.apply': 'Apply pool',
  'pool.remove': 'Remove pool',
  'pool.move_host': 'Move pool to another host',
  'volume.work': 'Change volume',
  'machine.attach_disk': 'Attach volume',
  'machine.detach_disk': 'Detach volume',
  'machine.power': 'Start or stop machine',
  'machine.add_clipboard': 'Add clipboard to machine',
  'container.power': 'Start or stop container',
  'container.create': 'Create container',
  'container.remove': 'Remove container',
  'machine.create': 'Create machine',
  'machine.remove': 'Remove machine',
  'workload.attach_mount': 'Attach mount',
  'workload.detach_mount': 'Detach mount',
  'host.inspect_mount': 'Look who uses a mount',
  'host.refresh': 'Refresh host',
  'host.existing_mounts': 'Look for other mounts',
  'host.install_tools': 'Install tools',
  'host.update_agent': 'Update agent',
}

/** How far a job is on one host, as it is stored. */
export const StoredJob = z.object({
  state: ObservedJob.shape.state,
  progress: JobProgress.nullable(),
  /** Number of the last line of its log that is stored. */
  line: z.int().nonnegative(),
})
export type StoredJob = z.infer<typeof StoredJob>

export const JobView = z.object({
  state: ObservedJob.shape.state,
  /** Null while nobody knows how far it is. */
  progress: z
    .object({
      done: z.number(),
      total: z.number().nullable(),
      unit: JobProgress.shape.unit,
      per_second: z.number().nullable(),
      phase: z.string().nullable(),
      /** Beside bytes, where files are worked on one by one. */
      files: JobProgress.shape.files,
    })
    .nullable(),
})
export type JobView = z.infer<typeof JobView>

/** One layer of a test, in words. */
export const TestStepView = TestStepMessage.omit({ values: true, said: true, code: true }).extend({
  /** Of a step with a problem, its words and its parts. */
  explanation: ExplanationView.optional(),
})
export type TestStepView = z.infer<typeof TestStepView>

/** What went wrong, and what to do next. */
export const OperationError = z.object({
  code: z.string(),
  message: z.string(),
  recovery: z.string(),
  /** Null when it is no problem of the catalogue. */
  explanation: ExplanationView.nullable(),
})

export const OperationLine = z.object({
  id: z.int(),
  at: Timestamp,
  host_id: z.string().nullable(),
  kind: z.enum(['log', 'step']),
  message: z.string(),
  step: TestStepView.optional(),
})
export type OperationLine = z.infer<typeof OperationLine>

export const OperationHostView = z.object({
  host_id: z.string(),
  host_name: z.string(),
  /** `waiting`: the host is away; it takes the change over when it returns, and has not failed. */
  status: z.enum([...OperationStatus.options, 'waiting']),
  error: OperationError.nullable(),
  started_at: Timestamp.nullable(),
  finished_at: Timestamp.nullable(),
  /** Of long work; null for any other, and before it has begun. */
  job: JobView.nullable(),
})
export type OperationHostView = z.infer<typeof OperationHostView>

/** The compact form for lists. */
export const OperationRow = z.object({
  id: z.string(),
  kind: z.string(),
  /** What is done, such as "Resize volume". */
  title: z.string(),
  /** The same with the names of what it is about, such as "Grow disk1 to 20 GiB". It stays when these have gone. */
  summary: z.string(),
  target: z.object({ kind: z.string(), id: z.string(), name: z.string() }).nullable(),
  status: OperationStatus,
  requested_by: z.string(),
  host_count: z.int(),
  error: OperationError.nullable(),
  created_at: Timestamp,
  started_at: Timestamp.nullable(),
  finished_at: Timestamp.nullable(),
})
export type OperationRow = z.infer<typeof OperationRow>

export const OperationView = OperationRow.extend({
  hosts: z.array(OperationHostView),
  lines: z.array(OperationLine),
  result: z.unknown(),
  /** It has not begun, or is a job that runs. */
  can_cancel: z.boolean(),
  /** Somebody has cancelled it, and it has not ended yet. */
  is_cancelling: z.boolean(),
  /** Null when it goes to all hosts at once. */
  rollout: RolloutView.nullable(),
})
export type OperationView = z.infer<typeof OperationView>

/** `result` of a finished `backend.test`. */
export const TestResult = z.object({
  success: z.boolean(),
  message: z.string(),
  steps: z.array(TestStepView),
  usage: UsageMessage.nullable(),
})
export type TestResult = z.infer<typeof TestResult>

export const ListOperations = PageQuery.extend({
  status: anyOf(OperationStatus).optional(),
  /** Such as `mount.apply`. */
  kind: anyOf(z.string().max(64)).optional(),
  target_id: anyOf(z.string().max(64)).optional(),
  /** Those that have or had something to do on this host. */
  host_id: anyOf(z.string().max(64)).optional(),
})

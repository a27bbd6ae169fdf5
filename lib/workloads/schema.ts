import { z } from 'zod'
import { ContainerName, ContainerPlanMessage, Environment, ImageName, Restart } from '@/lib/agent-protocol/containers'
import { DirectoryPath } from '@/lib/agent-protocol/files'
import {
  Firmware,
  MachineName,
  MachineNetwork,
  MachineOffers,
  MachinePlanMessage,
} from '@/lib/agent-protocol/machine-makings'
import { PowerAction } from '@/lib/agent-protocol/machine-power'
import { AcceptedLosses, MountPlanMessage } from '@/lib/agent-protocol/workload-mounts'
import { WorkloadState } from '@/lib/agent-protocol/workloads'
import { anyOf, PageQuery, Timestamp } from '@/lib/http/envelope'
import { BUSES, CACHE_MODES } from '@/lib/libvirt/disk'

const Named = z.object({ id: z.string(), name: z.string() })

/** A managed mount or a volume that a workload has been given. */
export const WorkloadUseView = Named.extend({ kind: z.enum(['mount', 'volume']) })
export type WorkloadUseView = z.infer<typeof WorkloadUseView>

export const WorkloadRow = z.object({
  id: z.string(),
  name: z.string(),
  /** What runs it: `docker`, `lxc`, `libvirt`. */
  target: z.string(),
  kind: z.enum(['container', 'machine']),
  /** As its target calls it: the id of a container of Docker, the name of one of LXC, the UUID of a machine. */
  native_id: z.string(),
  host: Named,
  /** `unknown` also while its host does not answer; `told_state` is what that said last. */
  state: WorkloadState,
  told_state: WorkloadState,
  /** Why its state is not known. */
  problem: z.string().nullable(),
  /** Why its host did not let it start, while that is still so. */
  held: z.string().nullable(),
  /** What it was made from, or the system that it is said to have. */
  image: z.string().nullable(),
  /** Of everything that it keeps its data on, ours or not. */
  storage_count: z.int(),
  /** What of it is ours. */
  uses: z.array(WorkloadUseView),
  first_seen_at: Timestamp,
  changed_at: Timestamp,
})
export type WorkloadRow = z.infer<typeof WorkloadRow>

export const WorkloadStorageView = z.object({
  /** `bind`, `volume`, `disk`, `virtiofs` or `9p`. */
  kind: z.string(),
  /** Path on the host, or `pool/image` of Ceph. */
  source: z.string().nullable(),
  /** In the words of the target, such as the name of a volume of Docker. */
  name: z.string().nullable(),
  /** Inside: a path, the name of a disk, or a tag. */
  target: z.string(),
  read_only: z.boolean().nullable(),
  mount: Named.nullable(),
  volume: Named.nullable(),
  /** The mount was made anew since the workload was started, which still has the one that is gone: a restart gives it the new one. */
  stale: z.boolean(),
})
export type WorkloadStorageView = z.infer<typeof WorkloadStorageView>

/** A mount that a workload was given from here. */
export const AttachmentView = z.object({
  id: z.string(),
  mount: Named,
  /** Below the mount; empty: all of it. */
  sub_path: z.string(),
  /** Inside: a path, or a tag. */
  target: z.string(),
  read_only: z.boolean(),
  /** As its host told last. `gone`: the workload has it no more. */
  state: z.enum(['there', 'gone']),
  /** It was given to an earlier workload of this name, which was made anew outside since. */
  made_anew: z.boolean(),
  created_at: Timestamp,
  created_by: z.string(),
})
export type AttachmentView = z.infer<typeof AttachmentView>

export const WorkloadView = WorkloadRow.extend({
  /** The first hundred. */
  storage: z.array(WorkloadStorageView),
  attachments: z.array(AttachmentView),
})
export type WorkloadView = z.infer<typeof WorkloadView>

export const ListWorkloads = PageQuery.extend({
  /** In its name, image or id. */
  search: z.string().max(100).optional(),
  host_id: anyOf(z.string().max(64)).optional(),
  target: anyOf(z.string().max(32)).optional(),
  /** As the host told it last. */
  state: anyOf(WorkloadState).optional(),
  /** Those that have been given this mount or volume, or any of several. */
  uses: anyOf(z.string().max(64)).optional(),
})
export type ListWorkloads = z.infer<typeof ListWorkloads>

export const AskPower = z.strictObject({ action: PowerAction })
export type AskPower = z.infer<typeof AskPower>

/** A volume that a virtual machine is to have as a disk. */
export const AskDisk = z.strictObject({
  volume_id: z.string().min(1, 'Name the volume.').max(64),
  bus: z.enum(BUSES).default('virtio'),
  /** Left out: what suits the storage. */
  cache: z.enum(CACHE_MODES).optional(),
  /** Such as `vdb`; left out: the first name that is free. */
  target: z.string().min(1).max(16).optional(),
})
export type AskDisk = z.infer<typeof AskDisk>

export const DiskPlan = z.object({
  machine: Named,
  host: Named,
  volume: Named,
  /** Then it sees the disk at once, and else when it is started. */
  is_running: z.boolean(),
  target: z.string(),
  bus: z.string(),
  cache: z.string(),
  /** What the guest sees as the serial number of the disk. */
  serial: z.string(),
  read_only: z.boolean(),
  /** What libvirt is given. */
  disk_xml: z.string(),
  /** What runs on the host, word for word. */
  command: z.string(),
  /** What has to be so on the host before it works, in sentences. */
  notes: z.array(z.string()),
})
export type DiskPlan = z.infer<typeof DiskPlan>

const isYes = z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })])

/** A directory of a mount that a workload is to have. */
export const AskMount = z.strictObject({
  mount_id: z.string().min(1, 'Name the mount.').max(64),
  /** Of a directory below the mount; left out: all of it. */
  sub_path: DirectoryPath.default(''),
  /** Inside: a path of a container, such as `/data`, or the tag of a machine. */
  target: z.string().min(1, 'Say where it is to be inside.').max(1024),
  read_only: isYes.default(false),
  /** Makes the directory on the mount where it is not there. */
  create_sub_path: isYes.default(false),
  /** What is lost by it and agreed to, by the ids of the plan. */
  accept: anyOf(z.string().max(64)).pipe(AcceptedLosses).optional(),
})
export type AskMount = z.infer<typeof AskMount>

export const AskDetach = z.strictObject({ accept: anyOf(z.string().max(64)).pipe(AcceptedLosses).optional() })

export const MountPlan = z.object({
  workload: Named,
  host: Named,
  mount: Named,
  sub_path: z.string(),
  target: z.string(),
  read_only: z.boolean(),
  is_running: z.boolean(),
  /** When it is seen inside; `restart`: the workload is stopped and started by it. */
  effect: MountPlanMessage.shape.effect,
  /** What runs on the host, in order, word for word. */
  commands: z.array(z.string()),
  /** What its target is given. */
  specification: z.string().nullable(),
  /** What stays as it is. */
  keeps: z.array(z.string()),
  /** What is lost: each has to be agreed to, by its id in `accept`. */
  losses: z.array(z.object({ id: z.string(), words: z.string() })),
  notes: z.array(z.string()),
  /** Why it cannot be done from here, and what to write into a file of one's own instead. */
  refusal: z.object({ message: z.string(), snippet: z.string().nullable() }).nullable(),
})
export type MountPlan = z.infer<typeof MountPlan>

const Port = z.int().min(1).max(65_535)

/** A container that is to be made. Everything that is not here is as its image and the engine have it. */
export const AskContainer = z.strictObject({
  host_id: z.string().min(1, 'Name the host.').max(64),
  target: z.literal('docker').default('docker'),
  name: ContainerName,
  /** One that the host has: none is fetched. */
  image: ImageName,
  /** By name. The values are shown to nobody afterwards. */
  env: Environment.default({}),
  ports: z
    .array(
      z.strictObject({
        /** Of the host. */
        host_port: Port,
        container_port: Port,
        protocol: z.enum(['tcp', 'udp']).default('tcp'),
        /** Of the host; left out: at all of them. */
        address: z.union([z.ipv4(), z.ipv6()]).optional(),
      }),
    )
    .max(64)
    .default([]),
  restart: Restart.default('no'),
  mounts: z
    .array(AskMount.omit({ accept: true }))
    .max(32)
    .default([]),
  /** Left out: it is started when it is made. */
  start: z.boolean().default(true),
})
export type AskContainer = z.infer<typeof AskContainer>

/** A machine of libvirt that is to be made. Everything that is not here is the agent's or libvirt's own choice. */
export const AskMachine = z.strictObject({
  host_id: z.string().min(1, 'Name the host.').max(64),
  name: MachineName,
  cpus: z.int().min(1, 'Must be at least 1.').max(1024, 'Must be at most 1,024.').default(1),
  /** MiB */
  memory_mib: z
    .int()
    .min(64, 'Must be at least 64 MiB.')
    .max(16 * 1024 ** 2, 'Must be at most 16 TiB.'),
  firmware: Firmware.default('bios'),
  /** Volumes that are open on the host, the first of them the one that it starts from. */
  disks: z
    .array(AskDisk.omit({ target: true }))
    .max(16, 'Must be at most 16; more can be attached later.')
    .default([]),
  /** A file among the templates of a pool that is open there, put into its drive. Left out: it has no drive. */
  iso: z.strictObject({ pool_id: z.string().max(64), template: z.string().min(1).max(255) }).optional(),
  /** One that the host offers; left out: it has none. */
  network: MachineNetwork.optional(),
  /** By VNC, on a UNIX socket of the host. */
  screen: z.boolean().default(true),
  serial: z.boolean().default(true),
  /** The channel of spice-vdagent, where the host can. */
  clipboard: z.boolean().default(false),
  /** The channel of qemu-guest-agent. */
  guest_agent: z.boolean().default(true),
  /** Left out: it is started when it is made. */
  start: z.boolean().default(true),
})
export type AskMachine = z.infer<typeof AskMachine>

/** What machines of a host can be made of. */
export const MachineOffersView = z.object({
  host: Named,
  /** Its processor does the work; else it is emulated, which is many times slower. */
  is_accelerated: z.boolean(),
  /** Of the host. */
  cpus: z.int(),
  /** Of one machine. */
  most_cpus: z.int(),
  /** Of the host. */
  memory_mib: z.int(),
  firmwares: z.array(Firmware),
  clipboard: MachineOffers.shape.clipboard,
  networks: z.array(MachineNetwork),
})
export type MachineOffersView = z.infer<typeof MachineOffersView>

export const MachinePlan = z.object({
  host: Named,
  name: z.string(),
  volumes: z.array(Named),
  /** What runs on the host, in order, word for word. */
  commands: z.array(z.string()),
  /** What libvirt is given. */
  specification: z.string(),
  notes: z.array(z.string()),
  /** What is in the way, by field. */
  refusals: MachinePlanMessage.shape.refusals,
})
export type MachinePlan = z.infer<typeof MachinePlan>

export const AskRemoval = z.strictObject({
  /** Its name. */
  confirm: z.string().max(255),
})

export type AskRemoval = z.infer<typeof AskRemoval>

export const ContainerPlan = z.object({
  host: Named,
  name: z.string(),
  mounts: z.array(Named),
  /** What runs on the host, in order; of the environment the names alone. */
  commands: z.array(z.string()),
  /** What its target is given, without the values of the environment. */
  specification: z.string(),
  /** Images that the host has, the first hundred. */
  images: z.array(z.string()),
  notes: z.array(z.string()),
  /** What is in the way; `command`: what helps, to run on the host. */
  refusals: ContainerPlanMessage.shape.refusals,
})
export type ContainerPlan = z.infer<typeof ContainerPlan>

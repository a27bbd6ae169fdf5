import { z } from 'zod'
import { AttachTargetMessage } from '@/lib/agent-protocol/attach-targets'
import { DisksMessage } from '@/lib/agent-protocol/disks'
import { ANY_ID, ID_PREFIXES, type IdKind, idPattern } from '@/lib/ids'

/** Ids become names of files, units and control groups on the host: nothing but their own grammar gets there. */
export function WireId(kind: IdKind) {
  return z.string().regex(idPattern(kind), `Must be an id: ${ID_PREFIXES[kind]}_ and 26 digits or small letters.`)
}

/** Carried by every command that changes something on the host. */
export const CommandEnvelope = z.strictObject({
  operationId: WireId('operation'),
  resourceId: z.string().regex(ANY_ID, 'Must be an id, such as that of a mount, a backend or a host.'),
  /** Of the desired row; lower than what the agent has already done is `stale`. */
  generation: z.int().nonnegative(),
  /** Of the controller's lease; lower than the highest seen is `stale`. */
  fence: z.int().nonnegative(),
  /** Milliseconds from receipt within which the agent may still start. */
  ttlMs: z.int().positive().max(600_000),
})
export type CommandEnvelope = z.infer<typeof CommandEnvelope>

/** Parsed again on the host with the driver's own schemas; here it is only an envelope. */
export const WireBackend = z.strictObject({
  id: WireId('backend'),
  driver: z.string().min(1).max(32),
  config: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.string().max(8192)),
})
export type WireBackend = z.infer<typeof WireBackend>

export const WireMount = z.strictObject({
  mountId: WireId('mount'),
  backend: WireBackend,
  mountPoint: z.string().min(1).max(4096),
  readOnly: z.boolean(),
  autoMount: z.boolean(),
  desiredState: z.enum(['mounted', 'unmounted']),
  /**
   * The first time, a mount of the same source that is there already is taken over as it is, whatever its flags; it is not
   * unmounted and not mounted again.
   */
  adopt: z.boolean().optional(),
})
export type WireMount = z.infer<typeof WireMount>

/** What happened on a mount since the measurement before. */
export const ActivityMessage = z.object({
  seconds: z.number(),
  /** How long looks at the storage took, the start of the program that looks included. Null: there was none. */
  latencyMs: z.object({ mean: z.number(), most: z.number() }).nullable(),
  /** Null: the kernel counts nothing for it, as for FUSE and SMB. */
  io: z
    .object({
      /** `disk`: of the whole disk that the storage lies on, with what others do there. */
      of: z.enum(['mount', 'disk']),
      readBytesPerSecond: z.number(),
      writtenBytesPerSecond: z.number(),
      operationsPerSecond: z.number(),
      /** How long an operation waited for its answer on average. Null: there was none. */
      responseMs: z.number().nullable(),
    })
    .nullable(),
})

export const UsageMessage = z.object({
  totalBytes: z.number().nullable(),
  usedBytes: z.number().nullable(),
  availableBytes: z.number().nullable(),
  fileCount: z.number().nullable(),
  pending: z
    .object({
      files: z.number(),
      bytes: z.number().nullable(),
      /** In the cache of this host, and whether the disk below it is full. */
      cacheBytes: z.number().optional(),
      cacheFull: z.boolean().optional(),
      /** Since when none of them was uploaded, and what the last attempt failed with. Absent while they get through. */
      stalledSince: z.iso.datetime().optional(),
      said: z.string().nullable().optional(),
    })
    .optional(),
  thinPool: z.object({ dataPercent: z.number().nullable(), metadataPercent: z.number().nullable() }).optional(),
  /** Of the file system that it lies on. Absent: it has no fixed number of them, or an older agent. */
  inodes: z.object({ total: z.number(), used: z.number() }).optional(),
  /** Of a mount, from its second measurement on. */
  activity: ActivityMessage.optional(),
})

/**
 * A problem as it travels: its key in the error catalogue, what it is about, and what the tool said. Whoever shows it puts it into
 * words. Older agents send the key alone.
 */
export const PROBLEM = {
  problem: z.string().optional(),
  values: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  said: z.string().optional(),
}

/** What this host's node says, of a storage that consists of nodes. */
export const NodeReportMessage = z.object({
  /** Null: nothing that can be read. */
  status: z
    .object({
      id: z.string(),
      role: z.string(),
      leader: z.string().nullable(),
      activePeers: z.number(),
      peers: z.number(),
      version: z.number(),
      isStale: z.boolean(),
    })
    .nullable(),
  problem: z.string().nullable(),
})
export type NodeReportMessage = z.infer<typeof NodeReportMessage>

/** What stands on the host while a backend is connected there. */
export const ConnectionMessage = z.object({
  summary: z.string(),
  details: z.record(z.string(), z.string()),
  usage: UsageMessage.nullable(),
})
export type ConnectionMessage = z.infer<typeof ConnectionMessage>

export const TestStepMessage = z.object({
  id: z.string(),
  title: z.string(),
  status: z.enum(['passed', 'failed', 'skipped', 'warning']),
  durationMs: z.number(),
  /** What was found; of a failure a sentence for whoever does not know its problem. */
  detail: z.string().optional(),
  ...PROBLEM,
  /** Of a failure that is no problem of the catalogue: one of `lib/errors.ts`. */
  code: z.string().optional(),
  /** Words of older agents. */
  advice: z.string().optional(),
  command: z.string().optional(),
  usage: UsageMessage.optional(),
})

export const MountState = z.enum([
  'absent',
  'mounting',
  'mounted',
  'hung',
  'corrupted',
  'foreign',
  'stacked',
  'unmounting',
  'uncertain',
  'stuck',
  'detached_dirty',
  'error',
])
export type MountState = z.infer<typeof MountState>

/** One managed mount as the host sees it now. */
export const ObservedMount = z.object({
  mountId: WireId('mount'),
  mountPoint: z.string(),
  state: MountState,
  /** Generation of the desired document that the agent last carried out. */
  generation: z.int(),
  desiredState: z.enum(['mounted', 'unmounted']),
  since: z.iso.datetime(),
  observedAt: z.iso.datetime(),
  /** Effective options from mountinfo. */
  options: z.string().nullable(),
  source: z.string().nullable(),
  fsType: z.string().nullable(),
  guard: z.enum(['immutable', 'unguarded', 'unknown']),
  error: z.object({ code: z.string(), message: z.string(), ...PROBLEM }).nullable(),
  usage: UsageMessage.nullable(),
  usageAt: z.iso.datetime().nullable(),
  /** Absent where the storage has no nodes, and while none was asked. */
  node: NodeReportMessage.optional(),
  /**
   * Of `mounted`: did the storage behind it answer when it was looked at last? False with an `error`: it did not, for this reason; false
   * without: it was not looked at yet since the mount was found there. Absent: an older agent, which asks the mount alone.
   */
  proven: z.boolean().optional(),
})
export type ObservedMount = z.infer<typeof ObservedMount>

/** One backend that is to be connected on this host, as it is now. A backend that is not listed is not connected. */
export const ObservedConnection = z.object({
  backendId: WireId('backend'),
  state: z.enum(['connected', 'connecting', 'disconnecting', 'disconnected', 'error']),
  /** Of the command that was carried out last. */
  generation: z.int(),
  since: z.iso.datetime(),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      ...PROBLEM,
      /** Words of older agents. */
      advice: z.string().optional(),
    })
    .nullable(),
  /** What stands, or stood when it was last well; null before that. */
  connection: ConnectionMessage.nullable(),
  connectedAt: z.iso.datetime().nullable(),
})
export type ObservedConnection = z.infer<typeof ObservedConnection>

/** A process that has something of a mount open. */
export const ConsumerMessage = z.object({
  pid: z.int(),
  name: z.string(),
  via: z.array(z.enum(['file', 'working directory', 'root', 'program', 'mapping'])),
  /** How many open files. */
  files: z.int(),
  owner: z.object({ kind: z.enum(['docker', 'podman', 'lxc', 'vm', 'service']), name: z.string() }).nullable(),
})

export const ConsumersMessage = z.object({
  consumers: z.array(ConsumerMessage),
  /** There are more. */
  truncated: z.boolean(),
  /** Not every process could be looked at in time. */
  partial: z.boolean(),
})
export type ConsumersMessage = z.infer<typeof ConsumersMessage>

/** A mount on the host that is not ours, of a kind that storage has. */
export const ForeignMount = z.object({
  mountPoint: z.string(),
  fsType: z.string(),
  source: z.string(),
  options: z.array(z.string()),
  superOptions: z.array(z.string()),
  /** For a bind mount: the directory that it shows. */
  bindOf: z.string().nullable(),
  /** Of a share: the folder of it that a bind mount shows, where its source names the whole. */
  folder: z.string().optional(),
  /** More than one mount at this place; the trigger of an automount is none. */
  isStacked: z.boolean(),
  /** What mounts it when somebody looks at it. Of `fsType` autofs: the trigger itself, and nothing is mounted by it now. */
  automount: z
    .object({
      by: z.enum(['systemd', 'automount']),
      /** Where the trigger lies: at the same place or above it. */
      place: z.string(),
      /** Of the automount daemon: the map that names it. */
      map: z.string().nullable(),
    })
    .optional(),
  /** The mount that this one came with by itself, as when the server has another file system there. */
  partOf: z.string().optional(),
  /** Why the policy of the host would not allow a mount of ours there. */
  denied: z.string().nullable(),
})
export type ForeignMount = z.infer<typeof ForeignMount>

/** A line of /etc/fstab, its secrets cut out. */
export const FstabLine = z.object({
  line: z.int(),
  text: z.string(),
  source: z.string(),
  mountPoint: z.string(),
  fsType: z.string(),
  options: z.array(z.string()),
  denied: z.string().nullable(),
  /** Other lines for the same place, of whatever type. */
  alsoLines: z.array(z.int()).optional(),
})
export type FstabLine = z.infer<typeof FstabLine>

export const ForeignMounts = z.object({
  mounts: z.array(ForeignMount),
  fstab: z.array(FstabLine),
  /** Lines that were not understood. */
  problems: z.array(z.object({ file: z.enum(['mountinfo', 'fstab']), line: z.int(), message: z.string() })),
})
export type ForeignMounts = z.infer<typeof ForeignMounts>

export const ToolStatus = z.object({
  command: z.string(),
  path: z.string().nullable(),
  version: z.string().nullable(),
  /** Package that brings it on this distribution. */
  package: z.string().nullable(),
  neededBy: z.array(z.string()),
})
export type ToolStatus = z.infer<typeof ToolStatus>

/** libvirt on the host, read from its running daemon; null: it could not be read, for the reason in `error`. */
export const LibvirtMessage = z.object({
  version: z.string().nullable(),
  /** Of the QEMU that it starts. */
  qemu: z.string().nullable(),
  error: z.string().nullable(),
})
export type LibvirtMessage = z.infer<typeof LibvirtMessage>

export const HostInfo = z.object({
  agentVersion: z.string(),
  protocolVersions: z.array(z.int()),
  hostname: z.string(),
  distribution: z.object({ id: z.string(), name: z.string(), version: z.string().nullable() }),
  kernel: z.string(),
  architecture: z.string(),
  /** `root`: real mounts. `namespace`: the agent lives in a user + mount namespace; its mounts are visible only in there. */
  privilege: z.enum(['root', 'namespace', 'none']),
  systemd: z.boolean(),
  /** Is the immutable flag usable for mountpoints? */
  guard: z.enum(['immutable', 'unguarded', 'unknown']),
  drivers: z.array(z.string()),
  /** File systems that this kernel can mount, of those the drivers need. */
  fileSystems: z.record(z.string(), z.boolean()),
  tools: z.array(ToolStatus),
  /** Null: there is none. Absent: an older agent, which tells the versions of the installed programs alone. */
  libvirt: LibvirtMessage.nullable().optional(),
  /** Absent: not read yet, the agent does not run as root, or it is an older one. */
  disks: DisksMessage.optional(),
  /** What runs containers and machines here. Absent: not looked at yet, the agent does not run as root, or it is an older one. */
  attachTargets: z.array(AttachTargetMessage).optional(),
  policy: z.object({
    mountRoots: z.array(z.string()),
    /** Where directories may be bound from. Absent: an older agent, which has no such setting. */
    sourceRoots: z.array(z.string()).optional(),
    drivers: z.array(z.string()).nullable(),
    networks: z.array(z.string()).nullable(),
  }),
  /** Does `updateAgent` work here? Absent: an older agent, which does not know it. */
  canUpdate: z.boolean().optional(),
  certificate: z.object({ serial: z.string(), notAfter: z.iso.datetime() }),
  startedAt: z.iso.datetime(),
  now: z.iso.datetime(),
})
export type HostInfo = z.infer<typeof HostInfo>

/** A failure on the wire. `code` is one of `lib/errors.ts`; a peer that is newer may know more of them. */
export const WireError = z.object({
  code: z.string(),
  message: z.string(),
  ...PROBLEM,
  details: z.record(z.string(), z.unknown()).optional(),
  fields: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
})
export type WireError = z.infer<typeof WireError>

/** How far long work has come. */
export const JobProgress = z.object({
  done: z.number().nonnegative(),
  /** null: nobody can say how much there is. */
  total: z.number().nonnegative().nullable(),
  /** What is counted. */
  unit: z.enum(['bytes', 'files', 'items']),
  /** Of late, in units; null while it is not known. */
  perSecond: z.number().nonnegative().nullable(),
  /** For people, such as "reading". */
  phase: z.string().nullable(),
  /** Beside bytes, where files are worked on one by one. */
  files: z.object({ done: z.number().nonnegative(), total: z.number().nonnegative().nullable() }).optional(),
})
export type JobProgress = z.infer<typeof JobProgress>

/** A line of a job's log. Numbers grow; some may be left out. */
export const JobLine = z.object({ line: z.int().positive(), at: z.iso.datetime(), message: z.string() })
export type JobLine = z.infer<typeof JobLine>

/** Long work on a host, found again by the operation that asked for it. */
export const ObservedJob = z.object({
  operationId: WireId('operation'),
  /** The verb that started it. */
  kind: z.string(),
  state: z.enum(['accepted', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled']),
  acceptedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  progress: JobProgress.nullable(),
  /** The last lines of its log; `jobLog` gives the others. */
  lines: z.array(JobLine),
  /** What it has found or made; null while it runs. */
  result: z.unknown(),
  error: WireError.nullable(),
})
export type ObservedJob = z.infer<typeof ObservedJob>

/** `result` of a job of `checkMount`. */
export const MountCheckResult = z.object({
  sizeBytes: z.number(),
  writeBytesPerSecond: z.number(),
  readBytesPerSecond: z.number(),
  /** `direct`: past the memory of the host. `dropped`: that was told to forget the file first. */
  readMode: z.enum(['direct', 'dropped']),
})
export type MountCheckResult = z.infer<typeof MountCheckResult>

/** The whole body of a `json` answer that is not 200, and of a stream that was refused before its first line. */
export const ErrorBody = z.object({ error: WireError })

import { z } from 'zod'
import { BeginUpload, FileList, FinishUpload, ListFiles, NamedUpload, UploadState } from '@/lib/agent-protocol/files'
import {
  CommandEnvelope,
  ConnectionMessage,
  ConsumersMessage,
  ForeignMounts,
  HostInfo,
  JobLine,
  ObservedJob,
  ObservedMount,
  TestStepMessage,
  ToolStatus,
  UsageMessage,
  WireBackend,
  WireId,
  WireMount,
} from '@/lib/agent-protocol/messages'
import { ObservedPool, VolumeWork, WirePool } from '@/lib/agent-protocol/pools'
import { HostStanding, ListVersions, Resources } from '@/lib/agent-protocol/resources'
import type { VerbDeclaration } from '@/lib/agent-protocol/verb-declaration'
import { WORKLOAD_VERBS } from '@/lib/agent-protocol/workload-verbs'

/**
 * The wire contract between controller and agent: this table drives the agent's server and the controller's client, and neither
 * writes a path by hand. A change here changes the protocol snapshot; raise PROTOCOL_VERSION when an old peer could not cope. The
 * controller also speaks the version before, see `lib/agent-client/protocol-1.ts`; the paths stay as they are.
 */
export const PROTOCOL_VERSION = 2

const None = z.strictObject({})

export const VERBS = {
  info: {
    method: 'GET',
    path: '/v1/info',
    request: None,
    response: HostInfo,
    mode: 'json',
    /** The first time it starts every tool, to ask for its version. */
    timeoutMs: 15_000,
    idempotent: true,
  },
  /** The sweep's question: everything that may have changed, in about 2 KB. Answers from memory; touches no mount. */
  status: {
    method: 'GET',
    path: '/v1/status',
    request: None,
    response: z.object({
      now: z.iso.datetime(),
      startedAt: z.iso.datetime(),
      resources: Resources,
      /** Of lists that have one. Those that the asker knows, by the header `KNOWN_LISTS`, are left out. */
      versions: ListVersions.optional(),
      /** Those that run or have just ended. */
      jobs: z.array(ObservedJob).optional(),
    }),
    mode: 'json',
    timeoutMs: 5_000,
    idempotent: true,
  },
  /** Asked once by each new leader, before it sends a command: does its database know everything that this host was told? */
  standing: {
    method: 'GET',
    path: '/v1/standing',
    request: None,
    response: HostStanding,
    mode: 'json',
    timeoutMs: 10_000,
    idempotent: true,
  },
  /** What else is mounted or in /etc/fstab, read from both; touches no mount. */
  listForeignMounts: {
    method: 'GET',
    path: '/v1/mounts/foreign',
    request: None,
    response: ForeignMounts,
    mode: 'json',
    timeoutMs: 10_000,
    idempotent: true,
  },
  events: {
    method: 'GET',
    path: '/v1/events',
    request: None,
    response: z.unknown(),
    mode: 'events',
    timeoutMs: 0,
    idempotent: true,
  },
  testBackend: {
    method: 'POST',
    path: '/v1/backends/test',
    request: z.strictObject({
      operationId: WireId('operation'),
      backend: WireBackend,
      /** Writes nothing to the storage. An agent that does not know this refuses the request. */
      readsOnly: z.literal(true).optional(),
    }),
    response: z.object({ success: z.boolean(), steps: z.array(TestStepMessage), usage: UsageMessage.nullable() }),
    mode: 'stream',
    timeoutMs: 60_000,
    idempotent: true,
  },
  discover: {
    method: 'POST',
    path: '/v1/backends/discover',
    request: z.strictObject({ operationId: WireId('operation'), discovery: z.string().max(32), backend: WireBackend }),
    response: z.object({
      choices: z.array(z.object({ value: z.string(), label: z.string().optional(), detail: z.string().optional() })),
    }),
    mode: 'stream',
    timeoutMs: 30_000,
    idempotent: true,
  },
  /** Makes the host match one desired mount document, mounted or unmounted, and remembers it for its own restarts. */
  applyMount: {
    method: 'PUT',
    path: '/v1/mounts/apply',
    request: CommandEnvelope.extend({ mount: WireMount }),
    response: ObservedMount,
    mode: 'stream',
    timeoutMs: 150_000,
    idempotent: true,
  },
  /** Unmounts, clears the guard, forgets the desired document and its secrets. */
  removeMount: {
    method: 'POST',
    path: '/v1/mounts/remove',
    request: CommandEnvelope.extend({ mountId: WireId('mount'), abandon: z.boolean() }),
    response: z.object({ removed: z.boolean(), mount: ObservedMount.nullable() }),
    mode: 'stream',
    timeoutMs: 60_000,
    idempotent: true,
  },
  usage: {
    method: 'POST',
    path: '/v1/backends/usage',
    request: z.strictObject({
      operationId: WireId('operation'),
      backend: WireBackend,
      mountId: WireId('mount').nullable(),
    }),
    response: UsageMessage,
    mode: 'stream',
    timeoutMs: 30_000,
    idempotent: true,
  },
  /** Who uses a mount now: processes, with the container or virtual machine that they belong to. Reads /proc, changes nothing. */
  inspectMount: {
    method: 'POST',
    path: '/v1/mounts/inspect',
    request: z.strictObject({ mountId: WireId('mount') }),
    response: ConsumersMessage,
    mode: 'json',
    timeoutMs: 15_000,
    idempotent: true,
  },
  /** Opens a block storage on the host, for volumes: log in, find the device, activate. Nothing is mounted. */
  connectBackend: {
    method: 'POST',
    path: '/v1/backends/connect',
    request: CommandEnvelope.extend({ backend: WireBackend }),
    response: ConnectionMessage,
    mode: 'stream',
    timeoutMs: 150_000,
    idempotent: true,
  },
  /** The reverse; nothing of ours is left on the host. */
  disconnectBackend: {
    method: 'POST',
    path: '/v1/backends/disconnect',
    request: CommandEnvelope.extend({ backend: WireBackend }),
    response: z.object({ disconnected: z.literal(true) }),
    mode: 'stream',
    timeoutMs: 150_000,
    idempotent: true,
  },
  /**
   * A job: writes a file of this size into the mount, reads it back past the memory of the host, compares and deletes it. Its result:
   * `MountCheckResult`.
   */
  checkMount: {
    method: 'POST',
    path: '/v1/mounts/check',
    request: CommandEnvelope.extend({
      mountId: WireId('mount'),
      /** Whole MiB, so that it can be read past the memory of the host. */
      sizeBytes: z
        .int()
        .multipleOf(1_048_576)
        .min(1_048_576)
        .max(64 * 1_073_741_824),
    }),
    response: ObservedJob,
    mode: 'json',
    timeoutMs: 30_000,
    idempotent: true,
  },
  /** Opens a pool on the host and keeps it open: makes or finds its mark, and looks after it from then on. */
  openPool: {
    method: 'POST',
    path: '/v1/pools/open',
    request: CommandEnvelope.extend({ pool: WirePool }),
    response: ObservedPool,
    mode: 'stream',
    timeoutMs: 150_000,
    idempotent: true,
  },
  /** The reverse. `forGood`: its mark goes too, so that another pool may lie there. Volumes stay where they are. */
  closePool: {
    method: 'POST',
    path: '/v1/pools/close',
    request: CommandEnvelope.extend({ pool: WirePool, forGood: z.boolean() }),
    response: z.object({ closed: z.literal(true) }),
    mode: 'stream',
    timeoutMs: 150_000,
    idempotent: true,
  },
  /**
   * Lends the keeper of pools that several hosts write to the right to change what describes them, for `KEEPER_LEASE_MS` from the moment
   * that the host has named in an answer before. Without loans it only asks.
   */
  keepPools: {
    method: 'POST',
    path: '/v1/pools/keep',
    request: z.strictObject({
      fence: z.int().nonnegative(),
      loans: z.array(z.strictObject({ poolId: WireId('pool'), stamp: z.string().max(64) })).max(1024),
    }),
    response: z.object({ stamp: z.string(), kept: z.array(WireId('pool')) }),
    mode: 'json',
    timeoutMs: 5_000,
    idempotent: true,
  },
  /** A job: one change of one volume of a pool that is open here. Its result: `VolumeWorkResult`. */
  workOnVolume: {
    method: 'POST',
    path: '/v1/volumes/work',
    request: CommandEnvelope.extend({
      poolId: WireId('pool'),
      volumeId: WireId('volume'),
      work: VolumeWork,
      /** That the content is fetched from, of work that says so. */
      backend: WireBackend.optional(),
    }),
    response: ObservedJob,
    mode: 'json',
    timeoutMs: 30_000,
    idempotent: true,
  },
  /** What lies in a directory of a pool of files that is open here. The bytes of a file: `BYTE_VERBS`. */
  listFiles: {
    method: 'POST',
    path: '/v1/files/list',
    request: ListFiles,
    response: FileList,
    mode: 'json',
    timeoutMs: 40_000,
    idempotent: true,
  },
  /** Makes room for a file that is to come, below a pool. The same again: success. The bytes: `BYTE_VERBS`. */
  beginUpload: {
    method: 'POST',
    path: '/v1/uploads/begin',
    request: BeginUpload,
    response: UploadState,
    mode: 'json',
    timeoutMs: 80_000,
    idempotent: true,
  },
  lookAtUpload: {
    method: 'POST',
    path: '/v1/uploads/look',
    request: NamedUpload,
    response: UploadState,
    mode: 'json',
    timeoutMs: 40_000,
    idempotent: true,
  },
  /** Compares what has come, and gives it its name. It goes on when this has answered `finishing`: ask again. */
  finishUpload: {
    method: 'POST',
    path: '/v1/uploads/finish',
    request: FinishUpload,
    response: UploadState,
    mode: 'json',
    timeoutMs: 60_000,
    idempotent: true,
  },
  /** Takes away what has come of it. Not there: success. */
  dropUpload: {
    method: 'POST',
    path: '/v1/uploads/drop',
    request: NamedUpload,
    response: z.object({ dropped: z.literal(true) }),
    mode: 'json',
    timeoutMs: 60_000,
    idempotent: true,
  },
  /** Stops a job and takes back what it did. One that has ended stays as it is; null: this host knows no such job. */
  cancelJob: {
    method: 'POST',
    path: '/v1/jobs/cancel',
    request: z.strictObject({ operationId: WireId('operation'), fence: z.int().nonnegative() }),
    response: z.object({ job: ObservedJob.nullable() }),
    mode: 'json',
    timeoutMs: 10_000,
    idempotent: true,
  },
  /** A job, also one that has ended, with the lines of its log after that one: 500 at most. null: this host knows no such job. */
  jobLog: {
    method: 'POST',
    path: '/v1/jobs/log',
    request: z.strictObject({ operationId: WireId('operation'), after: z.int().nonnegative() }),
    response: z.object({ job: ObservedJob.nullable(), lines: z.array(JobLine) }),
    mode: 'json',
    timeoutMs: 10_000,
    idempotent: true,
  },
  ...WORKLOAD_VERBS,
  installTools: {
    method: 'POST',
    path: '/v1/tools/install',
    request: CommandEnvelope.extend({ commands: z.array(z.string().max(64)).min(1).max(32) }),
    response: z.object({ tools: z.array(ToolStatus) }),
    mode: 'stream',
    timeoutMs: 600_000,
    idempotent: true,
  },
  /**
   * The agent fetches this archive from the fleet port that it joined, compares its checksum, installs what is in it beside itself and
   * restarts. The answer comes before the restart.
   */
  updateAgent: {
    method: 'POST',
    path: '/v1/agent/update',
    request: CommandEnvelope.extend({
      file: z.string().regex(/^holdfast-agent-linux-[a-z0-9]{1,16}\.tar\.gz$/, 'Must be the name of an archive.'),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'Must be 64 hex digits.'),
      version: z.string().min(1).max(64),
    }),
    response: z.object({
      version: z.string(),
      /** Of the agent that has done it, which is about to end. Null: it has ended since. */
      startedAt: z.iso.datetime().nullable(),
    }),
    mode: 'stream',
    timeoutMs: 600_000,
    idempotent: true,
  },
  /** The agent makes a new key and answers with a CSR for it; the old certificate stays until `installCertificate`. */
  requestCertificate: {
    method: 'POST',
    path: '/v1/certificate/request',
    request: None,
    response: z.object({ csr: z.string() }),
    mode: 'json',
    timeoutMs: 10_000,
    idempotent: true,
  },
  installCertificate: {
    method: 'POST',
    path: '/v1/certificate/install',
    request: z.strictObject({ certificate: z.string().max(16_384), authorities: z.string().max(65_536) }),
    response: z.object({ serial: z.string(), notAfter: z.iso.datetime() }),
    mode: 'json',
    timeoutMs: 10_000,
    idempotent: true,
  },
} as const satisfies Record<string, VerbDeclaration>

export type VerbName = keyof typeof VERBS
export type RequestOf<N extends VerbName> = z.input<(typeof VERBS)[N]['request']>
export type ParsedRequestOf<N extends VerbName> = z.output<(typeof VERBS)[N]['request']>
export type ResponseOf<N extends VerbName> = z.output<(typeof VERBS)[N]['response']>

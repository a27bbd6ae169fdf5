import type { Jobs } from '@/agent/commands/jobs/jobs'
import type { CommandRunner } from '@/agent/commands/runner'
import type { DiskWatch } from '@/agent/facts/disks/disk-watch'
import type { Tools } from '@/agent/facts/tools'
import type { Redactor } from '@/agent/host/exec/redact'
import type { Runner } from '@/agent/host/exec/run'
import type { Certificates } from '@/agent/identity/certificates'
import type { Policy } from '@/agent/policy/policy'
import type { PoolFiles } from '@/agent/resources/files/pool-files'
import type { Uploads } from '@/agent/resources/files/uploads'
import type { ListedKind } from '@/agent/resources/listed-kind'
import type { ContainerMakings } from '@/agent/resources/workloads/container-makings'
import type { ContainerPowers } from '@/agent/resources/workloads/container-power'
import type { DiskCall, DiskChanges } from '@/agent/resources/workloads/disk-changes'
import type { MachineMakings } from '@/agent/resources/workloads/machine-makings'
import type { MachinePower } from '@/agent/resources/workloads/machine-power'
import type { MountChanges } from '@/agent/resources/workloads/mount-changes'
import type { WorkloadWatch } from '@/agent/resources/workloads/workload-watch'
import type { Installation } from '@/agent/update/installation'
import type { AddedClipboard } from '@/lib/agent-protocol/machine-consoles'
import type { Measuring } from '@/lib/agent-protocol/measuring'
import type {
  CommandEnvelope,
  ConnectionMessage,
  ObservedConnection,
  ObservedMount,
  WireBackend,
  WireMount,
} from '@/lib/agent-protocol/messages'
import type { Distribution } from '@/lib/agent-protocol/package-managers'
import type { ObservedPool, WirePool } from '@/lib/agent-protocol/pools'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'

/** What the caller of a command gets to see while it runs. */
export interface Progress {
  log(message: string): void
}

/** The mount manager. Every answer comes from memory, except where a command does its work. */
export interface Mounts extends ListedKind<ObservedMount> {
  /** How often storages are to be measured from now on. */
  measure(measuring: Measuring): void
  /** Makes the host match the document and keeps it for the agent's own restarts. */
  apply(envelope: CommandEnvelope, receivedAt: number, mount: WireMount, progress: Progress): Promise<ObservedMount>
  remove(
    envelope: CommandEnvelope,
    receivedAt: number,
    request: { mountId: string; abandon: boolean },
    progress: Progress,
  ): Promise<{ removed: boolean; mount: ObservedMount | null }>
}

/** Block storages that are to be open on this host. */
export interface Connections extends ListedKind<ObservedConnection> {
  /** Opens the backend and keeps it open, also after restarts. */
  connect(
    envelope: CommandEnvelope,
    receivedAt: number,
    backend: WireBackend,
    progress: Progress,
  ): Promise<ConnectionMessage>
  /** Closes it and forgets it. Not open: success. */
  disconnect(envelope: CommandEnvelope, receivedAt: number, backend: WireBackend, progress: Progress): Promise<void>
}

/** Pools that are to be open on this host. */
export interface Pools extends ListedKind<ObservedPool> {
  /** Makes or finds its mark, and looks after it, also after restarts. */
  open(envelope: CommandEnvelope, receivedAt: number, pool: WirePool, progress: Progress): Promise<ObservedPool>
  /** Looks after it no more. Not open: success. */
  close(
    envelope: CommandEnvelope,
    receivedAt: number,
    request: { pool: WirePool; forGood: boolean },
    progress: Progress,
  ): Promise<{ closed: true }>
  /** Lends what is to be kept here; of an earlier controller (`fence`) nothing. Gives this moment, and what is kept under a loan. */
  keep(loans: readonly { poolId: string; stamp: string }[], fence: number): { stamp: string; kept: string[] }
}

/** One operation's door to the host: its own deadline, its own redactor, a network that ends at the policy. */
export interface Door {
  host: DriverHost
  runner: Runner
  redactor: Redactor
}

/** Everything that the operations are given. */
export interface Agent {
  /** As of the last reading of the policy file. */
  policy(): Policy
  certificates: Certificates
  tools: Tools
  /** Local disks. */
  disks: Pick<DiskWatch, 'status'>
  /** Containers and machines; also what is told of them in `kinds`. */
  workloads: Pick<WorkloadWatch, 'targets'>
  /** Of machines. */
  diskChanges: Pick<DiskChanges, 'attach' | 'detach'>
  machinePower: Pick<MachinePower, 'power'>
  machineClipboards: { add(machine: string, call: DiskCall): Promise<AddedClipboard> }
  containerPowers: Pick<ContainerPowers, 'power'>
  containerMakings: Pick<ContainerMakings, 'plan' | 'create' | 'remove'>
  machineMakings: Pick<MachineMakings, 'offers' | 'plan' | 'create' | 'remove'>
  mountChanges: Pick<MountChanges, 'plan' | 'carryOut'>
  distribution: Distribution
  startedAt: string
  /** The highest fence and, by resource id, the highest generation of the commands that were carried out here. */
  highest(): { fence: number; generations: Record<string, number> }
  /** Whether a mountpoint on the root file system can be made immutable. */
  guard(): 'immutable' | 'unguarded' | 'unknown'
  mounts: Mounts
  connections: Connections
  pools: Pools
  /** What lies in pools of files. */
  files: Pick<PoolFiles, 'list' | 'read'> & { uploads: Pick<Uploads, 'begin' | 'look' | 'write' | 'finish' | 'drop'> }
  /** Long work. */
  jobs: Pick<Jobs, 'start' | 'list' | 'subscribe' | 'cancel' | 'logAfter'>
  /** All that is told to the controller. Adding a kind adds it here. */
  kinds: readonly ListedKind[]
  /** Null: this agent is updated by others. */
  installation: Installation | null
  /** For changes of the host itself. */
  commands: Pick<CommandRunner, 'run'>
  open(limits: { operationId: string; deadlineAt: number; signal: AbortSignal }): Door
}

import type { PowerAction } from '@/lib/agent-protocol/machine-power'
import type { WorkloadState } from '@/lib/agent-protocol/workloads'
import type { AttachTargetDescriptor } from '@/lib/attach-targets/contract/descriptor'
import type { ContainerMaking } from '@/lib/attach-targets/contract/making'
import type { MountTaking } from '@/lib/attach-targets/contract/mounts'
import type { ContainerRestarts } from '@/lib/attach-targets/contract/restarts'
import type { ChangingTargetHost, TargetHost } from '@/lib/attach-targets/contract/target-host'

export const STORAGE_KINDS = ['bind', 'volume', 'disk', 'virtiofs', '9p'] as const
export type StorageKind = (typeof STORAGE_KINDS)[number]

/** Storage of a workload as its target has it. Nothing of it was looked at: paths are only words here. */
export interface FoundStorage {
  kind: StorageKind
  /** An absolute path on the host, or `pool/image` or `pool/namespace/image` of Ceph; null: none. */
  source: string | null
  /** In the words of the target: a named volume, or `pool/volume` of libvirt. */
  name: string | null
  target: string
  isReadOnly: boolean | null
}

/** A container or machine as its target has it. */
export interface FoundWorkload {
  /** Never used twice for different ones while both are there. */
  nativeId: string
  name: string
  state: Exclude<WorkloadState, 'unknown'>
  image: string | null
  storage: readonly FoundStorage[]
}

export interface Inventory {
  /** Of the target. */
  version: string | null
  workloads: readonly FoundWorkload[]
}

/** Starts containers and stops them. */
export interface ContainerPower {
  /** As `inventory` has it; null: there is no such one. Throws `invalid_input` for what is no id of this target. */
  find(host: TargetHost, nativeId: string): Promise<FoundWorkload | null>
  /**
   * `start` also lets one go on that is paused. `shutdown` asks what runs in it, and ends it after a while. Throws what its target says.
   */
  act(host: ChangingTargetHost, found: FoundWorkload, action: PowerAction): Promise<void>
  /** Is it to be started with its host? Of those whose starts are held up while their storage is away. */
  startsWithHost?(host: TargetHost, found: FoundWorkload): Promise<boolean>
}

/** What runs workloads: the half that only the agent has. */
export interface AttachTarget {
  readonly descriptor: AttachTargetDescriptor
  /** Everything that it has, running or not. Null: it is not on this host. Throws where it is and does not answer. */
  inventory(host: TargetHost): Promise<Inventory | null>
  /** The process whose table of mounts is that of the workload; null: it does not run. Of containers. */
  processOf?(host: TargetHost, nativeId: string): Promise<number | null>
  /** Of containers, where its descriptor says so; machines of libvirt have more to them. */
  readonly power?: ContainerPower
  /** Where its descriptor says so. */
  readonly mounts?: MountTaking
  /** Where its descriptor says so. */
  readonly making?: ContainerMaking
  /** Where it would start containers again by itself, whether their storage is there or not. */
  readonly restarts?: ContainerRestarts
}

import type { WorkloadState } from '@/lib/agent-protocol/workloads'
import type { AttachTargetDescriptor } from '@/lib/attach-targets/contract/descriptor'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'

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

/** What runs workloads: the half that only the agent has. */
export interface AttachTarget {
  readonly descriptor: AttachTargetDescriptor
  /** Everything that it has, running or not. Null: it is not on this host. Throws where it is and does not answer. */
  inventory(host: TargetHost): Promise<Inventory | null>
}

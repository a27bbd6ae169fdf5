import { z } from 'zod'
import { WireId } from '@/lib/agent-protocol/messages'

/** `changing`: on its way from one to another. `unknown`: what runs it does not answer. */
export const WORKLOAD_STATES = ['running', 'paused', 'stopped', 'changing', 'failed', 'unknown'] as const
export const WorkloadState = z.enum(WORKLOAD_STATES)
export type WorkloadState = z.infer<typeof WorkloadState>

/** Something that a workload has been given to keep its data on, ours or not. */
export const WorkloadStorage = z.object({
  /** `bind`, `volume`, `disk`, `virtiofs` or `9p`; later agents may know others. */
  kind: z.string(),
  /** Path on the host, or `pool/image` of Ceph; null: it has none that can be told. */
  source: z.string().nullable(),
  /** Of a volume of whatever runs the workload, such as a named volume of Docker: its name there. */
  name: z.string().nullable(),
  /** Inside: a path, the name of a disk (`vda`), or a tag. */
  target: z.string(),
  /** Null: not told. */
  readOnly: z.boolean().nullable(),
  /** The managed mount that the path lies on or below. */
  mountId: WireId('mount').nullable(),
  /** The volume of a pool that it is. */
  volumeId: WireId('volume').nullable(),
  /** Absent: no. The mount was made anew since the workload was started, and it still has the one that is gone. */
  stale: z.literal(true).optional(),
})
export type WorkloadStorage = z.infer<typeof WorkloadStorage>

/** A container or a machine on the host, ours or not. */
export const ObservedWorkload = z.object({
  /** The same on each look, made of the host, the target and `nativeId`. */
  workloadId: WireId('workload'),
  /** What runs it: a folder of `lib/attach-targets`; later agents may know others. */
  target: z.string(),
  /** As what runs it calls it: the id of a container of Docker, the name of one of LXC, the UUID of a machine. */
  nativeId: z.string(),
  name: z.string(),
  state: WorkloadState,
  /** What it was made from; null: not told. */
  image: z.string().nullable(),
  /** The first 100. */
  storage: z.array(WorkloadStorage),
  storageCount: z.int(),
  /** Why its state is not known: the rest is from before. */
  problem: z.string().nullable(),
  /** Why it was not let start, while that is still so; absent: nothing holds it. */
  held: z.string().optional(),
})
export type ObservedWorkload = z.infer<typeof ObservedWorkload>

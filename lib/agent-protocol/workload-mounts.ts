import { z } from 'zod'
import { DirectoryPath } from '@/lib/agent-protocol/files'
import { WireId } from '@/lib/agent-protocol/messages'

/** Of whatever runs on a host; `nativeId` is the target's own. */
export const NamedWorkload = z.strictObject({ target: z.string().max(32), nativeId: z.string().min(1).max(255) })
export type NamedWorkload = z.infer<typeof NamedWorkload>

/** A directory of a mount that a workload is to have, or has. Where the mount lies on the host is the agent's to know. */
export const WantedMount = z.strictObject({
  attachmentId: WireId('attachment'),
  mountId: WireId('mount'),
  /** Below the mount; "": all of it. */
  subPath: DirectoryPath,
  /** A path, or the tag that a machine knows it by. */
  inside: z.string().min(1).max(1024),
  readOnly: z.boolean(),
  /** Makes the directory where it is not there. */
  createSubPath: z.boolean(),
})
export type WantedMount = z.infer<typeof WantedMount>

export const MOUNT_CHANGES = ['attach', 'detach'] as const
export const MountChange = z.enum(MOUNT_CHANGES)
export type MountChange = z.infer<typeof MountChange>

/** Ids of losses that a person has agreed to, as the plan names them. */
export const AcceptedLosses = z.array(z.string().min(1).max(64)).max(16)

/** What a change would do on the host. Nothing was changed for it. */
export const MountPlanMessage = z.object({
  isRunning: z.boolean(),
  /** When the workload sees it, or sees it no more; `restart`: it is stopped and started by the change. */
  effect: z.enum(['at-once', 'restart', 'next-start']),
  /** What runs, in order, word for word. */
  commands: z.array(z.string()),
  /** What the target is given. */
  specification: z.string().nullable(),
  /** What stays as it is, in sentences. */
  keeps: z.array(z.string()),
  /** What is lost by it: each has to be agreed to, by its id. */
  losses: z.array(z.object({ id: z.string(), words: z.string() })),
  notes: z.array(z.string()),
  /** Why it cannot be done, and what to write into a file of one's own instead. */
  refusal: z.object({ message: z.string(), snippet: z.string().nullable() }).nullable(),
})
export type MountPlanMessage = z.infer<typeof MountPlanMessage>

export const ChangedMount = z.object({
  /** Another than before where the workload was made anew. */
  nativeId: z.string(),
  workloadId: WireId('workload'),
  /** It runs, and sees it, or sees it no more. */
  isLive: z.boolean(),
  /** Its next start knows of it too. */
  isKept: z.boolean(),
})
export type ChangedMount = z.infer<typeof ChangedMount>

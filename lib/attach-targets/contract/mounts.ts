import type { MountPlanMessage } from '@/lib/agent-protocol/workload-mounts'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'

/** A mount of this host that a workload is to have, or has. */
export interface PlacedMount {
  attachmentId: string
  mountId: string
  /** The directory on the host. Of one to be attached it was looked at: no link, and on the mount. Null: the mount is not here any more. */
  path: string | null
  /** As `WantedMount.inside`, in the form that the descriptor names. */
  inside: string
  readOnly: boolean
}
export interface FoundMount extends PlacedMount {
  path: string
}

/** What a target is given besides while it changes a workload. */
export interface MountCall {
  operationId: string
  signal: AbortSignal
  /** The losses that a person has agreed to. */
  accepted: readonly string[]
  log(message: string): void
  /** A file that only root reads, which lives until `done`. */
  secretFile: DriverHost['secretFile']
  /** As `CommandTurn.step`: done once, also over a restart of the agent; `undo` takes it back when a later one fails. */
  step<Note>(name: string, work: () => Promise<Note>, undo?: (note: Note | null) => Promise<void>): Promise<Note>
  /** Throws what is wrong with any storage of ours among these paths. Before something is started. */
  requireThere(paths: readonly string[]): void
  /** Is any of these paths on a mount of this host? */
  isOurs(paths: readonly string[]): boolean
}

export interface MountedWorkload {
  /** Another than before where it was made anew. */
  nativeId: string
  isLive: boolean
  isKept: boolean
}

/**
 * Gives directories of mounts to what it runs. Both changes may be repeated: has it the mount already, or no more, it is a success. They
 * throw what their target says, `not_found`, `conflict` with what is in the way (such as a loss that nobody agreed to), and `busy`.
 */
export interface MountTaking {
  planAttach(host: ChangingTargetHost, nativeId: string, mount: FoundMount): Promise<MountPlanMessage>
  planDetach(host: ChangingTargetHost, nativeId: string, mount: PlacedMount): Promise<MountPlanMessage>
  attach(host: ChangingTargetHost, nativeId: string, mount: FoundMount, call: MountCall): Promise<MountedWorkload>
  detach(host: ChangingTargetHost, nativeId: string, mount: PlacedMount, call: MountCall): Promise<MountedWorkload>
}

/** The workload has something else at this place; the message says what. */
export function insideTaken(inside: string, message: string): HoldfastError {
  return new HoldfastError('conflict', `${inside}: ${message}`, { fields: [{ field: 'target', message }] })
}

import type { FoundWorkload } from '@/lib/attach-targets/contract/target'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'

/** A container that has ended, and is to run by its restart policy. */
export interface DueContainer extends FoundWorkload {
  /** Epoch milliseconds. */
  endedAt: number
  /** How long it ran last, milliseconds. */
  ranMs: number
  /** It is started so often in a row when it ends at once; null: without an end. */
  mostTries: number | null
}

/**
 * Containers that their target is not to start again by itself, since it would not look whether their storage is there: their restart
 * policy is carried out by the agent. All throw what the target says.
 */
export interface ContainerRestarts {
  /** `bootedAt`: when the host was started, epoch milliseconds. */
  due(host: ChangingTargetHost, bootedAt: number): Promise<readonly DueContainer[]>
  /** Those that were given back are the agent's again. */
  take(host: ChangingTargetHost): Promise<void>
  /** The target itself starts them again from now on, as it does without an agent. */
  giveBack(host: ChangingTargetHost): Promise<void>
}

import type { AgentClient, AgentTarget } from '@/lib/agent-client/client'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { StreamMessage } from '@/lib/agent-protocol/stream'
import type { AgentPackage } from '@/lib/controller/fleet/agent-package'
import type { JobNews } from '@/lib/controller/jobs/job-news'
import type { SealedInput, SealingKeys } from '@/lib/controller/keys/sealing-keys'
import type { Ending, HostOutcome } from '@/lib/controller/operations/repository'
import type { ResourceCommands } from '@/lib/controller/resources/commands'
import type { Write } from '@/lib/controller/resources/kind'
import type { ResourceKinds } from '@/lib/controller/resources/kinds'
import type { Prisma, PrismaClient } from '@/lib/db/client'
import { reportOf } from '@/lib/drivers/problems/report'
import type { HoldfastError } from '@/lib/errors'
import type { ChangeEvent } from '@/lib/events/schema'
import type { StoredJob } from '@/lib/operations/schema'
import type { RolloutState } from '@/lib/rollouts/schema'

/** What a kind of operation works with. */
export interface OperationContext {
  operationId: string
  /** An earlier controller has begun with it. */
  isResumed: boolean
  /** Aborted when the controller stops or has lost the lead. */
  signal: AbortSignal
  prisma: PrismaClient
  client: AgentClient
  kinds: ResourceKinds
  commands: ResourceCommands
  /** Opens the secrets of a backend for the one call they are needed for. */
  open(backend: SealedInput): Promise<WireBackend>
  /** Opens secrets of another owner for the one call they are needed for. */
  openFor: SealingKeys['openFor']
  /** The fence for a command to this host. Throws `unavailable` without the lead, `conflict` while the host knows more than we. */
  fence(hostId: string): Promise<number>
  /** The host to call. Throws `host_unreachable` when it has been revoked or deleted. */
  hostOf(hostId: string): AgentTarget
  log(hostId: string | null, message: string): void
  /** A line that the host sent. */
  hear(hostId: string, message: Extract<StreamMessage, { type: 'log' | 'step' }>): void
  /** The outcome on one host, shown as soon as it is known; `store` is written with it. */
  done(outcome: HostOutcome, store?: Write): void
  /** Aborted when somebody has cancelled the running operation; only those with a job can be. */
  cancelled: AbortSignal
  /** What hosts say of their jobs. */
  jobs: Pick<JobNews, 'follow'>
  /** What remains to be done is done by the host: from now on this one takes no place from others. */
  takesLong(): void
  /** How far its job is on a host; stored together with the lines before it. */
  tellJob(hostId: string, job: StoredJob): void
  /** As it was told last, perhaps by an earlier controller; null: it was not begun there. */
  storedJob(hostId: string): Promise<StoredJob | null>
  /** Of an operation that goes out in waves. */
  rollout: RolloutState | null
  /** Writes down how far the rollout is. Throws `stale` when another controller has taken it. */
  saveRollout(state: RolloutState): Promise<void>
  /** Everything that was reported is stored when this resolves. */
  flush(): Promise<void>
  /** The host is known to be away. */
  isAway(hostId: string): boolean
  /** The packaged agent on the disk of this controller; null when there is none. */
  agentPackage(): AgentPackage | null
  /** Read the host's `info` and `status` again. */
  refreshHost(hostId: string): Promise<void>
}

/** How a kind ended, beyond the outcomes that it has reported with `done`. */
export interface KindResult {
  result?: Prisma.InputJsonValue
  /** The operation failed although every host did what was asked, such as a test that found the storage unusable. */
  failure?: HoldfastError
  /** In place of what the outcomes say: a rollout has more of them than one run. */
  ending?: Omit<Ending, 'result'>
  /** Written in the transaction that ends the operation. */
  writes?: Write[]
  events?: ChangeEvent[]
}

export function succeeded(hostId: string): HostOutcome {
  return { hostId, status: 'succeeded', errorCode: null, error: null, report: {} }
}

export function failed(hostId: string, error: HoldfastError): HostOutcome {
  return { hostId, status: 'failed', errorCode: error.code, error: error.message, report: reportOf(error) }
}

/** Somebody has cancelled it, and what it did there was taken back. */
export function cancelled(hostId: string, error: HoldfastError): HostOutcome {
  return { hostId, status: 'cancelled', errorCode: error.code, error: error.message, report: reportOf(error) }
}

/** The host is away; it takes the change over when it returns. */
export function waiting(hostId: string, error: HoldfastError): HostOutcome {
  return { hostId, status: 'paused', errorCode: error.code, error: error.message, report: reportOf(error) }
}

import type { z } from 'zod'
import type { ResourceNews } from '@/agent/resources/listed-kind'
import type { Measuring } from '@/lib/agent-protocol/measuring'
import type { ObservedJob, TestStepMessage } from '@/lib/agent-protocol/messages'
import type { ListVersions } from '@/lib/agent-protocol/resources'
import type { ParsedRequestOf, ResponseOf, VerbName } from '@/lib/agent-protocol/verbs'

/** What a handler gets besides its request. */
export interface Call {
  /** Aborted at the deadline and when the agent stops. */
  signal: AbortSignal
  /** Aborted when the caller has gone; for work that nobody needs without a caller. */
  disconnected: AbortSignal
  /** `performance.now()` time at which the agent answers for the handler, finished or not. */
  deadlineAt: number
  /** `performance.now()` time at which the request was complete; a command's time to live counts from here. */
  receivedAt: number
  /** Lists that the caller has already. */
  knownLists: ListVersions
  /** How often the caller wants storages to be measured; null: he does not say. */
  measuring: Measuring | null
  /** A line of the operation's log. Never a secret. Nowhere to go in `json` mode. */
  log(message: string): void
  step(step: z.infer<typeof TestStepMessage>): void
}

/**
 * One open event stream. The first `send` must carry everything of every kind that the reader does not know, later ones what has changed; jobs always come all
 * together.
 */
export interface EventFeed {
  send(news: readonly ResourceNews[], jobs?: readonly ObservedJob[]): void
  /** Aborted when the stream ends. */
  signal: AbortSignal
  /** Lists that the reader has already. */
  knownLists: ListVersions
}

type CallName = Exclude<VerbName, 'events'>

export type Handler<N extends CallName> = (request: ParsedRequestOf<N>, call: Call) => Promise<ResponseOf<N>>

/** One handler for every operation of the protocol; the compiler refuses a table with a gap. */
export type Handlers = { [N in CallName]: Handler<N> } & { events: (feed: EventFeed) => void }

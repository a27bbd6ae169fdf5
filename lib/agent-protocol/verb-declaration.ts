import type { z } from 'zod'

/** One verb of the protocol. */
export interface VerbDeclaration {
  method: 'GET' | 'POST' | 'PUT'
  path: `/v1/${string}`
  request: z.ZodType
  response: z.ZodType
  /** `stream`: NDJSON of log and step lines, last line result or error. `json`: one body. `events`: NDJSON that never ends. */
  mode: 'json' | 'stream' | 'events'
  /** How long the controller waits; the agent's own deadline is 2 s shorter. */
  timeoutMs: number
  /** May it be sent again after a lost answer? Every verb is an "ensure", so yes unless stated. */
  idempotent: boolean
}

import type { z } from 'zod'
import { errorFromBody, protocolMismatch } from '@/lib/agent-client/answers'
import type { PollAnswer } from '@/lib/agent-client/poll-line'
import { fromProtocol1 } from '@/lib/agent-client/protocol-1'
import { type ResponseOf, VERBS } from '@/lib/agent-protocol/verbs'

/** A time ahead of the rest of the body, which only changes when something has happened. */
const STATUS_HEAD = /^\{"now":"([^"]{10,40})",/

export type HostStatus = ResponseOf<'status'>
export interface StatusAnswer {
  /** `null`: the same as in the answer before. */
  status: HostStatus | null
  /** The host's clock. */
  now: Date
}

/** What the host said last, so that an answer that says the same is recognised without parsing it. */
export interface LastStatus {
  lastTag: string | undefined
  lastTail: string | undefined
}

export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

export function parseAnswer(schema: z.ZodType, answer: unknown): unknown {
  const parsed = schema.safeParse(answer)
  if (!parsed.success) throw protocolMismatch(parsed.error)
  return parsed.data
}

/** Takes in one answer to the sweep's question. Throws what the host refused it with. */
export function readStatus(known: LastStatus, { statusCode, headers, body }: PollAnswer): StatusAnswer {
  if (statusCode === 304) return { status: null, now: headers.date ? new Date(headers.date) : new Date() }
  if (statusCode !== 200) throw errorFromBody(statusCode, body)
  const text = body.toString('utf8')
  const head = STATUS_HEAD.exec(text)
  const tail = head ? text.slice(head[0].length) : undefined
  if (head?.[1] && tail !== undefined && tail === known.lastTail) return { status: null, now: new Date(head[1]) }
  const status = parseAnswer(VERBS.status.response, fromProtocol1(parseJson(body))) as HostStatus
  known.lastTag = headers.etag
  known.lastTail = tail
  return { status, now: new Date(status.now) }
}

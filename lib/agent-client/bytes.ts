import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { errorFromBody, readBody } from '@/lib/agent-client/answers'
import { ExchangeFailure, reasonOf } from '@/lib/agent-client/failures'
import type { HostLanes } from '@/lib/agent-client/lanes'
import { BYTE_VERBS, type ByteVerbName, REQUEST_HEADER } from '@/lib/agent-protocol/files'
import { pump } from '@/lib/pump'

/** No byte moves for so long: the host is given up. Longer than the agent's own patience. */
const IDLE_MS = 70_000
/** The host may have to write much to its disk before it answers. */
const HEAD_MS = 150_000

export interface ByteExchange {
  verb: ByteVerbName
  request: unknown
  /** Of a verb that takes bytes: they are handed on as the host takes them. */
  body?: Readable
  signal: AbortSignal
}

/** The answer of a verb that carries bytes, when its head is there. Whoever gets it reads it, or destroys it. */
export function exchangeBytes(lanes: HostLanes, exchange: ByteExchange): Promise<IncomingMessage> {
  const { verb, request, body, signal } = exchange
  const { method, path } = BYTE_VERBS[verb]
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const text = JSON.stringify(request)
  const headers: Record<string, string> =
    body === undefined
      ? { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }
      : { 'content-type': 'application/octet-stream', [REQUEST_HEADER]: Buffer.from(text).toString('base64url') }
  const outgoing = lanes.open({ lane: 'bytes', method, path, headers })
  let timer: NodeJS.Timeout | undefined
  /** For the head of the answer, from the moment that the host has all that it needs for it. */
  const wait = () => {
    timer = setTimeout(() => fail(new ExchangeFailure('timeout', false)), HEAD_MS)
  }
  const fail = (error: unknown) => {
    outgoing.destroy()
    reject(error)
  }
  const onAbort = () => fail(new ExchangeFailure('aborted', false, signal.reason))
  outgoing.on('error', (error) => reject(new ExchangeFailure(reasonOf(error), false, error)))
  outgoing.on('close', () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  })
  outgoing.on('response', (response) => {
    clearTimeout(timer)
    if (response.statusCode === 200) return resolve(response)
    readBody(response, (body) => reject(errorFromBody(response.statusCode ?? 0, body)), fail)
  })
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  else if (body === undefined) {
    wait()
    outgoing.end(text)
  } else {
    // An answer before the end of the body, which is a refusal, closes both.
    pump(body, outgoing, { idleMs: IDLE_MS, signal }).then(wait, (error: unknown) =>
      reject(new ExchangeFailure('lost', false, error)),
    )
  }
  return promise
}

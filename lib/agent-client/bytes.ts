import type { IncomingMessage } from 'node:http'
import { errorFromBody, readBody } from '@/lib/agent-client/answers'
import { ExchangeFailure, type HostLanes, reasonOf } from '@/lib/agent-client/lanes'
import { BYTE_VERBS, type ByteVerbName } from '@/lib/agent-protocol/files'

/** No byte moves for so long in either direction: the host is given up. Longer than the agent's own patience. */
const IDLE_MS = 70_000

export interface ByteExchange {
  verb: ByteVerbName
  request: unknown
  signal: AbortSignal
}

/** The answer of a verb that carries bytes, when its head is there. Whoever gets it reads it, or destroys it. */
export function exchangeBytes(lanes: HostLanes, { verb, request, signal }: ByteExchange): Promise<IncomingMessage> {
  const { method, path } = BYTE_VERBS[verb]
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const text = JSON.stringify(request)
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }
  const outgoing = lanes.open({ method, path, headers })
  const timer = setTimeout(() => fail(new ExchangeFailure('timeout', false)), IDLE_MS)
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
  else outgoing.end(text)
  return promise
}

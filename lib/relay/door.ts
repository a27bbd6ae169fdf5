import 'server-only'
import { type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import type { Duplex, Readable } from 'node:stream'
import { UploadState, type WriteUpload } from '@/lib/agent-protocol/files'
import { ErrorBody } from '@/lib/agent-protocol/messages'
import { TUNNEL_PROTOCOL } from '@/lib/agent-protocol/tunnels'
import { type RequestOf, type ResponseOf, VERBS } from '@/lib/agent-protocol/verbs'
import { fromWireError } from '@/lib/agent-protocol/wire-error'
import type { Actor } from '@/lib/auth/actor'
import { HoldfastError } from '@/lib/errors'
import { pump } from '@/lib/pump'
import * as repository from '@/lib/relay/repository'
import { newTicket, RELAY_PATH, RelayWork, TICKET_MS, type TunnelWork, ticketId } from '@/lib/relay/ticket'

/** A controller writes every ten seconds where its relay is. */
const HEARD_MS = 60_000
/** From the end of the request to the head of its answer. Longer than the controller waits for the host. */
const HEAD_MS = 180_000
/** A browser that sends nothing for this long has gone. */
const IDLE_MS = 60_000
const MOST_ERROR_BYTES = 64 * 1024
const MOST_JSON_BYTES = 8 * 1024 * 1024

export interface RelayCall {
  hostId: string
  actor: Actor
  signal: AbortSignal
}

type JsonVerb = Extract<RelayWork['verb'], keyof typeof VERBS>

/** Asks a host something that it answers at once. Throws the host's own error, or `unavailable` when no controller relays. */
export async function askHost<V extends JsonVerb>(
  verb: V,
  request: RequestOf<V>,
  call: RelayCall,
): Promise<ResponseOf<V>> {
  const work = RelayWork.parse({ verb, request })
  const body = await textOf(await throughRelay(work, call), MOST_JSON_BYTES)
  return VERBS[verb].response.parse(JSON.parse(body)) as ResponseOf<V>
}

/** Hands a part of an upload on to its host, as that takes it. Throws as `askHost`. */
export async function sendToHost(request: WriteUpload, body: Readable, call: RelayCall): Promise<UploadState> {
  const answer = await throughRelay({ verb: 'writeUpload', request }, call, body)
  return UploadState.parse(JSON.parse(await textOf(answer, MOST_ERROR_BYTES)))
}

/** Sends one request through the relay of a controller. The answer is the caller's to read, or to destroy. Throws as `askHost`. */
export async function throughRelay(work: RelayWork, call: RelayCall, body?: Readable): Promise<IncomingMessage> {
  const answer = await send(await requestWith(work, call, { method: 'POST' }), call.signal, body)
  if (answer.statusCode === 200) return answer
  throw errorOf(await textOf(answer, MOST_ERROR_BYTES))
}

/**
 * Has the relay make a tunnel to the host: bytes in both directions, the caller's to end. `signal` counts until it is there. Throws as
 * `askHost`.
 */
export async function tunnelThroughRelay(work: TunnelWork, call: RelayCall): Promise<Duplex> {
  const headers = { connection: 'Upgrade', upgrade: TUNNEL_PROTOCOL }
  const outgoing = await requestWith(work, call, { method: 'GET', headers })
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>()
  outgoing.on('upgrade', (_response, socket, head) => {
    socket.on('error', () => socket.destroy())
    if (head.length > 0) socket.unshift(head)
    resolve(socket)
  })
  // A refusal is the only answer that is none.
  send(outgoing, call.signal)
    .then((answer) => textOf(answer, MOST_ERROR_BYTES))
    .then((text) => reject(errorOf(text)), reject)
  return promise
}

/** A request to the relay, with a ticket that was written for it. */
async function requestWith(
  work: RelayWork,
  { hostId, actor, signal }: RelayCall,
  options: { method: string; headers?: Record<string, string> },
): Promise<ClientRequest> {
  signal.throwIfAborted()
  const [relay] = await repository.findRelays(new Date(Date.now() - HEARD_MS))
  if (relay === undefined) throw notThere('No controller says where its relay is.')
  const url = new URL(RELAY_PATH, relay)
  const authorities = url.protocol === 'https:' ? await repository.findAuthorities() : null
  const ticket = newTicket()
  const expiresAt = new Date(Date.now() + TICKET_MS)
  await repository.insertTicket({ id: ticketId(ticket), hostId, actorId: actor.id, work, expiresAt })
  const request = url.protocol === 'https:' ? requestTls : requestPlain
  return request(url, {
    ...options,
    headers: { ...options.headers, authorization: `Bearer ${ticket}` },
    agent: false,
    ...(authorities === null ? {} : { ca: authorities }),
  })
}

function send(outgoing: ClientRequest, signal: AbortSignal, body?: Readable): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  let timer: NodeJS.Timeout | undefined
  const wait = () => {
    const late = new HoldfastError('timed_out', 'The host did not answer in time.')
    timer = setTimeout(() => outgoing.destroy(late), HEAD_MS)
  }
  const onAbort = () => outgoing.destroy(new HoldfastError('cancelled', 'The caller has gone.'))
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  const fail = (error: unknown) =>
    reject(error instanceof HoldfastError ? error : notThere('The relay does not answer.', error))
  outgoing.on('error', fail)
  outgoing.on('close', () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  })
  outgoing.on('upgrade', () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  })
  outgoing.on('response', (response) => {
    clearTimeout(timer)
    resolve(response)
  })
  if (body === undefined) {
    wait()
    outgoing.end()
  } else pump(body, outgoing, { idleMs: IDLE_MS, signal }).then(wait, fail)
  return promise
}

async function textOf(answer: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw notThere('The relay says more than it should.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function errorOf(text: string): HoldfastError {
  try {
    return fromWireError(ErrorBody.parse(JSON.parse(text)).error)
  } catch (error) {
    return notThere('The relay answered what is not known here.', error)
  }
}

function notThere(why: string, cause?: unknown): HoldfastError {
  return new HoldfastError('unavailable', `Files and screens are handed on by the controller. ${why}`, {
    recovery:
      'Check that the controller runs. Where it runs on another machine than the console, set HOLDFAST_RELAY_HOST there.',
    cause,
  })
}

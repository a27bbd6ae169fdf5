import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ByteHandlers, createByteServer } from '@/agent/server/bytes'
import type { Call, Handlers } from '@/agent/server/handlers'
import { readBody } from '@/agent/server/json-body'
import { AGENT_METHODS } from '@/agent/server/listener'
import { openEventStream, openLineStream } from '@/agent/server/ndjson'
import { parseRequest } from '@/agent/server/wire-error'
import { MEASURING, readMeasuring } from '@/lib/agent-protocol/measuring'
import { KNOWN_LISTS, readKnownLists } from '@/lib/agent-protocol/resources'
import type { VerbDeclaration } from '@/lib/agent-protocol/verb-declaration'
import { type ResponseOf, VERBS } from '@/lib/agent-protocol/verbs'
import { toWireError } from '@/lib/agent-protocol/wire-error'
import { ERROR_CODES, HoldfastError, isErrorCode, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { allowHeader, refusedMethod } from '@/lib/server/http-methods'

/** The agent answers before its caller gives up, so that a slow host and a dead one do not look alike. */
const DEADLINE_MARGIN_MS = 2_000
const MAX_CALLS = 32
const MAX_EVENT_STREAMS = 8

export interface RouterOptions {
  handlers: Handlers
  /** Of the verbs that carry bytes; default: none is known. */
  bytes?: ByteHandlers
  /** Default: all of the protocol. */
  operations?: Readonly<Record<string, VerbDeclaration>>
  log: Log
  /** Ends every call and stream. */
  stop: AbortSignal
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  if (response.headersSent || response.destroyed) return
  const payload = Buffer.from(JSON.stringify(body))
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': payload.length,
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(payload)
}

/**
 * The sweep asks every host again and again, and mostly nothing has changed: then the answer is 304 with the date. The time goes
 * ahead of the rest of the body, so that the caller can compare that rest without parsing it.
 */
function sendStatus(request: IncomingMessage, response: ServerResponse, status: ResponseOf<'status'>): void {
  const { now, ...rest } = status
  const tail = JSON.stringify(rest)
  const etag = `"${hash('sha1', tail)}"`
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, { etag })
    response.end()
    return
  }
  const payload = Buffer.from(`{"now":${JSON.stringify(now)},${tail.slice(1)}`)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': payload.length, etag })
  response.end(payload)
}

function refuse(response: ServerResponse, error: unknown): void {
  const wire = toWireError(error)
  const status = isErrorCode(wire.code) ? ERROR_CODES[wire.code].status : 500
  const headers: Record<string, string> = {}
  if (wire.code === 'rate_limited') headers['retry-after'] = '1'
  if (error instanceof HoldfastError) Object.assign(headers, allowHeader(error))
  sendJson(response, status, { error: wire }, headers)
}

interface NamedOperation {
  name: string
  operation: VerbDeclaration
}

function findOperation(byPath: ReadonlyMap<string, NamedOperation>, request: IncomingMessage): NamedOperation {
  const refused = refusedMethod(request.method, AGENT_METHODS)
  if (refused) throw refused
  const found = byPath.get(request.url ?? '')
  if (found === undefined || found.operation.method !== request.method) {
    throw new HoldfastError(
      'unsupported',
      'This agent does not know this operation. It may be older than the controller.',
    )
  }
  return found
}

/** Rejects at the deadline or when the agent stops, whatever the handler does; the handler keeps its locks until it ends. */
function whenAborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  const end = () => reject(signal.reason)
  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  return promise
}

function openCall(
  timeoutMs: number,
  request: IncomingMessage,
  response: ServerResponse,
  stop: AbortSignal,
): { call: Call; close(): void } {
  const receivedAt = performance.now()
  const deadline = new AbortController()
  const disconnect = new AbortController()
  const limitMs = Math.max(1_000, timeoutMs - DEADLINE_MARGIN_MS)
  const timer = setTimeout(() => {
    deadline.abort(
      new HoldfastError(
        'timed_out',
        `The host did not finish within ${Math.round(limitMs / 1000)} s. It keeps this resource locked until the work has ended.`,
      ),
    )
  }, limitMs)
  const onStop = () => deadline.abort(new HoldfastError('unavailable', 'The agent is stopping.'))
  if (stop.aborted) onStop()
  stop.addEventListener('abort', onStop, { once: true })
  response.once('close', () => {
    if (!response.writableFinished) disconnect.abort(new HoldfastError('unavailable', 'The caller has gone.'))
  })
  return {
    call: {
      signal: deadline.signal,
      disconnected: disconnect.signal,
      receivedAt,
      deadlineAt: receivedAt + limitMs,
      knownLists: readKnownLists(request.headers[KNOWN_LISTS]),
      measuring: readMeasuring(request.headers[MEASURING]),
      log() {},
      step() {},
    },
    close() {
      clearTimeout(timer)
      stop.removeEventListener('abort', onStop)
    },
  }
}

/** Answers every request of an authenticated controller, after the operations table. */
export function createRouter(options: RouterOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { handlers, operations = VERBS, log, stop } = options
  const byPath = new Map(
    Object.entries(operations).map(([name, operation]) => [operation.path as string, { name, operation }]),
  )
  const serveBytes = options.bytes ? createByteServer({ handlers: options.bytes, log, stop, refuse }) : () => false
  let calls = 0
  let eventStreams = 0

  function serveEvents(request: IncomingMessage, response: ServerResponse): void {
    if (eventStreams >= MAX_EVENT_STREAMS) {
      refuse(response, new HoldfastError('rate_limited', 'Too many event streams are open on this host.'))
      return
    }
    eventStreams++
    const ended = new AbortController()
    const end = () => response.end()
    stop.addEventListener('abort', end, { once: true })
    response.once('close', () => {
      eventStreams--
      stop.removeEventListener('abort', end)
      ended.abort()
    })
    const knownLists = readKnownLists(request.headers[KNOWN_LISTS])
    handlers.events({ send: openEventStream(response).send, signal: ended.signal, knownLists })
  }

  async function serveCall(
    { name, operation }: NamedOperation,
    input: unknown,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const parsed = parseRequest(operation.request, input)
    const handle = handlers[name as keyof Handlers] as (input: unknown, call: Call) => Promise<unknown>
    const { call, close } = openCall(operation.timeoutMs, request, response, stop)
    const run = (full: Call) => Promise.race([handle(parsed, full), whenAborted(call.signal)]).finally(close)
    if (operation.mode === 'json') {
      const result = await run(call)
      if (name === 'status') sendStatus(request, response, result as ResponseOf<'status'>)
      else sendJson(response, 200, result)
      return
    }
    const lines = openLineStream(response)
    const at = () => new Date().toISOString()
    try {
      const result = await run({
        ...call,
        log: (message) => lines.send({ type: 'log', at: at(), message }),
        step: (step) => lines.send({ type: 'step', at: at(), step }),
      })
      lines.end({ type: 'result', result })
      const { operationId } = parsed as { operationId?: string }
      log.info('operation done', { operation: name, operationId, ms: Math.round(performance.now() - call.receivedAt) })
    } catch (error) {
      report(name, input, error)
      lines.end({ type: 'error', error: toWireError(error) })
    }
  }

  function report(name: string, input: unknown, error: unknown): void {
    const known = toHoldfastError(error)
    const operationId = (input as { operationId?: unknown } | undefined)?.operationId
    const fields = { operation: name, operationId, code: known.code }
    if (known.code === 'internal')
      log.error('operation failed inside the agent', { ...fields, error: known.cause ?? known })
    else log.info('operation refused or failed', { ...fields, reason: known.message })
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let found: NamedOperation | undefined
    let input: unknown
    const isCounted = calls < MAX_CALLS
    if (isCounted) calls++
    try {
      found = findOperation(byPath, request)
      if (!isCounted) throw new HoldfastError('rate_limited', `This host runs ${MAX_CALLS} calls already.`)
      input = await readBody(request)
      if (found.operation.mode === 'events') serveEvents(request, response)
      else await serveCall(found, input, request, response)
    } catch (error) {
      report(found?.name ?? `${request.method} unknown`, input, error)
      refuse(response, error)
    } finally {
      if (isCounted) calls--
    }
  }

  return (request, response) => {
    response.on('error', (error) => log.debug('a connection broke', { error }))
    if (serveBytes(request, response)) return
    serve(request, response).catch((error: unknown) => {
      log.error('a request could not be answered', { error })
      response.destroy()
    })
  }
}

import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { HoldfastError } from '@/lib/errors'
import { dropBody, holdBody } from '@/lib/server/held-body'
import { methodNotUsed } from '@/lib/server/http-methods'
import type { ServerLimits } from '@/lib/server/limits'
import { Connections } from '@/lib/server/sockets'
import { refusalText, refuseUpgrade } from '@/lib/server/upgrades'

/** What was too much, for counting. */
export type Refusal = 'connections' | 'headers' | 'body' | 'slow' | 'memory' | 'malformed' | 'method' | 'handshake'

export interface GuardOptions {
  limits: ServerLimits
  /** Gets requests whose body, if they have one, has arrived; those that `streams` names, at once. */
  onRequest(request: IncomingMessage, response: ServerResponse): void
  /** The body is handed on as it comes, whatever its size, by a handler that keeps a deadline of its own. Default: none is. */
  streams?(request: IncomingMessage): boolean
  /** The methods that anything behind this server uses. */
  methods: readonly string[]
  /** A refusal in this server's own words. */
  describe(error: HoldfastError): { type: string; text: string }
  onRefused?(refusal: Refusal, address: string | undefined): void
  /**
   * Gets the bare connection of a request that `serverOptions` lets become something else, with what has come behind it; no clock of the
   * server holds for it any more. Its errors are no news: whoever has it sees its end.
   */
  onUpgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

export interface Guard {
  /** This connection is not a stranger's. One that has sent a request counts as proven anyway. */
  prove(socket: Socket): void
}

/** How long a refused connection is still read, in milliseconds: closed at once, the client would lose the refusal with it. */
const LINGER_MS = 1_000
/** One that is being worked on and the next; nobody has a reason to send more bodies ahead. */
const BODIES_PER_CONNECTION = 2

/** The limits that Node's own server keeps; for `createServer`. `upgrades`: requests that may become something else than HTTP. */
export function serverOptions(limits: ServerLimits, upgrades: (request: IncomingMessage) => boolean = () => false) {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerMs,
    // `guard` looks at the clock of bodies: some take as long as they are large.
    requestTimeout: 0,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: limits.checkMs,
    // Elsewhere there is no WebSocket and no HTTP/2: a request that offers one is answered as what it is.
    shouldUpgradeCallback: upgrades,
  }
}

/**
 * Holds a server to its limits, for every path and before anything else sees a request: 413 and 408 come from here, also for bodies
 * without a length and for paths that read none. The server is made with `serverOptions` and without a request listener.
 */
export function guard(server: HttpServer | HttpsServer, options: GuardOptions): Guard {
  const { limits, methods, onRequest, onRefused = () => {} } = options
  const connections = new Connections(limits, (address) => onRefused('connections', address))
  /** The newest answer of a connection. */
  const answers = new WeakMap<Duplex, ServerResponse>()
  const bodies = new WeakMap<Socket, number>()
  /** They have their answer; what their parser says of the rest is no news. */
  const refused = new WeakSet<Duplex>()
  let heldBytes = 0

  function refuse(socket: Duplex, refusal: Refusal, error: HoldfastError): void {
    onRefused(refusal, (socket as Socket).remoteAddress)
    refused.add(socket)
    const answer = answers.get(socket)
    // Another answer is being written, or is to be written first.
    const isTaken = answer && !answer.writableFinished && (answer.headersSent || answer.socket === null)
    if (!socket.writable || isTaken) {
      socket.destroy()
      return
    }
    socket.end(refusalText(error, options.describe(error)))
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    socket.once('close', () => clearTimeout(timer))
  }

  function take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    if (!socket.writable) return
    connections.prove(socket)
    answers.set(socket, response)
    if (!hasBody(request)) {
      onRequest(request, response)
      return
    }
    if (options.streams?.(request)) {
      response.once('close', () => closeUnread(request, socket))
      onRequest(request, response)
      return
    }
    const limit = bodyLimit(limits, request.url)
    if (Number(request.headers['content-length']) > limit) {
      dropBody(request)
      refuse(socket, 'body', tooLarge(limit))
      return
    }
    const waiting = (bodies.get(socket) ?? 0) + 1
    if (waiting > BODIES_PER_CONNECTION) {
      onRefused('memory', socket.remoteAddress)
      socket.destroy()
      return
    }
    bodies.set(socket, waiting)
    let claimed = 0
    const clock = setTimeout(() => {
      dropBody(request)
      refuse(socket, 'slow', tooSlow())
    }, limits.requestMs)
    const release = () => {
      clearTimeout(clock)
      response.off('close', release)
      socket.off('close', release)
      heldBytes -= claimed
      claimed = 0
      bodies.set(socket, (bodies.get(socket) ?? 1) - 1)
    }
    response.once('close', release)
    socket.once('close', release)
    const claim = (bytes: number) => {
      if (heldBytes + bytes > limits.heldBytes) return false
      heldBytes += bytes
      claimed += bytes
      return true
    }
    holdBody(request, limit, claim, (outcome) => {
      clearTimeout(clock)
      if (outcome === 'whole') onRequest(request, response)
      else if (outcome === 'too_large') refuse(socket, 'body', tooLarge(limit))
      else refuse(socket, 'memory', new HoldfastError('unavailable', 'Too many large requests at once; try again.'))
    })
  }

  server.on('connection', (socket: Socket) => connections.admit(socket))
  server.on('request', take)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // A body that is too large is refused before the client sends it.
    const isTooLarge = Number(request.headers['content-length']) > bodyLimit(limits, request.url)
    if (!isTooLarge || options.streams?.(request)) response.writeContinue()
    take(request, response)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    connections.prove(socket as Socket)
    ;(socket as Socket).setTimeout(0)
    if (options.onUpgrade) options.onUpgrade(request, socket, head)
    else refuseUpgrade(socket, notUpgraded(), options.describe(notUpgraded()))
  })
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => refuse(socket, 'method', methodNotUsed(methods)))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (refused.has(socket)) {
      socket.destroy()
      return
    }
    if (!/^(HPE|ERR_HTTP)_/.test(error.code ?? '')) {
      // Nobody is left to answer. One that went away of itself was not refused.
      if (error.code !== 'ECONNRESET') onRefused('handshake', (socket as Socket).remoteAddress)
      socket.destroy()
      return
    }
    if (error.code === 'HPE_INVALID_METHOD') return refuse(socket, 'method', methodNotUsed(methods))
    const [refusal, known] = whatIsWrong(error)
    refuse(socket, refusal, known)
  })
  server.timeout = limits.stalledMs
  return { prove: (socket) => connections.prove(socket) }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Of exactly this path; another spelling of it gets the ordinary limit. */
export function bodyLimit({ largerBodies, bodyBytes }: ServerLimits, url = ''): number {
  const path = url.split('?')[0] ?? ''
  return Object.hasOwn(largerBodies, path) ? (largerBodies[path] ?? bodyBytes) : bodyBytes
}

/** What is left of a body that nobody reads any more could be without end. */
function closeUnread(request: IncomingMessage, socket: Socket): void {
  if (request.complete || socket.destroyed) return
  dropBody(request)
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}

function notUpgraded(): HoldfastError {
  return new HoldfastError('invalid_input', 'A connection stays HTTP/1.1 here.')
}

function tooSlow(): HoldfastError {
  return new HoldfastError('request_too_slow', 'The request did not arrive in time.')
}

function tooLarge(limit: number): HoldfastError {
  return new HoldfastError('payload_too_large', `The body is larger than ${Math.floor(limit / 1024)} KiB.`)
}

/** Node's parser and its clock, in our words. */
function whatIsWrong({ code }: NodeJS.ErrnoException): [Refusal, HoldfastError] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['headers', new HoldfastError('headers_too_large', 'The headers of the request are too large.')]
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return ['body', new HoldfastError('payload_too_large', 'The body has more chunk extensions than data.')]
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['slow', tooSlow()]
    default:
      return ['malformed', new HoldfastError('invalid_input', 'This is not a valid HTTP/1.1 request.')]
  }
}

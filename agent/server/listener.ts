import { constants, type X509Certificate } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import { uriNames } from '@/agent/identity/identity'
import { streamsToAgent } from '@/agent/server/bytes'
import { isTunnel } from '@/agent/server/tunnels'
import { whyNotValid } from '@/lib/agent-protocol/clock'
import { VERBS } from '@/lib/agent-protocol/verbs'
import { toWireError } from '@/lib/agent-protocol/wire-error'
import { HoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { guard, serverOptions } from '@/lib/server/guard'
import { AGENT_LIMITS, HANDSHAKE_MS, type ServerLimits } from '@/lib/server/limits'
import { Refusals } from '@/lib/server/refusals'
import { isAboutDates, isSignedBy } from '@/lib/server/shown-certificate'

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
/** How long a refused controller has to read why, in milliseconds. */
const FAREWELL_MS = 1_000
/** What the operations use between them. */
export const AGENT_METHODS: readonly string[] = [...new Set(Object.values(VERBS).map(({ method }) => method))].sort()

/** Key material of one moment; it is replaced while the listener runs. */
export interface TlsMaterial {
  key: string
  certificate: string
  /** The only CAs that count. */
  authorities: string
  /** The only client that is served: exact URI name. */
  controllerIdentity: string
}

export interface ListenerOptions {
  host: string | undefined
  port: number
  tls: TlsMaterial
  onRequest(request: IncomingMessage, response: ServerResponse): void
  /** Absent: no connection becomes a tunnel. */
  onUpgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void
  log: Log
  limits?: ServerLimits
  /** For the TLS handshake, in milliseconds. */
  handshakeMs?: number
}

export interface Listener {
  port: number
  /** New connections use this at once; open ones keep what they were opened with. */
  replaceTls(tls: TlsMaterial): void
  /** Stops listening, lets running answers end for so long, then cuts what is left. */
  close(graceMs: number): Promise<void>
}

/** No tickets: a resumed session would skip the certificate check, so every connection proves its identity itself. */
function contextOptions(tls: TlsMaterial): SecureContextOptions {
  return {
    key: tls.key,
    cert: tls.certificate,
    ca: tls.authorities,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_TICKET,
  }
}

/**
 * Is this the controller? OpenSSL has checked chain, dates and purpose. A certificate without a purpose passes there, and so does
 * the certificate of any other member of the fleet, so purpose and name are demanded here. Returns why not, or null.
 */
export function refusalOf(certificate: X509Certificate | undefined, identity: string): string | null {
  if (!certificate) return 'no certificate'
  if (certificate.ca) return 'certificate of a CA'
  if (!certificate.keyUsage?.includes(CLIENT_AUTH)) return 'certificate is not for clients'
  const names = uriNames(certificate)
  if (names.length !== 1 || names[0] !== identity) return 'certificate of somebody else'
  return null
}

/**
 * Why the controller itself, which has shown that it holds the key, is refused for the dates of its certificate alone; null for
 * everybody and everything else.
 */
function clockRefusal(
  { authorizationError }: TLSSocket,
  certificate: X509Certificate | undefined,
  { authorities, controllerIdentity }: TlsMaterial,
): string | null {
  if (!isAboutDates({ code: String(authorizationError) }) || refusalOf(certificate, controllerIdentity) !== null)
    return null
  if (!certificate || !isSignedBy(certificate, authorities)) return null
  const why = whyNotValid(certificate, new Date(), 'this host')
  return why && `The certificate of the controller ${why}`
}

/** The one thing that is ever said to somebody who is not served. */
function answerAndClose(socket: TLSSocket, message: string): void {
  const error = new HoldfastError('host_unreachable', message, { details: { reason: 'clock' } })
  const text = JSON.stringify({ error: toWireError(error) })
  const head = `HTTP/1.1 ${error.status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}`
  socket.end(`${head}\r\nConnection: close\r\n\r\n${text}`)
  const timer = setTimeout(() => socket.destroy(), FAREWELL_MS)
  socket.once('close', () => clearTimeout(timer))
}

/** The mutual-TLS listener: TLS 1.3, one CA, one client identity; everything else ends before HTTP begins. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { log, limits = AGENT_LIMITS, handshakeMs = HANDSHAKE_MS } = options
  const refusals = new Refusals(log)
  let tls = options.tls
  /** When the certificate of an open connection ends; the connection ends with it. */
  const validUntil = new WeakMap<TLSSocket, number>()

  const server: Server = createServer({
    ...contextOptions(tls),
    ...serverOptions(limits, (request) => options.onUpgrade !== undefined && isTunnel(request)),
    requestCert: true,
    // Whether a client is trusted is asked below, before HTTP sees a byte: refused here, nobody would ever be told why.
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: handshakeMs,
    noDelay: true,
  })
  const isServed = ({ socket }: IncomingMessage) => (validUntil.get(socket as TLSSocket) ?? 0) > Date.now()
  const { prove } = guard(server, {
    limits,
    onRequest: (request, response) => {
      if (isServed(request)) options.onRequest(request, response)
      else request.socket.destroy()
    },
    onUpgrade: (request, socket, head) => {
      if (isServed(request)) options.onUpgrade?.(request, socket, head)
      else socket.destroy()
    },
    describe: (error) => ({ type: 'application/json', text: JSON.stringify({ error: toWireError(error) }) }),
    methods: AGENT_METHODS,
    streams: streamsToAgent,
    onRefused: (refusal, from) => refusals.note(refusal, from),
  })
  server.maxHeadersCount = 64
  // The server forgets to close connections whose handshake ends while it is closing.
  const connections = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })

  // Before the HTTP parser sees the first byte.
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const certificate = socket.getPeerX509Certificate()
    const clock = socket.authorized ? null : clockRefusal(socket, certificate, tls)
    if (clock !== null) {
      refusals.note('clock', socket.remoteAddress, { reason: clock })
      answerAndClose(socket, clock)
      return
    }
    const refusal = socket.authorized ? refusalOf(certificate, tls.controllerIdentity) : 'certificate is not trusted'
    if (refusal !== null || !certificate) {
      refusals.note(refusal ?? 'no certificate', socket.remoteAddress, { subject: certificate?.subject })
      socket.destroy()
      return
    }
    validUntil.set(socket, certificate.validToDate.getTime())
    prove(socket)
  })

  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', (error: NodeJS.ErrnoException) => {
    const at = `${options.host}:${options.port}`
    const why =
      error.code === 'EADDRINUSE'
        ? `${at} is in use by another program. Choose another one with --port.`
        : `The agent cannot listen on ${at} (${error.code ?? error.message}).`
    reject(new HoldfastError('invalid_input', why, { cause: error }))
  })
  server.listen({ host: options.host, port: options.port }, resolve)
  await promise
  server.on('error', (error) => log.error('the listener failed', { error }))

  return {
    port: (server.address() as AddressInfo).port,
    replaceTls(next) {
      server.setSecureContext(contextOptions(next))
      tls = next
    },
    async close(graceMs) {
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      server.closeIdleConnections()
      const timer = setTimeout(() => {
        for (const connection of connections) connection.destroy()
      }, graceMs)
      await closed.promise
      clearTimeout(timer)
      refusals.close()
    },
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { type AddressInfo, isIP } from 'node:net'
import { hostname } from 'node:os'
import { type Duplex, Transform } from 'node:stream'
import type { AgentClient } from '@/lib/agent-client/client'
import { MODIFIED_HEADER, SIZE_HEADER } from '@/lib/agent-protocol/files'
import { TUNNEL_PROTOCOL } from '@/lib/agent-protocol/tunnels'
import { toWireError } from '@/lib/agent-protocol/wire-error'
import { type ClipboardRecord, clipboardNotes } from '@/lib/controller/consoles/clipboard-notes'
import { KeyboardTurn } from '@/lib/controller/consoles/keyboard-turn'
import type { KeyPair } from '@/lib/controller/fleet/fleet-ca'
import type { HostDirectory } from '@/lib/controller/fleet/host-directory'
import { ViewerMessages } from '@/lib/controller/relay/viewer-messages'
import type { Db, PrismaClient } from '@/lib/db/client'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { joinStreams } from '@/lib/join-streams'
import type { Log } from '@/lib/log'
import { pump } from '@/lib/pump'
import { consumeTicket } from '@/lib/relay/repository'
import { isTunnelWork, RELAY_PATH, type RelayWork, type TunnelWork, ticketId } from '@/lib/relay/ticket'
import { guard, serverOptions } from '@/lib/server/guard'
import { RELAY_LIMITS } from '@/lib/server/limits'
import { Refusals } from '@/lib/server/refusals'
import { acceptUpgrade, refuseUpgrade } from '@/lib/server/upgrades'

/** Whoever reads takes nothing for this long: the transfer ends. */
const IDLE_MS = 60_000

export interface RelayParts {
  prisma: PrismaClient
  client: AgentClient
  directory: HostDirectory
  log: Log
  /** Of what was taken out of the clipboard of a machine, or put in. */
  audit(tx: Db, record: ClipboardRecord): Promise<void>
}

export interface RelayListen {
  host: string
  /** 0: one that is free. */
  port: number
  /** Under which web processes reach it; undefined: by host and port. */
  url?: string | undefined
}

export interface Relay {
  /** For the web processes. */
  url: string
  replaceCertificate(pair: KeyPair): void
  close(): Promise<void>
}

/**
 * Hands bytes on between web processes and hosts: this process is the only one that reaches agents. Whoever comes shows a ticket that a
 * web process has written into the database, which names one request and is taken by using it. It listens on this machine, or on
 * others with a certificate of the fleet's CA.
 */
export async function openRelay(parts: RelayParts, listen: RelayListen, pair: KeyPair): Promise<Relay> {
  const { log } = parts
  const refusals = new Refusals(log)
  const isLocal = isLoopback(listen.host)
  const options = serverOptions(RELAY_LIMITS, ({ headers }) => headers.upgrade === TUNNEL_PROTOCOL)
  const stop = new AbortController()
  const server = isLocal ? createServer(options) : createTlsServer({ ...options, ...tls(pair) })
  const note = (error: unknown, { socket }: IncomingMessage) => {
    const known = toHoldfastError(error)
    if (known.code === 'internal') log.error('a request could not be relayed', { error })
    if (known.code === 'unauthenticated') refusals.note('ticket', socket.remoteAddress)
    return known
  }
  guard(server, {
    limits: RELAY_LIMITS,
    streams: () => true,
    onRequest: (request, response) => {
      serve(parts, request, response).catch((error: unknown) => refuse(response, note(error, request)))
    },
    onUpgrade: (request, socket, head) => {
      serveTunnel(parts, { request, socket, head, stop: stop.signal }).catch((error: unknown) => {
        const known = note(error, request)
        refuseUpgrade(socket, known, inJson(known))
      })
    },
    describe: inJson,
    methods: ['GET', 'POST'],
    onRefused: (refusal, address) => refusals.note(refusal, address),
  })
  const port = await listening(server, listen)
  return {
    url: listen.url ?? `${isLocal ? 'http' : 'https'}://${reachable(listen.host)}:${port}`,
    replaceCertificate: (next) => {
      if ('setSecureContext' in server) server.setSecureContext(tls(next))
    },
    close() {
      refusals.close()
      stop.abort()
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

function inJson(error: HoldfastError): { type: string; text: string } {
  return { type: 'application/json', text: JSON.stringify({ error: toWireError(error) }) }
}

function tls({ key, certificate }: KeyPair) {
  return { key, cert: certificate, minVersion: 'TLSv1.3' as const }
}

/** As it stands in a URL. Of all addresses, the name of this machine. */
function reachable(host: string): string {
  const named = host === '0.0.0.0' || host === '::' ? hostname() : host
  return isIP(named) === 6 ? `[${named}]` : named
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

async function listening(server: Server | TlsServer, { host, port }: RelayListen): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', (error: NodeJS.ErrnoException) =>
    reject(
      new HoldfastError(
        'unavailable',
        `The relay cannot listen on ${host}:${port} (${error.code}); set HOLDFAST_RELAY_PORT to another value.`,
        { cause: error },
      ),
    ),
  )
  server.listen({ host, port }, resolve)
  await promise
  return (server.address() as AddressInfo).port
}

async function serve(parts: RelayParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prisma, directory } = parts
  const { hostId, work } = await admitted(prisma, request, 'POST')
  const target = directory.require(hostId)
  if (isTunnelWork(work)) throw notValid()
  const gone = new AbortController()
  response.once('close', () => gone.abort(new HoldfastError('cancelled', 'The caller has gone.')))
  if (work.verb === 'readFile' || work.verb === 'writeUpload') {
    const body = work.verb === 'writeUpload' ? { body: request } : {}
    const answer = await parts.client.bytes(target, { ...work, ...body, signal: gone.signal })
    await handOn(parts, target, answer, response, gone.signal)
    return
  }
  const { verb, request: asked } = work
  const text = JSON.stringify(await parts.client.send(target, verb, asked, { signal: gone.signal }))
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

interface Tunnel {
  request: IncomingMessage
  socket: Duplex
  head: Buffer
  stop: AbortSignal
}

/** Makes one way of the connection of the web process and one to the host. */
async function serveTunnel(parts: RelayParts, tunnel: Tunnel): Promise<void> {
  const { prisma, directory, client, log } = parts
  const { request, socket, head, stop } = tunnel
  const { hostId, actorId, work } = await admitted(prisma, request, 'GET')
  const target = directory.require(hostId)
  if (!isTunnelWork(work)) throw notValid()
  const gone = new AbortController()
  socket.once('close', () => gone.abort(new HoldfastError('cancelled', 'The caller has gone.')))
  const ends = AbortSignal.any([gone.signal, stop])
  const screen = await client.tunnel(target, work.verb, work.request, ends)
  acceptUpgrade(socket, TUNNEL_PROTOCOL, head)
  const said = filterFor(work, { hostId, actorId }, parts)
  said.on('error', (error) => log.info('a viewer of a screen was cut off', { hostId, reason: error.message }))
  await joinStreams(socket, screen, ends, said)
}

/** What of it that a viewer says is handed on. */
function filterFor(work: TunnelWork, who: { hostId: string; actorId: string }, parts: RelayParts): Transform {
  if (work.verb === 'openScreen') {
    const turn = work.types ? new KeyboardTurn(parts, { ...who, machine: work.request.machine }) : undefined
    const said = new ViewerMessages(work, clipboardNotes(parts, work.console), turn)
    turn?.watch(() => said.letGo(), said)
    return said
  }
  const { types } = work
  return new Transform({ transform: (chunk, _encoding, done) => done(null, types ? chunk : undefined) })
}

function notValid(): HoldfastError {
  return new HoldfastError('unauthenticated', 'This ticket is not valid, or not any more.')
}

/** Throws `unauthenticated` for whatever is no ticket, was used, or is too old: nobody learns which. */
async function admitted(
  prisma: PrismaClient,
  request: IncomingMessage,
  method: 'GET' | 'POST',
): Promise<{ hostId: string; actorId: string; work: RelayWork }> {
  const ticket = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(request.headers.authorization ?? '')?.[1]
  const isAsked = request.method === method && request.url === RELAY_PATH && ticket !== undefined
  const found = isAsked ? await prisma.$transaction((tx) => consumeTicket(tx, ticketId(ticket), new Date())) : null
  if (found === null) throw notValid()
  return found
}

type Target = ReturnType<HostDirectory['require']>

/** An answer that is bytes, or one that came after bytes. */
async function handOn(
  { log }: RelayParts,
  { hostId }: Target,
  answer: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const handed = ['content-type', 'content-length', SIZE_HEADER, MODIFIED_HEADER].flatMap((name) => {
    const value = answer.headers[name]
    return value === undefined ? [] : [[name, value]]
  })
  response.writeHead(200, Object.fromEntries(handed))
  try {
    await pump(answer, response, { idleMs: IDLE_MS, signal })
  } catch (error) {
    // A transfer that was cut: whoever reads sees that from the length.
    response.destroy()
    if (!signal.aborted) log.info('a transfer was cut off', { hostId, error: toHoldfastError(error).message })
  }
}

function refuse(response: ServerResponse, error: HoldfastError): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const { type, text } = inJson(error)
  response.writeHead(error.status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  })
  response.end(text)
}

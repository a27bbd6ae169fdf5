import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { Duplex } from 'node:stream'
import type { PeerCertificate, SecureContext } from 'node:tls'
import { HoldfastError } from '@/lib/errors'

/** Where the controller finds a host, and who must answer there. */
export interface AgentTarget {
  hostId: string
  /** `host:port`, an IPv6 address in brackets. */
  address: string
}

/**
 * Connections of one host, by what they are for, so that a mount that takes its time never stands in the way of the sweep.
 * `work` is also the bulkhead: a host gets at most this many commands at once, the rest waits here.
 */
const LANES = { poll: 2, work: 8, events: 2, bytes: 8, tunnels: 4 } as const
export type Lane = keyof typeof LANES

export interface Exchange {
  lane: Lane
  method: 'GET' | 'POST' | 'PUT'
  path: string
  headers?: Record<string, string>
  body?: string
  /** For the whole exchange, from the call to the last byte. 0: no limit. */
  timeoutMs: number
  /** To get a connection, TLS included. */
  connectTimeoutMs: number
  signal?: AbortSignal | undefined
}

export type FailureReason =
  | 'refused'
  | 'unreachable'
  | 'identity'
  | 'tls'
  | 'clock'
  | 'connect_timeout'
  | 'timeout'
  | 'lost'
  | 'aborted'

/** A failure below HTTP. `stale`: a kept-alive connection that the host had already closed; the host saw nothing of the request. */
export class ExchangeFailure extends Error {
  override readonly name = 'ExchangeFailure'
  readonly reason: FailureReason
  readonly stale: boolean
  constructor(reason: FailureReason, stale: boolean, cause?: unknown) {
    super(`connection failed: ${reason}`, cause === undefined ? undefined : { cause })
    this.reason = reason
    this.stale = stale
  }
}

const REFUSED = new Set(['ECONNREFUSED'])
const UNREACHABLE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EADDRNOTAVAIL'])
const LOST = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED'])

export function reasonOf(error: unknown): FailureReason {
  const code = (error as { code?: unknown }).code
  if (code === 'HOLDFAST_IDENTITY') return 'identity'
  if (typeof code !== 'string') return 'lost'
  if (REFUSED.has(code)) return 'refused'
  if (UNREACHABLE.has(code)) return 'unreachable'
  if (LOST.has(code)) return 'lost'
  // Everything else that Node reports here comes from TLS: a certificate of another CA, expired, an alert of the peer.
  return /^(ERR_SSL|ERR_TLS|CERT_|UNABLE_|SELF_SIGNED|DEPTH_|INVALID_|HOSTNAME_|EPROTO)/.test(code) ? 'tls' : 'lost'
}

export function splitAddress(address: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]+)):(\d{1,5})$/.exec(address)
  const host = match?.[1] ?? match?.[2]
  if (!host) throw new HoldfastError('invalid_input', `The host address ${address} is not host:port.`)
  return { host, port: Number(match?.[3]) }
}

/** All connections to one host. Made anew when the host's address or the controller's certificate changes. */
export class HostLanes {
  readonly address: string
  readonly #agents: Record<Lane, Agent>
  readonly #host: string
  readonly #port: number
  /** Connections that became something else, which the agents of Node know nothing of any more. */
  readonly #tunnels = new Set<Duplex>()
  #isCut = false

  constructor(address: string, identity: string, secureContext: SecureContext) {
    this.address = address
    const { host, port } = splitAddress(address)
    this.#host = host
    this.#port = port
    const make = (maxSockets: number) =>
      // No TLS session is kept: a resumed one would skip the identity check.
      new Agent({
        keepAlive: true,
        maxSockets,
        maxFreeSockets: 1,
        maxCachedSessions: 0,
        scheduling: 'lifo',
        secureContext,
        minVersion: 'TLSv1.3',
        checkServerIdentity: checkIdentity(identity),
      })
    this.#agents = {
      poll: make(LANES.poll),
      work: make(LANES.work),
      events: make(LANES.events),
      bytes: make(LANES.bytes),
      tunnels: make(LANES.tunnels),
    }
  }

  /** Closes every socket, in use or not, for good: what is under way fails as `lost`, and so does a repetition of it. */
  destroy(): void {
    this.#isCut = true
    for (const agent of Object.values(this.#agents)) agent.destroy()
    for (const tunnel of this.#tunnels) tunnel.destroy()
  }

  /** A connection of this host became a tunnel: it ends with the others. */
  keep(tunnel: Duplex): void {
    this.#tunnels.add(tunnel)
    tunnel.once('close', () => this.#tunnels.delete(tunnel))
    if (this.#isCut) tunnel.destroy()
  }

  /** A request whose bytes the caller moves, in both directions. Throws `ExchangeFailure` for a host that was cut off. */
  open({
    lane,
    method,
    path,
    headers,
  }: Pick<Exchange, 'lane' | 'method' | 'path'> & { headers: Record<string, string> }): ClientRequest {
    if (this.#isCut) throw new ExchangeFailure('lost', false)
    return request({ agent: this.#agents[lane], host: this.#host, port: this.#port, method, path, headers })
  }

  /** Closes the sockets of a lane that nobody is using. */
  #forgetIdle(lane: Lane): void {
    for (const sockets of Object.values(this.#agents[lane].freeSockets))
      for (const socket of sockets ?? []) socket.destroy()
  }

  /**
   * One request. `consume` gets the answer's head and settles the exchange; the deadline holds until then.
   * A kept-alive connection that turns out to be closed is replaced once, without a word.
   */
  async exchange<T>(exchange: Exchange, consume: Consume<T>): Promise<T> {
    try {
      return await this.#attempt(exchange, consume)
    } catch (error) {
      if (!(error instanceof ExchangeFailure && error.stale)) throw error
      this.#forgetIdle(exchange.lane)
      return await this.#attempt(exchange, consume)
    }
  }

  #attempt<T>(exchange: Exchange, consume: Consume<T>): Promise<T> {
    // An agent of Node opens new sockets even after it was destroyed.
    if (this.#isCut) return Promise.reject(new ExchangeFailure('lost', false))
    return new Promise<T>((resolve, reject) => {
      let settled = false
      let answered = false
      let timer: NodeJS.Timeout | undefined
      let connectTimer: NodeJS.Timeout | undefined
      const { signal } = exchange

      const outgoing = request({
        agent: this.#agents[exchange.lane],
        host: this.#host,
        port: this.#port,
        method: exchange.method,
        path: exchange.path,
        headers: exchange.headers ?? {},
      })

      const clear = () => {
        settled = true
        clearTimeout(timer)
        clearTimeout(connectTimer)
        signal?.removeEventListener('abort', onAbort)
      }
      const fail = (error: unknown) => {
        if (settled) return
        clear()
        outgoing.destroy()
        reject(error)
      }
      const succeed = (value: T) => {
        if (settled) return
        clear()
        resolve(value)
      }
      const onAbort = () => fail(new ExchangeFailure('aborted', false, signal?.reason))
      // A busy event loop fires timers before it reads what has already arrived; one more turn lets the answer win.
      const expire = (reason: FailureReason) => () => setImmediate(() => fail(new ExchangeFailure(reason, false)))

      outgoing.on('error', (error) => {
        const reason = reasonOf(error)
        fail(new ExchangeFailure(reason, outgoing.reusedSocket && !answered && reason === 'lost', error))
      })
      outgoing.on('response', (response) => {
        answered = true
        response.on('error', (error) => fail(new ExchangeFailure('lost', false, error)))
        response.on('close', () => {
          if (!response.complete) fail(new ExchangeFailure('lost', false))
        })
        consume(response, succeed, fail)
      })
      outgoing.on('socket', (socket) => {
        if (outgoing.reusedSocket || !socket.connecting) return
        connectTimer = setTimeout(expire('connect_timeout'), exchange.connectTimeoutMs)
        socket.once('secureConnect', () => clearTimeout(connectTimer))
      })
      if (exchange.timeoutMs > 0) timer = setTimeout(expire('timeout'), exchange.timeoutMs)
      if (signal?.aborted) onAbort()
      else signal?.addEventListener('abort', onAbort, { once: true })
      outgoing.end(exchange.body)
    })
  }
}

/** The certificate has exactly one name, and it is this host's; the address it answers on proves nothing. */
function checkIdentity(identity: string) {
  return (_host: string, certificate: PeerCertificate): Error | undefined =>
    certificate.subjectaltname === `URI:${identity}`
      ? undefined
      : Object.assign(new Error('the certificate names another host'), { code: 'HOLDFAST_IDENTITY' })
}

export type Consume<T> = (
  response: IncomingMessage,
  succeed: (value: T) => void,
  fail: (error: unknown) => void,
) => void

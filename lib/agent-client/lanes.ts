import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'
import { checkIdentity, ExchangeFailure, type FailureReason, reasonOf } from '@/lib/agent-client/failures'
import { type PollAnswer, PollLine, type PollTimes } from '@/lib/agent-client/poll-line'
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
  /** Of the sweep; usually one. */
  #lines: PollLine[] = []
  readonly #makeLine: () => PollLine
  #isCut = false

  constructor(address: string, identity: string, secureContext: SecureContext) {
    this.address = address
    const { host, port } = splitAddress(address)
    this.#host = host
    this.#port = port
    this.#makeLine = () => new PollLine({ host, port, identity, secureContext })
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
    for (const line of this.#lines) line.close()
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

  /** The question of the sweep. A kept connection that turns out to be closed is replaced once, without a word. */
  async poll(path: string, headers: Readonly<Record<string, string>>, times: PollTimes): Promise<PollAnswer> {
    if (this.#isCut) throw new ExchangeFailure('lost', false)
    try {
      return await this.#freeLine().ask(path, headers, times)
    } catch (error) {
      if (!(error instanceof ExchangeFailure && error.stale) || this.#isCut) throw error
      for (const line of this.#lines) if (line.isFree) line.close()
      return await this.#freeLine().ask(path, headers, times)
    }
  }

  #freeLine(): PollLine {
    const free = this.#lines.find(({ isFree }) => isFree)
    if (free !== undefined) return free
    const made = this.#makeLine()
    this.#lines = [...this.#lines.filter(({ isClosed }) => !isClosed), made]
    return made
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

export type Consume<T> = (
  response: IncomingMessage,
  succeed: (value: T) => void,
  fail: (error: unknown) => void,
) => void

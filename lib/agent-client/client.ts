import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { createSecureContext, type SecureContext } from 'node:tls'
import { errorFromBody, readBody, readMessages } from '@/lib/agent-client/answers'
import { type ByteExchange, exchangeBytes } from '@/lib/agent-client/bytes'
import { ExchangeFailure, type FailureReason } from '@/lib/agent-client/failures'
import { type AgentTarget, type Exchange, HostLanes, splitAddress } from '@/lib/agent-client/lanes'
import { eventsFromProtocol1, fromProtocol1 } from '@/lib/agent-client/protocol-1'
import { type LastStatus, parseAnswer, parseJson, readStatus, type StatusAnswer } from '@/lib/agent-client/status'
import { exchangeTunnel } from '@/lib/agent-client/tunnels'
import { whyNotValid } from '@/lib/agent-protocol/clock'
import { hostIdentity } from '@/lib/agent-protocol/enrollment'
import { MEASURING } from '@/lib/agent-protocol/measuring'
import { KNOWN_LISTS, type ListVersions, writeKnownLists } from '@/lib/agent-protocol/resources'
import type { StreamMessage } from '@/lib/agent-protocol/stream'
import type { OpenTunnel, TunnelVerb } from '@/lib/agent-protocol/tunnels'
import type { VerbDeclaration } from '@/lib/agent-protocol/verb-declaration'
import { type RequestOf, type ResponseOf, VERBS, type VerbName } from '@/lib/agent-protocol/verbs'
import { fromWireError } from '@/lib/agent-protocol/wire-error'
import { type ErrorCode, HoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'
import { isAboutDates, shownCertificate } from '@/lib/server/shown-certificate'

export type { AgentTarget } from '@/lib/agent-client/lanes'

/** What the controller shows to agents, and whom it trusts. */
export interface ClientIdentity {
  installationId: string
  /** PEM bundle of the fleet CA. */
  authorities: string
  /** PEM. */
  certificate: string
  /** PKCS#8 PEM. */
  key: string
}

export interface CallOptions {
  signal?: AbortSignal | undefined
  /** Milliseconds; default: the operation's own. */
  timeoutMs?: number
  /** Lines of a streaming operation, as they come. */
  onMessage?: (message: Extract<StreamMessage, { type: 'log' | 'step' }>) => void
  /** How often a lost connection is tried again, for operations that may be repeated. Default 1. */
  retries?: number
}

export interface EventOptions {
  signal: AbortSignal
  /** The stream is up. */
  onOpen(): void
  onMessage(message: StreamMessage): void
  /** Without a message for this long, in milliseconds, the stream counts as lost. */
  idleMs: number
}

const CONNECT_TIMEOUT_MS = 4000
const RETRY_DELAY_MS = 300
const RETIRE_MS = 11 * 60_000

const REASONS: Record<FailureReason, { code: ErrorCode; words: string }> = {
  refused: { code: 'host_unreachable', words: 'refused the connection; its agent does not run' },
  unreachable: { code: 'host_unreachable', words: 'cannot be reached' },
  identity: { code: 'host_unreachable', words: 'answered with the certificate of another host' },
  tls: { code: 'host_unreachable', words: 'did not agree on mutual TLS; its certificate may have expired' },
  clock: { code: 'host_unreachable', words: 'and this controller have clocks that do not agree' },
  connect_timeout: { code: 'host_unreachable', words: 'did not accept the connection in time' },
  timeout: { code: 'timed_out', words: 'did not answer in time' },
  lost: { code: 'host_unreachable', words: 'closed the connection before it answered' },
  aborted: { code: 'timed_out', words: 'was not waited for, because the controller is stopping' },
}

/** A host whose certificate does not hold by our clock: the dates are asked for, so that the error can name them. */
async function toError(error: unknown, target: AgentTarget, authorities: string): Promise<unknown> {
  if (!(error instanceof ExchangeFailure)) return error
  if (isAboutDates(error.cause)) {
    const shown = await shownCertificate(splitAddress(target.address), authorities, CONNECT_TIMEOUT_MS).catch(
      () => null,
    )
    const why = shown && whyNotValid(shown, new Date(), 'this controller')
    if (why) {
      const again = shown.validToDate <= new Date() ? ' If it is right, join the host again.' : ''
      const message = `The certificate of the host at ${target.address} ${why}${again}`
      return new HoldfastError('host_unreachable', message, { details: { reason: 'clock' }, cause: error.cause })
    }
  }
  const { code, words } = REASONS[error.reason]
  return new HoldfastError(code, `The host at ${target.address} ${words}.`, {
    details: { reason: error.reason },
    cause: error.cause,
  })
}

/** Why a host could not be asked, when `error` is about the connection. */
export function failureReason(error: unknown): FailureReason | undefined {
  if (!(error instanceof HoldfastError)) return undefined
  const reason = error.details?.reason
  return typeof reason === 'string' && Object.hasOwn(REASONS, reason) ? (reason as FailureReason) : undefined
}

/** Did the host itself refuse, and not the way to it or this process? */
export function isFromHost(error: HoldfastError): boolean {
  return failureReason(error) === undefined && error.code !== 'unavailable' && error.code !== 'internal'
}

interface Known extends LastStatus {
  connection: HostLanes
  /** Of lists of this host that were taken in. */
  lists: ListVersions
}

interface Retired {
  hostId: string
  connection: HostLanes
  timer: NodeJS.Timeout
}

/**
 * Speaks the operations table with agents over mutual TLS 1.3. Connections are kept per host and found again by host id; an
 * agent is who its certificate says, not what its address says. Throws `HoldfastError` only: the host's own, `host_unreachable`,
 * or `timed_out`.
 */
export class AgentClient {
  #identity: ClientIdentity
  #context: SecureContext
  readonly #known = new Map<string, Known>()
  readonly #retired = new Set<Retired>()
  readonly #cutOff = new Set<string>()

  #measuring: string | undefined

  constructor(identity: ClientIdentity) {
    this.#identity = identity
    this.#context = secureContext(identity)
  }

  /** Takes a renewed certificate; connections made with the old one are given up as they become idle. */
  replaceIdentity(identity: ClientIdentity): void {
    this.#identity = identity
    this.#context = secureContext(identity)
    for (const [hostId, { connection }] of this.#known) this.#retire(hostId, connection)
    this.#known.clear()
  }

  /** Cuts every connection to this host at once, and makes no other until `admit`: questions may still be on their way. */
  disconnect(hostId: string): void {
    this.#cutOff.add(hostId)
    this.#known.get(hostId)?.connection.destroy()
    this.#known.delete(hostId)
    for (const old of this.#retired) if (old.hostId === hostId) old.connection.destroy()
  }

  admit(hostId: string): void {
    this.#cutOff.delete(hostId)
  }

  close(): void {
    for (const { connection } of this.#known.values()) connection.destroy()
    for (const { connection, timer } of this.#retired) {
      clearTimeout(timer)
      connection.destroy()
    }
    this.#known.clear()
    this.#retired.clear()
  }

  call<N extends VerbName>(
    target: AgentTarget,
    name: N,
    body: RequestOf<N>,
    options: CallOptions = {},
  ): Promise<ResponseOf<N>> {
    return this.send(target, name, body, options) as Promise<ResponseOf<N>>
  }

  /** As `call`, for a verb that is known only when it is sent. */
  async send(
    target: AgentTarget,
    verb: VerbName | VerbDeclaration,
    body: unknown,
    options: CallOptions = {},
  ): Promise<unknown> {
    const operation: VerbDeclaration = typeof verb === 'string' ? VERBS[verb] : verb
    const timeoutMs = options.timeoutMs ?? operation.timeoutMs
    const deadlineAt = performance.now() + timeoutMs
    const retries = operation.idempotent ? (options.retries ?? 1) : 0
    // The one to repeat on, too: a host that is cut off meanwhile must not get a new connection.
    const { connection } = this.#connectionTo(target)
    for (let attempt = 0; ; attempt++) {
      try {
        const leftMs = Math.max(1, deadlineAt - performance.now())
        const answer = await this.#exchange(connection, operation, body, leftMs, options)
        return parseAnswer(operation.response, verb === 'standing' ? fromProtocol1(answer) : answer)
      } catch (error) {
        const again = error instanceof ExchangeFailure && error.reason === 'lost' && attempt < retries
        if (!again || performance.now() + RETRY_DELAY_MS >= deadlineAt) {
          throw await toError(error, target, this.#identity.authorities)
        }
        await pauseFor(RETRY_DELAY_MS * (attempt + 1))
      }
    }
  }

  /** A verb that carries bytes: its answer is the caller's to read, or to destroy. */
  bytes(target: AgentTarget, exchange: ByteExchange): Promise<IncomingMessage> {
    return this.#over(target, (lanes) => exchangeBytes(lanes, exchange))
  }

  /** A verb that makes a tunnel: bytes in both directions, the caller's to end. It ends with the other connections to the host. */
  tunnel(target: AgentTarget, verb: TunnelVerb, request: OpenTunnel, signal: AbortSignal): Promise<Duplex> {
    return this.#over(target, (lanes) => exchangeTunnel(lanes, verb, request, signal))
  }

  async #over<T>(target: AgentTarget, exchange: (lanes: HostLanes) => Promise<T>): Promise<T> {
    try {
      return await exchange(this.#connectionTo(target).connection)
    } catch (error) {
      throw await toError(error, target, this.#identity.authorities)
    }
  }

  /** What the next `status` of each host says of how often it is to measure, as the value of `MEASURING`. */
  tellMeasuring(value: string): void {
    this.#measuring = value
  }

  /** The sweep's question. An answer that says the same as the one before is recognised without parsing it. */
  async status(target: AgentTarget, timeoutMs: number = VERBS.status.timeoutMs): Promise<StatusAnswer> {
    const known = this.#connectionTo(target)
    const headers = {
      ...knownLists(known),
      ...(this.#measuring === undefined ? {} : { [MEASURING]: this.#measuring }),
      ...(known.lastTag === undefined ? {} : { 'if-none-match': known.lastTag }),
    }
    const times = { timeoutMs, connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) }
    try {
      return readStatus(known, await known.connection.poll(VERBS.status.path, headers, times))
    } catch (error) {
      throw await toError(error, target, this.#identity.authorities)
    }
  }

  /** Forgets what the host said last, so that the next `status` carries everything. */
  forgetStatus(hostId: string): void {
    this.readStatusAnew(hostId)
    const known = this.#known.get(hostId)
    if (known) known.lists = {}
  }

  /** What the host said last is overtaken: the next `status` is read, whatever it says. */
  readStatusAnew(hostId: string): void {
    const known = this.#known.get(hostId)
    if (known) known.lastTag = known.lastTail = undefined
  }

  /** Lists of these versions were taken in; the host need not send them again. */
  tookIn(hostId: string, versions: ListVersions | undefined): void {
    const known = this.#known.get(hostId)
    if (known && versions) known.lists = { ...known.lists, ...versions }
  }

  /** Follows a host's events until the stream is lost or the signal aborts; then rejects. */
  async follow(target: AgentTarget, options: EventOptions): Promise<never> {
    const known = this.#connectionTo(target)
    const { connection } = known
    let idle: NodeJS.Timeout | undefined
    try {
      return await connection.exchange<never>(
        {
          lane: 'events',
          method: 'GET',
          path: VERBS.events.path,
          timeoutMs: 0,
          connectTimeoutMs: CONNECT_TIMEOUT_MS,
          signal: options.signal,
          headers: knownLists(known),
        },
        (response, _succeed, fail) => {
          if (response.statusCode !== 200) {
            readBody(response, (body) => fail(errorFromBody(response.statusCode ?? 0, body)), fail)
            return
          }
          idle = setTimeout(() => fail(new ExchangeFailure('timeout', false)), options.idleMs)
          options.onOpen()
          const take = (message: StreamMessage) => {
            idle?.refresh()
            options.onMessage(message)
          }
          const lost = () => fail(new ExchangeFailure('lost', false))
          readMessages(response, take, lost, fail, eventsFromProtocol1())
        },
      )
    } catch (error) {
      throw await toError(error, target, this.#identity.authorities)
    } finally {
      clearTimeout(idle)
    }
  }

  /** Nothing new is sent on it; what is under way may take the 10 minutes of the longest operation. */
  #retire(hostId: string, connection: HostLanes): void {
    const old: Retired = {
      hostId,
      connection,
      timer: setTimeout(() => {
        connection.destroy()
        this.#retired.delete(old)
      }, RETIRE_MS).unref(),
    }
    this.#retired.add(old)
  }

  #connectionTo(target: AgentTarget): Known {
    if (this.#cutOff.has(target.hostId)) {
      throw new HoldfastError('host_unreachable', 'This host has been revoked or deleted.')
    }
    const found = this.#known.get(target.hostId)
    if (found?.connection.address === target.address) return found
    found?.connection.destroy()
    const identity = hostIdentity(this.#identity.installationId, target.hostId)
    const made: Known = {
      connection: new HostLanes(target.address, identity, this.#context),
      lastTag: undefined,
      lastTail: undefined,
      lists: {},
    }
    this.#known.set(target.hostId, made)
    return made
  }

  #exchange(
    connection: HostLanes,
    operation: VerbDeclaration,
    body: unknown,
    timeoutMs: number,
    options: CallOptions,
  ): Promise<unknown> {
    const text = operation.method === 'GET' ? undefined : JSON.stringify(body)
    const exchange: Exchange = {
      lane: operation.mode === 'stream' ? 'work' : 'poll',
      method: operation.method,
      path: operation.path,
      timeoutMs,
      connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, timeoutMs),
      signal: options.signal,
      ...(text === undefined
        ? {}
        : {
            body: text,
            headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) },
          }),
    }
    return connection.exchange<unknown>(exchange, (response, succeed, fail) => {
      if (response.statusCode !== 200) {
        readBody(response, (answer) => fail(errorFromBody(response.statusCode ?? 0, answer)), fail)
      } else if (operation.mode === 'stream') {
        const take = (message: StreamMessage) => {
          if (message.type === 'result') succeed(message.result)
          else if (message.type === 'error') fail(fromWireError(message.error))
          else if (message.type === 'log' || message.type === 'step') options.onMessage?.(message)
        }
        readMessages(response, take, () => fail(new ExchangeFailure('lost', false)), fail)
      } else {
        readBody(response, (answer) => succeed(parseJson(answer)), fail)
      }
    })
  }
}

function knownLists({ lists }: Known): Record<string, string> {
  return Object.keys(lists).length === 0 ? {} : { [KNOWN_LISTS]: writeKnownLists(lists) }
}

function secureContext(identity: ClientIdentity): SecureContext {
  return createSecureContext({
    ca: identity.authorities,
    cert: identity.certificate,
    key: identity.key,
    minVersion: 'TLSv1.3',
  })
}

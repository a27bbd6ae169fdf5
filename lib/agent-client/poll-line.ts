import { isIP } from 'node:net'
import { connect, type SecureContext, type TLSSocket } from 'node:tls'
import { protocolMismatch } from '@/lib/agent-client/answers'
import { checkIdentity, ExchangeFailure, reasonOf } from '@/lib/agent-client/failures'

const MAX_HEAD_BYTES = 16 * 1024
const MAX_BODY_BYTES = 8 * 1024 * 1024
const END_OF_HEAD = Buffer.from('\r\n\r\n')
/** What a header may consist of: with more, a version that an agent has told could begin a request of its own. */
const PRINTABLE = /^[\x20-\x7e]*$/

export interface PollAnswer {
  statusCode: number
  headers: { date?: string; etag?: string }
  body: Buffer
}

export interface PollTimes {
  /** For the whole exchange, in milliseconds. */
  timeoutMs: number
  /** To get a connection, TLS included. */
  connectTimeoutMs: number
}

export interface PollEnds {
  host: string
  port: number
  /** The only name that the certificate of the host may have. */
  identity: string
  secureContext: SecureContext
}

interface Waiting {
  succeed(answer: PollAnswer): void
  fail(error: Error): void
}

/**
 * One kept connection on which one question is asked after the other, by GET, with nothing of Node's HTTP client: a thousand hosts are
 * asked every 15 seconds, mostly to hear that nothing has changed, and that client took more than all the rest. It knows what our agents
 * answer and nothing else: a status, headers, and a body whose length is told. Everything else is a protocol mismatch, and ends the
 * connection.
 */
export class PollLine {
  readonly #ends: PollEnds
  readonly #socket: TLSSocket
  #waiting: Waiting | null = null
  /** What has come of an answer, and how many bytes there have to be before it is worth another look. */
  #held: Buffer[] = []
  #heldBytes = 0
  #neededBytes = 0
  #asked = 0
  #isConnected = false

  constructor(ends: PollEnds) {
    this.#ends = ends
    const { host, port, identity, secureContext } = ends
    // No TLS session is kept: a resumed one would skip the identity check.
    this.#socket = connect({
      host,
      port,
      secureContext,
      minVersion: 'TLSv1.3',
      servername: isIP(host) === 0 ? host : '',
      ALPNProtocols: ['http/1.1'],
      checkServerIdentity: checkIdentity(identity),
    })
    this.#socket.setNoDelay(true)
    this.#socket.once('secureConnect', () => {
      this.#isConnected = true
    })
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#socket.on('error', (error) => this.#lose(error))
    this.#socket.on('end', () => this.close())
    this.#socket.on('close', () => this.#lose())
  }

  get isClosed(): boolean {
    return this.#socket.destroyed
  }

  /** Can it be asked? */
  get isFree(): boolean {
    return !this.isClosed && this.#waiting === null
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Throws `ExchangeFailure`, or a protocol mismatch. */
  ask(path: string, headers: Readonly<Record<string, string>>, times: PollTimes): Promise<PollAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<PollAnswer>()
    const timer = setTimeout(() => this.#expire('timeout'), times.timeoutMs)
    const connectTimer = this.#isConnected
      ? undefined
      : setTimeout(() => this.#isConnected || this.#expire('connect_timeout'), times.connectTimeoutMs)
    // As with any client, an idle connection keeps no process alive.
    this.#socket.ref()
    const settle = () => {
      this.#waiting = null
      this.#socket.unref()
      clearTimeout(timer)
      clearTimeout(connectTimer)
    }
    this.#asked++
    this.#waiting = {
      succeed(answer) {
        settle()
        resolve(answer)
      },
      fail: (error) => {
        settle()
        this.close()
        reject(error)
      },
    }
    const question = this.#questionOf(path, headers)
    // Nothing is said to a host before it has shown who it is.
    if (this.#isConnected) this.#socket.write(question, 'latin1')
    else this.#socket.once('secureConnect', () => this.#socket.write(question, 'latin1'))
    return promise
  }

  #questionOf(path: string, headers: Readonly<Record<string, string>>): string {
    const { host, port } = this.#ends
    let text = `GET ${path} HTTP/1.1\r\nhost: ${host.includes(':') ? `[${host}]` : host}:${port}\r\n`
    for (const name in headers) {
      const value = headers[name] ?? ''
      if (PRINTABLE.test(value)) text += `${name}: ${value}\r\n`
    }
    return `${text}\r\n`
  }

  /** A busy event loop fires timers before it reads what has already arrived; one more turn lets the answer win. */
  #expire(reason: 'timeout' | 'connect_timeout'): void {
    const waiting = this.#waiting
    setImmediate(() => {
      if (waiting !== null && this.#waiting === waiting) waiting.fail(new ExchangeFailure(reason, false))
    })
  }

  #lose(error?: Error): void {
    const reason = error === undefined ? 'lost' : reasonOf(error)
    // The host had closed it before it saw the question.
    const isStale = reason === 'lost' && this.#asked > 1 && this.#heldBytes === 0
    this.#waiting?.fail(new ExchangeFailure(reason, isStale, error))
  }

  #take(chunk: Buffer): void {
    const waiting = this.#waiting
    if (waiting === null) {
      // Nobody has asked.
      this.close()
      return
    }
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes < this.#neededBytes) return
    const bytes = this.#held.length === 1 ? chunk : Buffer.concat(this.#held)
    try {
      const found = readAnswer(bytes)
      if (typeof found === 'number') {
        this.#held = [bytes]
        this.#neededBytes = found
        return
      }
      this.#held = []
      this.#heldBytes = this.#neededBytes = 0
      if (found.isLast) this.close()
      waiting.succeed(found.answer)
    } catch (error) {
      waiting.fail(error as Error)
    }
  }
}

/** A number: there is more to come, and this many bytes are needed at least. Throws a protocol mismatch for what is none of ours. */
export function readAnswer(bytes: Buffer): { answer: PollAnswer; isLast: boolean } | number {
  const end = bytes.indexOf(END_OF_HEAD)
  if (end === -1 || end > MAX_HEAD_BYTES) {
    if (bytes.length > MAX_HEAD_BYTES) throw protocolMismatch()
    return bytes.length + 1
  }
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const statusCode = /^HTTP\/1\.1 ([2-5]\d\d)(?: |$)/.exec(first)?.[1]
  if (statusCode === undefined) throw protocolMismatch()
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  const { date, etag, connection, 'content-length': length } = headers
  const bodyBytes = statusCode === '304' ? 0 : Number(/^\d{1,8}$/.test(length ?? '') ? length : Number.NaN)
  if (headers['transfer-encoding'] !== undefined || !(bodyBytes <= MAX_BODY_BYTES)) throw protocolMismatch()
  const from = end + END_OF_HEAD.length
  if (bytes.length < from + bodyBytes) return from + bodyBytes
  if (bytes.length > from + bodyBytes) throw protocolMismatch()
  return {
    answer: {
      statusCode: Number(statusCode),
      headers: { ...(date !== undefined && { date }), ...(etag !== undefined && { etag }) },
      body: bytes.subarray(from),
    },
    isLast: connection?.toLowerCase() === 'close',
  }
}

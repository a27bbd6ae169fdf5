import { lookup } from 'node:dns/promises'
import { BlockList, createServer, isIP, Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Redactor } from '@/agent/host/exec/redact'
import { errorCode } from '@/agent/host/mounting/paths'
import type { DriverHost, HttpAnswer, HttpRequest } from '@/lib/drivers/contract/driver-host'
import { hostProblem } from '@/lib/drivers/grammar'
import { HoldfastError } from '@/lib/errors'
import { pinnedRequest } from '@/lib/pinned-request'
import { reveal, Secret } from '@/lib/secret'

const RESOLVE_MS = 5_000
const CONNECT_MS = 5_000
const REQUEST_MS = 15_000
const BODY_CAP = 64 * 1024
/** Name lookups sit in Node's four worker threads until the resolver gives up; two at most, so that the rest stays usable. */
const LOOKUPS = 2

export interface NetworkLimits {
  /** Throws `policy_denied` for an address that this host may not reach. */
  checkAddress(address: string): void
  /** Addresses of a name; the resolver of this machine unless a test brings its own. */
  lookup?: (name: string) => Promise<string[]>
  /** Port of this agent itself: never storage, at whichever of this machine's addresses. */
  ownPort?: number
  redactor: Redactor
  deadlineAt?: number
  signal?: AbortSignal
}

let lookupsLeft = LOOKUPS
const waiting: (() => void)[] = []

async function systemLookup(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map((entry) => entry.address)
}

async function boundedLookup(name: string, ask: (name: string) => Promise<string[]>): Promise<string[]> {
  while (lookupsLeft === 0) await new Promise<void>((resolve) => waiting.push(resolve))
  lookupsLeft--
  try {
    return await ask(name)
  } finally {
    lookupsLeft++
    waiting.shift()?.()
  }
}

/** Connections that drivers make: the name is resolved once, every address is checked, and the checked address is used. */
export function createNetwork(limits: NetworkLimits): DriverHost['net'] {
  const budget = (most: number) => {
    const left = Math.min(most, (limits.deadlineAt ?? Number.POSITIVE_INFINITY) - performance.now())
    if (left <= 0 || limits.signal?.aborted)
      throw new HoldfastError('timed_out', 'There was no time left for the network.')
    return Math.ceil(left)
  }

  async function resolve(name: string): Promise<string[]> {
    const plain = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name
    if (isIP(plain) === 0 && hostProblem(plain) !== null) {
      throw new HoldfastError('invalid_input', 'The server must be a host name or an IP address.')
    }
    const addresses = isIP(plain) === 0 ? await find(plain, budget(RESOLVE_MS), limits.lookup ?? systemLookup) : [plain]
    for (const address of addresses) limits.checkAddress(address)
    return addresses
  }

  async function connect(host: string, port: number): Promise<number> {
    const addresses = await resolve(host)
    for (const address of addresses) refuseSelf(address, port, limits.ownPort)
    let failure: HoldfastError | undefined
    for (const address of addresses) {
      const ms = budget(CONNECT_MS)
      try {
        return await open(address, port, ms, limits.signal)
      } catch (error) {
        failure = unreachable(`${host} port ${port}`, errorCode(error))
      }
    }
    throw failure ?? unreachable(host, 'ENOTFOUND')
  }

  async function request(asked: HttpRequest): Promise<HttpAnswer> {
    const url = parseUrl(asked.url)
    if (asked.body !== undefined && Buffer.byteLength(asked.body) > BODY_CAP) {
      throw new HoldfastError('invalid_input', 'The body of a request is too large.')
    }
    const [address] = await resolve(asked.address ?? url.hostname)
    if (address === undefined) throw unreachable(url.host, 'ENOTFOUND')
    refuseSelf(address, Number(url.port) || (url.protocol === 'https:' ? 443 : 80), limits.ownPort)
    return exchange(asked, url, address, budget(REQUEST_MS), limits)
  }

  return { resolve, connect, request }
}

/** Addresses of this machine now. A block list also knows the IPv6 spellings of an IPv4 address. */
function isThisMachine(address: string): boolean {
  const own = new BlockList()
  own.addSubnet('127.0.0.0', 8, 'ipv4')
  own.addSubnet('0.0.0.0', 8, 'ipv4')
  own.addSubnet('::', 127, 'ipv6')
  for (const card of Object.values(networkInterfaces()))
    for (const { address: one, family } of card ?? []) own.addAddress(one, family === 'IPv6' ? 'ipv6' : 'ipv4')
  return own.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function refuseSelf(address: string, port: number, ownPort: number | undefined): void {
  if (port !== ownPort || !isThisMachine(address)) return
  throw new HoldfastError('policy_denied', `${address} port ${port} is the agent of this host itself.`)
}

async function find(name: string, ms: number, ask: (name: string) => Promise<string[]>): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unreachable(name, 'ETIMEDOUT')), ms)
  })
  try {
    return await Promise.race([boundedLookup(name, ask), late])
  } catch (error) {
    throw error instanceof HoldfastError ? error : unreachable(name, errorCode(error))
  } finally {
    clearTimeout(timer)
  }
}

function open(address: string, port: number, ms: number, signal: AbortSignal | undefined): Promise<number> {
  const startedAt = performance.now()
  const socket = new Socket(signal === undefined ? {} : { signal })
  return new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })), ms)
    socket.once('connect', () => resolve(performance.now() - startedAt))
    socket.once('error', reject)
    socket.once('close', () => clearTimeout(timer))
    socket.connect({ host: address, port, family: isIP(address) })
  }).finally(() => socket.destroy())
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const plain = url !== null && url.username === '' && url.password === '' && url.hash === ''
  if (url !== null && plain && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  throw new HoldfastError(
    'invalid_input',
    'The address must begin with http:// or https:// and hold no user or fragment.',
  )
}

async function exchange(
  asked: HttpRequest,
  url: URL,
  address: string,
  ms: number,
  limits: NetworkLimits,
): Promise<HttpAnswer> {
  const startedAt = performance.now()
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(asked.headers ?? {})) {
    if (value instanceof Secret) limits.redactor.add(value)
    headers[name] = value instanceof Secret ? reveal(value) : value
  }
  const timeout = AbortSignal.timeout(ms)
  const signal = AbortSignal.any([timeout, ...(limits.signal === undefined ? [] : [limits.signal])])
  const { method, body, ca, unverified } = asked
  try {
    const answer = await pinnedRequest({ url, address, method, headers, body, ca, unverified, signal })
    return { ...answer, durationMs: performance.now() - startedAt }
  } catch (error) {
    throw unreachable(url.host, timeout.aborted ? 'ETIMEDOUT' : errorCode(error))
  }
}

function unreachable(what: string, errno: string): HoldfastError {
  return new HoldfastError('backend_unreachable', `${what} cannot be reached (${errno}).`, { details: { errno } })
}

/** A port of loopback that is free now. */
export function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { controllerIdentity, ENROLL_PATH, EnrollRequest, type EnrollResponse } from '@/lib/agent-protocol/enrollment'
import type { FleetCa, KeyPair } from '@/lib/controller/fleet/fleet-ca'
import { freeHostName, insertHost, isJoinTokenValid, spendJoinToken } from '@/lib/controller/fleet/hosts-repository'
import type { Db, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import type { Log } from '@/lib/log'
import { settleMembership } from '@/lib/mounts/membership'
import { guard, serverOptions } from '@/lib/server/guard'
import { allowHeader, refusedMethod } from '@/lib/server/http-methods'
import { FLEET_LIMITS, HANDSHAKE_MS } from '@/lib/server/limits'
import { Refusals } from '@/lib/server/refusals'
import { networkOf } from '@/lib/server/sockets'

/** Failures of one address (or IPv6 network) within a minute, and of all together. */
const FAILURES_PER_ADDRESS = 20
const FAILURES_IN_ALL = 600
const WINDOW_MS = 60_000
/** Files of the agent, for `curl` on a new host. */
const AGENT_PATH = '/v1/agent/'
const FLEET_METHODS = ['GET', 'POST']

export interface EnrolmentParts {
  prisma: PrismaClient
  ca: FleetCa
  log: Log
  /** Folder with the packaged agent, if it has been built. */
  agentDirectory: string
  /** Notes the enrolment in the audit, in the transaction that makes the host. */
  audit(tx: Db, host: { id: string; name: string; address: string; createdBy: string }): Promise<void>
  onEnrolled(hostId: string): void
}

export interface FleetPort {
  port: number
  replaceCertificate(pair: KeyPair): void
  close(): Promise<void>
}

export function hashJoinToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Counts failures in a sliding minute; in memory, since a join token is 256 random bits and lives for 15 minutes. */
export class FailureLimiter {
  readonly #failures = new Map<string, number[]>()
  #all: number[] = []

  allows(address: string, now = Date.now()): boolean {
    const from = now - WINDOW_MS
    this.#all = this.#all.filter((at) => at >= from)
    const mine = (this.#failures.get(address) ?? []).filter((at) => at >= from)
    if (mine.length > 0) this.#failures.set(address, mine)
    else this.#failures.delete(address)
    return mine.length < FAILURES_PER_ADDRESS && this.#all.length < FAILURES_IN_ALL
  }

  /** Addresses that are counted at this moment. */
  get size(): number {
    return this.#failures.size
  }

  failed(address: string, now = Date.now()): void {
    // Most never come again: a stranger has many addresses, and each would stay.
    if (this.#failures.size >= FAILURES_IN_ALL) {
      for (const [known, times] of this.#failures) {
        if ((times.at(-1) ?? 0) < now - WINDOW_MS) this.#failures.delete(known)
      }
    }
    this.#failures.set(address, [...(this.#failures.get(address) ?? []), now])
    this.#all.push(now)
  }
}

/** `::ffff:192.0.2.1` is an IPv4 address. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '')
}

/** host:port by which the controller will call the host. Throws `invalid_input`. */
export function hostAddress(request: EnrollRequest, remoteAddress: string): string {
  const given = request.advertise ?? remoteAddress
  const match =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/@]+)|([0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*))(?::(\d{1,5}))?$/.exec(given)
  const host = match?.[1] ?? match?.[3]
  const plain = match?.[2]
  const port = match?.[4] ?? String(request.port)
  if (!match || Number(port) < 1 || Number(port) > 65_535) {
    const message = 'Write the address as host or host:port, an IPv6 address in brackets.'
    throw new HoldfastError('invalid_input', message, { fields: [{ field: 'advertise', message }] })
  }
  return host === undefined ? `${plain}:${port}` : `[${host}]:${port}`
}

/** Makes a host of whoever holds a valid join token. The token is spent in the same transaction that makes the host. */
export async function enrol(parts: EnrolmentParts, body: unknown, remoteAddress: string): Promise<EnrollResponse> {
  const parsed = EnrollRequest.safeParse(body)
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }))
    throw new HoldfastError('invalid_input', 'The request to join is not valid.', { fields })
  }
  const { prisma, ca, log } = parts
  const request = parsed.data
  const tokenHash = hashJoinToken(request.token)
  const refused = () =>
    new HoldfastError(
      'unauthenticated',
      'This join token is not valid: it has been used, is older than 15 minutes, or was never made. Make a new one in the console.',
    )
  // Cheap things first: a stranger must not be able to make this process sign anything.
  if (!(await isJoinTokenValid(prisma, tokenHash, new Date()))) throw refused()
  const address = hostAddress(request, remoteAddress)
  const hostId = newId('host')
  const issued = await ca.issueHost(hostId, request.csr)
  const name = await retryContention(() =>
    prisma.$transaction(async (tx) => {
      const token = await spendJoinToken(tx, tokenHash, hostId, new Date())
      if (!token) throw refused()
      const host = { id: hostId, name: await freeHostName(tx, token.hostName ?? request.hostname), address }
      await insertHost(tx, {
        ...host,
        labels: token.labels,
        certificateSerial: issued.serial,
        certificateNotAfter: issued.notAfter,
      })
      // It gets the mounts that are for its labels, or for all, as soon as it answers.
      await settleMembership(tx, { hostId })
      await parts.audit(tx, { ...host, createdBy: token.createdBy })
      return host.name
    }),
  )
  log.info('a host has joined', { hostId, name, address })
  parts.onEnrolled(hostId)
  return {
    hostId,
    installationId: ca.installationId,
    certificate: issued.certificate,
    authorities: ca.authorities,
    controllerIdentity: controllerIdentity(ca.installationId),
  }
}

/** The server has seen to it that the body is small. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new HoldfastError('invalid_input', 'The body is not valid JSON.')
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(text)
}

function errorBody({ code, message, fields }: HoldfastError) {
  return { error: { code, message, ...(fields ? { fields } : {}) } }
}

/** Sends a file of the packaged agent; only plain names that are really in the folder. */
function sendAgentFile(response: ServerResponse, directory: string, name: string): boolean {
  let names: string[]
  try {
    names = readdirSync(directory)
  } catch {
    return false
  }
  if (!names.includes(name)) return false
  const file = path.join(directory, name)
  const stat = statSync(file)
  if (!stat.isFile()) return false
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': stat.size })
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response)
  return true
}

/** The fleet port: hosts enrol here, and can fetch the agent. It answers nothing else. */
export async function openFleetPort(
  parts: EnrolmentParts,
  listen: { host: string; port: number },
  pair: KeyPair,
): Promise<FleetPort> {
  const failures = new FailureLimiter()
  const refusals = new Refusals(parts.log)
  const tls = (from: KeyPair) => ({
    key: from.key,
    // The CA goes along, so that a host can compare it with the fingerprint it was given.
    cert: `${from.certificate.trimEnd()}\n${parts.ca.authorities}`,
    minVersion: 'TLSv1.3' as const,
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = refusedMethod(request.method, FLEET_METHODS)
    if (refused) throw refused
    const url = (request.url ?? '').split('?')[0] ?? ''
    if (request.method === 'POST' && url === ENROLL_PATH) {
      const address = plainAddress(request.socket.remoteAddress)
      const network = networkOf(address)
      if (!failures.allows(network)) {
        throw new HoldfastError('rate_limited', 'Too many attempts to join have failed; wait a minute.')
      }
      try {
        sendJson(response, 200, await enrol(parts, await readJson(request), address))
      } catch (error) {
        failures.failed(network)
        throw error
      }
    } else if (
      !(
        request.method === 'GET' &&
        url.startsWith(AGENT_PATH) &&
        sendAgentFile(response, parts.agentDirectory, url.slice(AGENT_PATH.length))
      )
    ) {
      throw new HoldfastError('not_found', 'There is nothing at this address.')
    }
  }

  const server: Server = createServer({
    ...tls(pair),
    ...serverOptions(FLEET_LIMITS),
    handshakeTimeout: HANDSHAKE_MS,
  })
  guard(server, {
    limits: FLEET_LIMITS,
    onRequest: (request, response) => {
      answer(request, response).catch((error: unknown) => {
        const known = toHoldfastError(error)
        if (known.code === 'internal') parts.log.error('a request on the fleet port failed', { error })
        else refusals.note(known.code, plainAddress(request.socket.remoteAddress))
        if (response.headersSent) return response.destroy()
        sendJson(response, known.status, errorBody(known), {
          connection: 'close',
          ...(known.code === 'rate_limited' ? { 'retry-after': '60' } : {}),
          ...allowHeader(known),
        })
      })
    },
    describe: (error) => ({ type: 'application/json', text: JSON.stringify(errorBody(error)) }),
    methods: FLEET_METHODS,
    onRefused: (refusal, address) => refusals.note(refusal, plainAddress(address)),
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new HoldfastError(
          'unavailable',
          `The fleet port ${listen.host}:${listen.port} cannot be used (${error.code}); set HOLDFAST_FLEET_PORT to another value.`,
          { cause: error },
        ),
      ),
    )
    server.listen(listen, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    replaceCertificate: (next) => server.setSecureContext(tls(next)),
    close() {
      refusals.close()
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

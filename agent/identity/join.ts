import { createPrivateKey, X509Certificate } from 'node:crypto'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import { createCertificateRequest, createKey } from '@/agent/identity/certificate-request'
import { whyRefused } from '@/agent/identity/clock'
import { checkHostCertificate, type Identity } from '@/agent/identity/identity'
import { ENROLL_PATH, EnrollRequest, EnrollResponse } from '@/lib/agent-protocol/enrollment'
import { ErrorBody } from '@/lib/agent-protocol/messages'
import { PROTOCOL_VERSION } from '@/lib/agent-protocol/verbs'
import { HoldfastError } from '@/lib/errors'
import { reveal, type Secret } from '@/lib/secret'
import { isAboutDates } from '@/lib/server/shown-certificate'

const CONNECT_TIMEOUT_MS = 15_000
const MAX_ANSWER_BYTES = 256 * 1024
const TLS = { minVersion: 'TLSv1.3', ALPNProtocols: ['http/1.1'] } as const

export interface JoinOptions {
  /** The controller's fleet port, `https://host:port`. */
  url: string
  token: Secret
  /** sha256 of the DER of the fleet CA, hex, with or without colons. */
  fingerprint: string
  hostname: string
  port: number
  /** host or host:port to be called by, when the address that the controller sees is not the right one. */
  advertise?: string
}

/** 64 hex digits, upper case. */
export function parseFingerprint(text: string): string {
  const hex = text
    .trim()
    .replace(/^sha256:/i, '')
    .replace(/:/g, '')
    .toUpperCase()
  if (!/^[0-9A-F]{64}$/.test(hex)) {
    throw new HoldfastError(
      'invalid_input',
      '--ca must be the sha256 fingerprint of the fleet CA: 64 hex digits, as the console shows it.',
    )
  }
  return hex
}

function parseFleetUrl(text: string): URL {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:' || url.username !== '' || url.pathname !== '/' || url.search !== '') {
    throw new HoldfastError('invalid_input', 'The controller URL must look like https://controller.example.org:3001.')
  }
  return url
}

function unreachable(url: URL, cause: unknown): HoldfastError {
  const code = (cause as { code?: unknown }).code
  const why = typeof code === 'string' ? code : cause instanceof Error ? cause.message : 'no answer'
  return new HoldfastError('host_unreachable', `The controller at ${url.host} cannot be reached (${why}).`, { cause })
}

/** IPv6 without its brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}

/**
 * Asks the server for its chain and takes out the CA with the pinned fingerprint. Nothing is sent on this connection, and nothing
 * else in the chain is believed; that the server really holds a certificate of this CA is proved by the next connection.
 */
function fetchPinnedAuthority(url: URL, fingerprint: string): Promise<X509Certificate> {
  const { promise, resolve, reject } = Promise.withResolvers<X509Certificate>()
  const host = hostOf(url)
  const socket = connect({
    ...TLS,
    host,
    port: Number(url.port || 443),
    ...(isIP(host) ? {} : { servername: host }),
    rejectUnauthorized: false,
  })
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('no answer in 15 s')))
  socket.once('error', (error) => reject(unreachable(url, error)))
  socket.once('close', () => reject(unreachable(url, new Error('the connection was closed'))))
  socket.once('secureConnect', () => {
    const seen = new Set<string>()
    let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
    while (at?.raw && !seen.has(at.fingerprint256)) {
      seen.add(at.fingerprint256)
      if (at.fingerprint256.replaceAll(':', '') === fingerprint) {
        resolve(new X509Certificate(at.raw))
        break
      }
      at = at.issuerCertificate
    }
    reject(
      new HoldfastError(
        'unauthenticated',
        `The server at ${url.host} does not show the CA with this fingerprint. Compare --ca with the console; if it is right, somebody else answers at this address.`,
      ),
    )
    socket.destroy()
  })
  return promise
}

interface Answer {
  status: number
  body: unknown
}

/** One POST over a connection that trusts this CA alone, for the name or address in the URL. */
function post(url: URL, authority: X509Certificate, body: unknown): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const payload = Buffer.from(JSON.stringify(body))
  const request = httpsRequest(new URL(ENROLL_PATH, url), {
    ...TLS,
    method: 'POST',
    agent: false,
    ca: authority.toString(),
    rejectUnauthorized: true,
    headers: { 'content-type': 'application/json', 'content-length': payload.length, accept: 'application/json' },
    signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS),
  })
  const refuse = async (error: Error) => {
    const code = String((error as NodeJS.ErrnoException).code ?? '')
    const why = isAboutDates(error) ? await whyRefused(url, authority.toString()) : null
    if (why !== null) {
      const message = `The certificate of the controller ${why} The token was not sent.`
      reject(new HoldfastError('unauthenticated', message, { cause: error }))
      return
    }
    const isTls = /CERT|SIGNATURE|ISSUER|CHAIN|PURPOSE|CA_/.test(code)
    reject(
      isTls
        ? new HoldfastError(
            'unauthenticated',
            `The certificate of ${url.host} is not good for this address (${code}). The token was not sent.`,
            { cause: error },
          )
        : unreachable(url, error),
    )
  }
  request.once('error', (error) => void refuse(error))
  request.once('response', (response) => {
    const chunks: Buffer[] = []
    let size = 0
    response.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MAX_ANSWER_BYTES) request.destroy(new Error('the answer is too long'))
      else chunks.push(chunk)
    })
    response.once('error', (error) => reject(unreachable(url, error)))
    response.once('end', () => {
      let content: unknown
      try {
        content = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      } catch {
        content = undefined
      }
      resolve({ status: response.statusCode ?? 0, body: content })
    })
  })
  request.end(payload)
  return promise
}

function refusal(answer: Answer): HoldfastError {
  const problem = ErrorBody.safeParse(answer.body)
  const detail = (answer.body as { detail?: unknown } | undefined)?.detail
  const why = problem.success
    ? problem.data.error.message
    : typeof detail === 'string'
      ? detail
      : `status ${answer.status}`
  return new HoldfastError('forbidden', `The controller refused this host: ${why}`)
}

/**
 * Makes a key, proves that the controller is the one that the console showed (CA fingerprint, signature, name, dates), and only
 * then sends the token and the CSR. Returns the identity to store; nothing is written here.
 */
export async function joinFleet(options: JoinOptions): Promise<Identity> {
  const url = parseFleetUrl(options.url)
  const fingerprint = parseFingerprint(options.fingerprint)
  const key = createKey()
  const body = EnrollRequest.safeParse({
    token: reveal(options.token),
    csr: createCertificateRequest(key),
    hostname: options.hostname,
    port: options.port,
    protocolVersions: [PROTOCOL_VERSION],
    ...(options.advertise === undefined ? {} : { advertise: options.advertise }),
  })
  if (!body.success) {
    const field = String(body.error.issues[0]?.path[0] ?? 'request')
    throw new HoldfastError(
      'invalid_input',
      `The ${field} does not have the right form: ${body.error.issues[0]?.message}.`,
    )
  }
  const authority = await fetchPinnedAuthority(url, fingerprint)
  if (!authority.ca) {
    throw new HoldfastError(
      'unauthenticated',
      'The pinned certificate is not a CA. Use the fingerprint that the console shows.',
    )
  }
  const answer = await post(url, authority, body.data)
  if (answer.status !== 200 && answer.status !== 201) throw refusal(answer)
  const parsed = EnrollResponse.safeParse(answer.body)
  if (!parsed.success) {
    throw new HoldfastError(
      'internal',
      `The controller at ${url.host} gave an answer that this agent does not understand.`,
    )
  }
  const { hostId, installationId, certificate, authorities, controllerIdentity } = parsed.data
  const identity: Identity = {
    version: 1,
    installationId,
    hostId,
    controllerIdentity,
    controllerUrl: url.origin,
    port: options.port,
    key,
    certificate,
    authorities,
  }
  checkHostCertificate(identity, createPrivateKey(key))
  return identity
}

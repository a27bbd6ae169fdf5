import type { PeerCertificate } from 'node:tls'

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

/** The certificate has exactly one name, and it is this host's; the address it answers on proves nothing. */
export function checkIdentity(identity: string) {
  return (_host: string, certificate: PeerCertificate): Error | undefined =>
    certificate.subjectaltname === `URI:${identity}`
      ? undefined
      : Object.assign(new Error('the certificate names another host'), { code: 'HOLDFAST_IDENTITY' })
}

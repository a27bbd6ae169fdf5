import type { ProblemId } from '@/lib/drivers/problems/catalogue'

/** Which problem a code means: an errno, a status, a code of a protocol. */
export type CodeTable = Readonly<Record<string, ProblemId>>
/** Which problem the words of a tool mean. The first that matches wins. */
export type MessageTable = readonly { readonly pattern: RegExp; readonly problem: ProblemId }[]

/** The problem of a table that a code leads to, or null. */
export function matchCode<Table extends CodeTable>(table: Table, code: string): Table[keyof Table] | null {
  return Object.hasOwn(table, code) ? (table[code as keyof Table] as Table[keyof Table]) : null
}

/** The problem of a table that the words of a tool lead to, or null. */
export function matchMessage<Table extends MessageTable>(table: Table, said: string): Table[number]['problem'] | null {
  return table.find(({ pattern }) => pattern.test(said))?.problem ?? null
}

/** errno of a connection attempt. */
export const CONNECT_ERRNO = {
  ECONNREFUSED: 'network.refused',
  ECONNRESET: 'network.reset',
  EPIPE: 'network.reset',
  ETIMEDOUT: 'network.timed_out',
  EHOSTDOWN: 'network.timed_out',
  EHOSTUNREACH: 'network.no_route',
  ENETUNREACH: 'network.no_route',
  EADDRNOTAVAIL: 'network.no_route',
  ENOTFOUND: 'name.not_found',
  ENODATA: 'name.not_found',
  EAI_AGAIN: 'name.server_failed',
  EAI_FAIL: 'name.server_failed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls.certificate_unknown',
  UNABLE_TO_GET_ISSUER_CERT: 'tls.certificate_unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls.certificate_unknown',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls.certificate_unknown',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls.certificate_unknown',
  CERT_HAS_EXPIRED: 'tls.certificate_expired',
  CERT_NOT_YET_VALID: 'tls.certificate_expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls.certificate_name',
  EPROTO: 'tls.failed',
  ERR_SSL_WRONG_VERSION_NUMBER: 'tls.failed',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'tls.failed',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'tls.failed',
} as const satisfies CodeTable

/** errno of looking at a mounted storage. */
export const ACCESS_ERRNO = {
  EACCES: 'access.denied',
  EPERM: 'access.denied',
  ESTALE: 'access.stale',
  ENOTCONN: 'rclone.ended',
} as const satisfies CodeTable

/** errno of writing to it. */
export const WRITE_ERRNO = {
  EACCES: 'write.denied',
  EPERM: 'write.denied',
  EROFS: 'write.read_only',
  ENOSPC: 'write.full',
  EDQUOT: 'write.quota',
  ESTALE: 'access.stale',
  ENOTCONN: 'rclone.ended',
} as const satisfies CodeTable

/** What a web server says to plain HTTP on a port for HTTPS: nginx, Go (MinIO, Traefik, Caddy), Apache, others. */
export const PLAIN_HTTP_TO_HTTPS =
  /plain HTTP request was sent to (?:an )?HTTPS port|HTTP request to an HTTPS server|speaking plain HTTP to an SSL-enabled|requires? (?:TLS|https)|This combination of host and port requires TLS/i

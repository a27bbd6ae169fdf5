import type { ProblemId } from '@/lib/drivers/error-catalogue'

/** How errno, the words of tools and the codes of servers lead to an entry of the catalogue. Data only; see `problem.ts`. */

/** errno of a connection attempt. */
export const CONNECT_ERRNO: Readonly<Record<string, ProblemId>> = {
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
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 's3.certificate_unknown',
  UNABLE_TO_GET_ISSUER_CERT: 's3.certificate_unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 's3.certificate_unknown',
  SELF_SIGNED_CERT_IN_CHAIN: 's3.certificate_unknown',
  DEPTH_ZERO_SELF_SIGNED_CERT: 's3.certificate_unknown',
  CERT_HAS_EXPIRED: 's3.certificate_expired',
  CERT_NOT_YET_VALID: 's3.certificate_expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 's3.certificate_name',
  EPROTO: 's3.tls_failed',
  ERR_SSL_WRONG_VERSION_NUMBER: 's3.tls_failed',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 's3.tls_failed',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 's3.tls_failed',
}

/** errno of looking at a mounted storage. */
export const ACCESS_ERRNO: Readonly<Record<string, ProblemId>> = {
  EACCES: 'access.denied',
  EPERM: 'access.denied',
  ESTALE: 'access.stale',
  ENOTCONN: 's3.daemon_ended',
}

/** errno of writing to it. */
export const WRITE_ERRNO: Readonly<Record<string, ProblemId>> = {
  EACCES: 'write.denied',
  EPERM: 'write.denied',
  EROFS: 'write.read_only',
  ENOSPC: 'write.full',
  EDQUOT: 'write.quota',
  ESTALE: 'access.stale',
  ENOTCONN: 's3.daemon_ended',
}

/**
 * What mount(8) and mount.nfs (nfs-utils) print on failure; they all exit with 32, so the text decides. First match wins.
 * The texts come from nfs-utils `utils/mount/error.c` and from recorded runs.
 */
export const NFS_MOUNT_MESSAGES: readonly { pattern: RegExp; problem: ProblemId }[] = [
  {
    pattern: /you might need a \/sbin\/mount\.<type> helper|bad option; for several filesystems/i,
    problem: 'nfs.helper_missing',
  },
  {
    pattern: /failed to resolve server|name or service not known|temporary failure in name resolution/i,
    problem: 'name.not_found',
  },
  // EAGAIN of the resolver, which mount.nfs reports for version 3.
  { pattern: /resource temporarily unavailable/i, problem: 'name.not_found' },
  { pattern: /is not a directory/i, problem: 'nfs.not_directory' },
  { pattern: /access denied by server/i, problem: 'nfs.export_denied' },
  {
    pattern: /reason given by server: no such file or directory|special device .* does not exist/i,
    problem: 'nfs.export_missing',
  },
  { pattern: /reason given by server: permission denied/i, problem: 'nfs.export_denied' },
  { pattern: /rpc\.statd is not running/i, problem: 'nfs.lock_service_missing' },
  {
    pattern:
      /requested nfs version or transport protocol is not supported|protocol not supported|program\/version mismatch/i,
    problem: 'nfs.version_unsupported',
  },
  { pattern: /incorrect mount option|invalid argument|parsing error on/i, problem: 'nfs.bad_option' },
  { pattern: /no such device|unknown filesystem type/i, problem: 'nfs.kernel_missing' },
  { pattern: /key has expired|required key not available|rpc\.gssd/i, problem: 'nfs.kerberos' },
  { pattern: /connection refused/i, problem: 'network.refused' },
  { pattern: /program not registered/i, problem: 'nfs.not_running' },
  { pattern: /timed out/i, problem: 'network.timed_out' },
  { pattern: /no route to host|network is unreachable/i, problem: 'network.no_route' },
  { pattern: /host is down/i, problem: 'network.timed_out' },
  { pattern: /connection reset/i, problem: 'network.reset' },
  { pattern: /stale file handle/i, problem: 'access.stale' },
  { pattern: /operation not permitted/i, problem: 'nfs.not_permitted' },
  { pattern: /permission denied/i, problem: 'nfs.export_denied' },
  { pattern: /no such file or directory/i, problem: 'nfs.export_missing' },
]

/** What mount(8) prints for a bind mount. */
export const BIND_MOUNT_MESSAGES: readonly { pattern: RegExp; problem: ProblemId }[] = [
  { pattern: /special device .* does not exist|no such file or directory/i, problem: 'local.missing' },
  { pattern: /not a directory/i, problem: 'local.not_directory' },
  { pattern: /permission denied|operation not permitted|must be superuser/i, problem: 'mount.not_permitted' },
]

/** Errors of the RPC library, as rpcinfo and showmount print them. */
export const RPC_MESSAGES: readonly { pattern: RegExp; problem: ProblemId }[] = [
  { pattern: /unknown host|name or service not known|can't get address/i, problem: 'name.not_found' },
  { pattern: /connection refused/i, problem: 'network.refused' },
  { pattern: /no route to host|network is unreachable/i, problem: 'network.no_route' },
  { pattern: /timed out/i, problem: 'network.timed_out' },
  { pattern: /program\/version mismatch/i, problem: 'nfs.version_unsupported' },
  {
    pattern: /program not registered|program unavailable|unable to receive|port mapper failure/i,
    problem: 'nfs.not_running',
  },
  { pattern: /authentication error|permission denied/i, problem: 'nfs.export_denied' },
]

/** The `<Code>` of an S3 error answer. */
export const S3_CODES: Readonly<Record<string, ProblemId>> = {
  SignatureDoesNotMatch: 's3.wrong_secret',
  InvalidAccessKeyId: 's3.unknown_key',
  InvalidAccessKey: 's3.unknown_key',
  NoSuchAccessKey: 's3.unknown_key',
  Unauthorized: 's3.unknown_key',
  UnauthorizedAccess: 's3.unknown_key',
  AuthorizationHeaderMalformed: 's3.wrong_region',
  IllegalLocationConstraintException: 's3.wrong_region',
  AuthorizationQueryParametersError: 's3.key_malformed',
  CredentialsNotSupported: 's3.key_malformed',
  InvalidToken: 's3.key_expired',
  ExpiredToken: 's3.key_expired',
  TokenRefreshRequired: 's3.key_expired',
  AccessDenied: 's3.denied',
  AllAccessDisabled: 's3.denied',
  AccountProblem: 's3.denied',
  UserSuspended: 's3.denied',
  MethodNotAllowed: 's3.denied',
  NoSuchBucket: 's3.no_bucket',
  InvalidBucketName: 's3.no_bucket',
  PermanentRedirect: 's3.wrong_endpoint',
  TemporaryRedirect: 's3.wrong_endpoint',
  Redirect: 's3.wrong_endpoint',
  RequestTimeTooSkewed: 's3.clock',
  RequestExpired: 's3.clock',
  SlowDown: 's3.busy',
  ServiceUnavailable: 's3.busy',
  RequestLimitExceeded: 's3.busy',
  TooManyRequests: 's3.busy',
  InternalError: 's3.server_error',
  NoSuchKey: 'write.failed',
  QuotaExceeded: 'write.quota',
  EntityTooLarge: 'write.quota',
  XMinioStorageFull: 'write.full',
  InsufficientStorage: 'write.full',
}

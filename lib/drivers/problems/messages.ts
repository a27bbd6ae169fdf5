import type { ProblemId } from '@/lib/drivers/problems/catalogue'

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
}

/** errno of looking at a mounted storage. */
export const ACCESS_ERRNO: Readonly<Record<string, ProblemId>> = {
  EACCES: 'access.denied',
  EPERM: 'access.denied',
  ESTALE: 'access.stale',
  ENOTCONN: 'rclone.ended',
}

/** The same for an SMB share, where the server and not the owner of a file decides. */
export const CIFS_ACCESS_ERRNO: Readonly<Record<string, ProblemId>> = {
  EACCES: 'cifs.denied',
  EPERM: 'cifs.denied',
  EHOSTDOWN: 'network.timed_out',
  ENOENT: 'cifs.no_folder',
}

/** errno of writing to it. */
export const WRITE_ERRNO: Readonly<Record<string, ProblemId>> = {
  EACCES: 'write.denied',
  EPERM: 'write.denied',
  EROFS: 'write.read_only',
  ENOSPC: 'write.full',
  EDQUOT: 'write.quota',
  ESTALE: 'access.stale',
  ENOTCONN: 'rclone.ended',
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

/** `mount error(13): Permission denied`: mount.cifs (cifs-utils) names the errno. First match wins. */
export const CIFS_MOUNT_MESSAGES: readonly { pattern: RegExp; problem: ProblemId }[] = [
  {
    pattern: /you might need a \/sbin\/mount\.<type> helper|bad option; for several filesystems/i,
    problem: 'cifs.helper_missing',
  },
  { pattern: /could not resolve address/i, problem: 'name.not_found' },
  {
    pattern: /mount error\((?:19|22)\).*not supported by the system|mount error\(19\)|unknown filesystem type/is,
    problem: 'cifs.kernel_missing',
  },
  { pattern: /mount error\(1\)/, problem: 'mount.not_permitted' },
  { pattern: /mount error\((?:2|6)\)/, problem: 'cifs.not_found' },
  { pattern: /mount error\(13\)/, problem: 'cifs.refused' },
  { pattern: /mount error\(20\)/, problem: 'cifs.not_folder' },
  { pattern: /mount error\((?:22|79)\)/, problem: 'cifs.bad_option' },
  { pattern: /mount error\(95\)/, problem: 'cifs.version_refused' },
  { pattern: /mount error\((?:101|113)\)/, problem: 'network.no_route' },
  { pattern: /mount error\(104\)/, problem: 'network.reset' },
  { pattern: /mount error\(111\)/, problem: 'network.refused' },
  { pattern: /mount error\((?:110|112|115)\)/, problem: 'network.timed_out' },
  { pattern: /mount error\(127\)/, problem: 'cifs.password_expired' },
  { pattern: /mount error\(128\)/, problem: 'cifs.account_blocked' },
]

/** NT status codes, as smbclient prints them. What depends on the layer at which they come is in the driver. */
export const SMB_STATUS: Readonly<Record<string, ProblemId>> = {
  NT_STATUS_LOGON_FAILURE: 'cifs.wrong_password',
  NT_STATUS_WRONG_PASSWORD: 'cifs.wrong_password',
  NT_STATUS_NO_SUCH_USER: 'cifs.wrong_password',
  NT_STATUS_ACCOUNT_DISABLED: 'cifs.account_blocked',
  NT_STATUS_ACCOUNT_LOCKED_OUT: 'cifs.account_blocked',
  NT_STATUS_ACCOUNT_EXPIRED: 'cifs.account_blocked',
  NT_STATUS_ACCOUNT_RESTRICTION: 'cifs.account_blocked',
  NT_STATUS_INVALID_LOGON_HOURS: 'cifs.account_blocked',
  NT_STATUS_INVALID_WORKSTATION: 'cifs.account_blocked',
  NT_STATUS_LOGON_TYPE_NOT_GRANTED: 'cifs.account_blocked',
  NT_STATUS_PASSWORD_EXPIRED: 'cifs.password_expired',
  NT_STATUS_PASSWORD_MUST_CHANGE: 'cifs.password_expired',
  NT_STATUS_NO_LOGON_SERVERS: 'cifs.domain_unreachable',
  NT_STATUS_TRUSTED_RELATIONSHIP_FAILURE: 'cifs.domain_unreachable',
  NT_STATUS_TRUSTED_DOMAIN_FAILURE: 'cifs.domain_unreachable',
  NT_STATUS_BAD_NETWORK_NAME: 'cifs.no_share',
  NT_STATUS_NETWORK_NAME_DELETED: 'cifs.no_share',
  NT_STATUS_BAD_DEVICE_TYPE: 'cifs.no_share',
  NT_STATUS_OBJECT_NAME_NOT_FOUND: 'cifs.no_folder',
  NT_STATUS_OBJECT_PATH_NOT_FOUND: 'cifs.no_folder',
  NT_STATUS_NO_SUCH_FILE: 'cifs.no_folder',
  NT_STATUS_NOT_A_DIRECTORY: 'cifs.not_folder',
  NT_STATUS_CONNECTION_REFUSED: 'network.refused',
  NT_STATUS_CONNECTION_RESET: 'network.reset',
  NT_STATUS_CONNECTION_DISCONNECTED: 'network.reset',
  NT_STATUS_IO_TIMEOUT: 'network.timed_out',
  NT_STATUS_HOST_UNREACHABLE: 'network.no_route',
  NT_STATUS_NETWORK_UNREACHABLE: 'network.no_route',
  NT_STATUS_UNSUCCESSFUL: 'cifs.unexpected',
}

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

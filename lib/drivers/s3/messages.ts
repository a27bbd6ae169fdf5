import type { CodeTable, MessageTable } from '@/lib/drivers/problems/messages'

/** MinIO, of plain HTTP on its port for HTTPS. */
export const PLAIN_TO_TLS = 'InsecureClientRequest'

/** The `<Code>` of an S3 error answer, of Amazon and of those who speak S3 after it. */
export const S3_CODES = {
  SignatureDoesNotMatch: 's3.wrong_secret',
  InvalidSignatureException: 's3.wrong_secret',
  InvalidSignature: 's3.wrong_secret',
  InvalidAccessKeyId: 's3.unknown_key',
  InvalidClientTokenId: 's3.unknown_key',
  UnrecognizedClientException: 's3.unknown_key',
  InvalidSecurity: 's3.unknown_key',
  InvalidAccessKey: 's3.unknown_key',
  S3InvalidAccessKeyId: 's3.unknown_key',
  NoSuchAccessKey: 's3.unknown_key',
  Unauthorized: 's3.unknown_key',
  AuthorizationHeaderMalformed: 's3.wrong_region',
  IllegalLocationConstraintException: 's3.wrong_region',
  InvalidLocationConstraint: 's3.wrong_region',
  InvalidRegionName: 's3.wrong_region',
  InvalidRegion: 's3.wrong_region',
  AuthorizationQueryParametersError: 's3.key_malformed',
  CredentialsNotSupported: 's3.key_malformed',
  InvalidToken: 's3.key_expired',
  ExpiredToken: 's3.key_expired',
  TokenRefreshRequired: 's3.key_expired',
  InvalidTokenId: 's3.key_expired',
  AccessDenied: 's3.denied',
  UnauthorizedAccess: 's3.refused',
  AccessForbidden: 's3.refused',
  Forbidden: 's3.refused',
  PermissionDenied: 's3.refused',
  AuthenticationLockout: 's3.locked_out',
  AllAccessDisabled: 's3.account',
  AccountProblem: 's3.account',
  NotSignedUp: 's3.account',
  UserSuspended: 's3.account',
  UserDisable: 's3.account',
  AccountSuspended: 's3.account',
  OptInRequired: 's3.account',
  InvalidPayer: 's3.account',
  BillingNotEnabled: 's3.account',
  UserProjectAccountProblem: 's3.account',
  AccountNotActivated: 's3.account',
  AccountDisabled: 's3.account',
  NotEntitled: 's3.account',
  Arrearage: 's3.account',
  InArrearOrInsufficientBalance: 's3.account',
  UserProjectMissing: 's3.requester_pays',
  [PLAIN_TO_TLS]: 's3.use_https',
  MissingSecurityHeader: 's3.signature_version',
  MissingAuthenticationToken: 's3.signature_version',
  IncompleteSignature: 's3.signature_version',
  AuthenticationRequired: 's3.signature_version',
  MethodNotAllowed: 's3.not_s3',
  NoSuchWebsiteConfiguration: 's3.not_s3',
  WebsiteRedirect: 's3.not_s3',
  InvalidAuthenticationInfo: 's3.azure_blob',
  AuthenticationFailed: 's3.azure_blob',
  NoAuthenticationInformation: 's3.azure_blob',
  NoSuchBucket: 's3.no_bucket',
  InvalidBucketName: 's3.no_bucket',
  NoSuchTenant: 's3.no_bucket',
  TenantNotFound: 's3.no_bucket',
  BucketNotFound: 's3.no_bucket',
  NamespaceNotFound: 's3.no_bucket',
  DBEntityNotfound: 's3.no_bucket',
  PermanentRedirect: 's3.wrong_endpoint',
  PermanentRedirectControlError: 's3.wrong_endpoint',
  EndpointNotFound: 's3.wrong_endpoint',
  TemporaryRedirect: 's3.wrong_endpoint',
  Redirect: 's3.wrong_endpoint',
  IncorrectEndpoint: 's3.wrong_endpoint',
  SecondLevelDomainForbidden: 's3.host_style',
  PathStyleDomainForbidden: 's3.host_style',
  VirtualHostDomainRequired: 's3.host_style',
  RequestTimeTooSkewed: 's3.clock',
  RequestExpired: 's3.clock',
  ExpiredRequest: 's3.clock',
  RequestIsExpired: 's3.clock',
  RequestNotReady: 's3.clock',
  SignatureExpired: 's3.clock',
  SlowDown: 's3.busy',
  SlowDownRead: 's3.busy',
  SlowDownWrite: 's3.busy',
  ServiceUnavailable: 's3.busy',
  Unavailable: 's3.busy',
  RateLimitExceeded: 's3.busy',
  RequestRateLimitExceeded: 's3.busy',
  RequestLimitExceeded: 's3.busy',
  TooManyRequests: 's3.busy',
  ErrTooManyRequest: 's3.busy',
  ErrRequestBytesExceed: 's3.busy',
  Throttling: 's3.busy',
  Throttled: 's3.busy',
  RequestThrottled: 's3.busy',
  ThrottlingException: 's3.busy',
  BandwidthLimitExceeded: 's3.busy',
  Busy: 's3.busy',
  OperationAborted: 's3.busy',
  RequestTimeout: 's3.busy',
  XMinioServerNotInitialized: 's3.busy',
  XMinioIAMNotInitialized: 's3.busy',
  InternalError: 's3.server_error',
  Unrecoverable: 's3.server_error',
  XMinioBackendDown: 's3.server_error',
  XMinioInsufficientReadQuorum: 's3.server_error',
  XMinioInsufficientWriteQuorum: 's3.server_error',
  KeyTooLong: 's3.prefix_too_long',
  KeyTooLongError: 's3.prefix_too_long',
  XMinioInvalidObjectName: 's3.prefix_too_long',
  NoSuchKey: 'write.failed',
  QuotaExceeded: 'write.quota',
  StorageQuotaExceeded: 'write.quota',
  ServiceQuotaExceeded: 'write.quota',
  XMinioAdminBucketQuotaExceeded: 'write.quota',
  EntityTooLarge: 'write.quota',
  StorageCapExceeded: 's3.cap',
  TransactionCapExceeded: 's3.cap',
  DownloadCapExceeded: 's3.cap',
  StorageLimitExceeded: 's3.cap',
  SegmentLimitExceeded: 's3.cap',
  SegmentsLimitExceeded: 's3.cap',
  XMinioStorageFull: 'write.full',
  InsufficientStorage: 'write.full',
} as const satisfies CodeTable

/**
 * What the `<Message>` of an answer tells beyond its code: vendors use a few codes for many things. The words themselves are shown
 * to nobody.
 */
export const S3_MESSAGES = [
  // MinIO, in two versions
  { pattern: /should be sent to API port|must be made to API port/i, problem: 's3.console_port' },
  { pattern: /^An unsupported API call for method/i, problem: 's3.not_s3' },
  // Backblaze
  { pattern: /\bcap exceeded|reached your (?:storage|bandwidth|segment|project)s? limit/i, problem: 's3.cap' },
  { pattern: /\bbucket is not authorized|\bnot entitled\b/i, problem: 's3.denied' },
  // Garage has one code for all of these.
  { pattern: /^Forbidden: No such key/i, problem: 's3.unknown_key' },
  { pattern: /^Forbidden: Invalid signature/i, problem: 's3.wrong_secret' },
  {
    pattern: /\bkey \S{1,80} (?:has |is )?expired|\bkey has expired|\bkey id is (?:inactive|disabled)/i,
    problem: 's3.key_expired',
  },
  { pattern: /\banonymous (?:access|users?)\b|missing x-amz-/i, problem: 's3.signature_version' },
  // SeaweedFS
  { pattern: /requires setting up SeaweedFS S3 authentication/i, problem: 's3.no_keys_set_up' },
  // Amazon, of a bucket that is encrypted with a key of its key service
  { pattern: /\bkms:|\bKMS key\b/i, problem: 's3.kms' },
  // Alibaba, and Oracle
  { pattern: /must be addressed using the specified endpoint/i, problem: 's3.wrong_endpoint' },
  { pattern: /region must be specified/i, problem: 's3.wrong_region' },
  { pattern: /quota (?:is )?(?:has been )?exceeded|exceeds? (?:the |your )?(?:\w+ )?quota/i, problem: 'write.quota' },
  {
    pattern:
      /authorization mechanism|AWS4-HMAC-SHA256|x-amz-content-sha256|signature version|headers present in the request which were not signed|requires a valid Date or x-amz-date|Authorization header is invalid/i,
    problem: 's3.signature_version',
  },
  {
    pattern: /non-empty Access Key|Credential is mal-?formed|access key has length|Malformed Access Key/i,
    problem: 's3.key_malformed',
  },
  { pattern: /requester pays|UserProject/i, problem: 's3.requester_pays' },
  { pattern: /stored using a form of Server Side Encryption/i, problem: 's3.own_key' },
  {
    pattern:
      /signature (?:has )?expired|signature not yet (?:current|valid)|request is not valid yet|request has expired|time (?:is )?too (?:large|skewed)|date is too (?:old|new)/i,
    problem: 's3.clock',
  },
  {
    pattern:
      /account (?:is |has been |has )?(?:not (?:been )?activated|suspended|disabled|closed|inactive|deactivated)|billing account|trial (?:period )?(?:has )?(?:expired|ended|is over)|trial account|non-?payment|overdue|enable R2/i,
    problem: 's3.account',
  },
] as const satisfies MessageTable

/** Proxies say 503 for a server that is not there, of which S3 itself says that it is busy. */
export const NOTHING_BEHIND =
  /No server is available to handle|upstream connect error|no healthy upstream|no available server|503 Service Temporarily Unavailable/i

/** A page that wants to know whether a person is there. */
export const ARE_YOU_A_PERSON = /Just a moment\.\.\.|Attention Required!|cf-chl-|captcha/i

/** nginx wants a certificate of the client. */
export const CERTIFICATE_WANTED = /No required SSL certificate was sent/i

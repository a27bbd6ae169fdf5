import { describe, expect, it } from 'vitest'
import { page, type Row, said, xml } from '@/testing/drivers/s3-answers'

const KEYS: Row[] = [
  [
    'Amazon',
    { answer: xml(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.') },
    's3.unknown_key',
    'does not know this access key id',
  ],
  [
    'Amazon, the secret',
    { answer: xml(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match') },
    's3.wrong_secret',
    'enter it again',
  ],
  [
    'Backblaze, a key of its own API',
    { answer: xml(403, 'InvalidAccessKeyId', 'Malformed Access Key Id') },
    's3.key_malformed',
    'S3 keys',
  ],
  [
    'Amazon, a slash in the key',
    {
      answer: xml(
        400,
        'AuthorizationHeaderMalformed',
        'The authorization header is malformed; a non-empty Access Key (AKID) must be provided in the credential.',
      ),
    },
    's3.key_malformed',
    'swapped or cut',
  ],
  [
    'R2, the key of an API token',
    { answer: xml(400, 'InvalidArgument', 'Credential access key has length 20, should be 32') },
    's3.key_malformed',
    'not an API token',
  ],
  ['R2', { answer: xml(401, 'Unauthorized', 'Unauthorized') }, 's3.unknown_key', 'access key id'],
  [
    'temporary keys',
    { answer: xml(400, 'ExpiredToken', 'The provided token has expired.') },
    's3.key_expired',
    'new key',
  ],
  [
    'the clock',
    {
      answer: xml(
        403,
        'RequestTimeTooSkewed',
        'The difference between the request time and the current time is too large.',
      ),
    },
    's3.clock',
    'clock of the host',
  ],
  ['the clock, in words', { answer: xml(403, 'AccessDenied', 'Request has expired') }, 's3.clock', 'clock of the host'],
  [
    'version 4 is wanted',
    {
      answer: xml(
        400,
        'InvalidRequest',
        'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
      ),
    },
    's3.signature_version',
    'a proxy in between',
  ],
  [
    'a proxy that drops headers',
    { answer: xml(400, 'InvalidRequest', 'Missing required header for this request: x-amz-content-sha256') },
    's3.signature_version',
    'a proxy in between',
  ],
  [
    'Google, without the header',
    { answer: xml(400, 'MissingSecurityHeader', 'Your request was missing a required header.') },
    's3.signature_version',
    'Authorization',
  ],
  [
    'an answer in a wrapper',
    { answer: 'HTTP/1.1 403 x\n\n<ErrorResponse><Error><Code>InvalidAccessKeyId</Code></Error></ErrorResponse>' },
    's3.unknown_key',
    'access key id',
  ],
]

const MESSAGES: Row[] = [
  [
    'Garage, a key',
    { answer: xml(403, 'AccessDenied', 'Forbidden: No such key: GK31c2f218a2e44f485b94239e') },
    's3.unknown_key',
    'does not know',
  ],
  [
    'Garage, a secret',
    { answer: xml(403, 'AccessDenied', 'Forbidden: Invalid signature') },
    's3.wrong_secret',
    'enter it again',
  ],
  [
    'Garage, the clock',
    { answer: xml(400, 'InvalidRequest', 'Bad request: Date is too old') },
    's3.clock',
    'clock of the host',
  ],
  [
    'Alibaba',
    {
      answer: xml(
        403,
        'AccessDenied',
        'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
        '<Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint>',
      ),
    },
    's3.wrong_endpoint',
    'points elsewhere',
  ],
  [
    'Oracle',
    {
      answer: xml(
        403,
        'SignatureDoesNotMatch',
        'The secret key required to complete authentication could not be found. The region must be specified if this is not the home region for the tenancy.',
      ),
    },
    's3.wrong_region',
    'the region in which',
  ],
  [
    'Google',
    {
      answer: xml(
        400,
        'InvalidSecurity',
        'The provided security credentials are not valid.',
        '<Details>Incorrect Authorization header</Details>',
      ),
    },
    's3.unknown_key',
    'access key id',
  ],
  [
    'MinIO, a token',
    { answer: xml(403, 'InvalidTokenId', 'The security token included in the request is invalid') },
    's3.key_expired',
    'new key',
  ],
  ['Wasabi', { answer: xml(403, 'AccessDenied', 'Your account has been disabled') }, 's3.account', 'suspended'],
  [
    'Amazon, HEAD in another region',
    { answer: 'HTTP/1.1 400 Bad Request\nx-amz-bucket-region: eu-west-3\n\n' },
    's3.wrong_region',
    'region eu-west-3',
  ],
  ['nginx, a certificate', { answer: page(400, '400 No required SSL certificate was sent') }, 's3.blocked', 'HTTP 400'],
]

const RIGHTS: Row[] = [
  ['a policy', { answer: xml(403, 'AccessDenied', 'Access Denied') }, 's3.denied', '"media"'],
  ['HEAD or nothing said', { answer: 'HTTP/1.1 403 Forbidden\n\n' }, 's3.denied', '"media"'],
  [
    'Amazon, an account',
    { answer: xml(403, 'AccountProblem', 'There is a problem with your AWS account') },
    's3.account',
    'sign in at the console',
  ],
  [
    'Amazon, all access',
    { answer: xml(403, 'AllAccessDisabled', 'All access to this object has been disabled') },
    's3.account',
    'suspended',
  ],
  [
    'Amazon, no subscription',
    { answer: xml(403, 'NotSignedUp', 'Your account is not signed up for the Amazon S3 service.') },
    's3.account',
    'not signed up',
  ],
  ['Ceph and Hetzner', { answer: xml(403, 'UserSuspended') }, 's3.account', 'suspended'],
  [
    'Google, a project without a bill',
    { answer: xml(403, 'UserProjectAccountProblem', 'The billing account is disabled') },
    's3.account',
    'bill',
  ],
  [
    'Google, requester pays',
    { answer: xml(400, 'UserProjectMissing', 'Bucket is a requester pays bucket but no user project provided.') },
    's3.requester_pays',
    'requester pays',
  ],
  [
    'Backblaze, a cap',
    {
      answer: xml(
        403,
        'AccessDenied',
        'Cannot download file, download bandwidth or transaction (Class B) cap exceeded.',
      ),
    },
    's3.cap',
    'caps',
  ],
  [
    'encrypted by SSE-C',
    {
      answer: xml(
        400,
        'InvalidRequest',
        'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
      ),
    },
    's3.own_key',
    'SSE-C',
  ],
  [
    'no bucket',
    { answer: xml(404, 'NoSuchBucket', 'The specified bucket does not exist', '<BucketName>media</BucketName>') },
    's3.no_bucket',
    '"media"',
  ],
  [
    'Alibaba',
    {
      answer: xml(
        403,
        'SecondLevelDomainForbidden',
        'The bucket you are attempting to access must be addressed using OSS third level domain.',
      ),
    },
    's3.host_style',
    'switch path style off',
  ],
  [
    'Tencent',
    {
      answer: xml(
        403,
        'PathStyleDomainForbidden',
        'The bucket you are attempting to access must be addressed using COS virtual-styled domain.',
      ),
    },
    's3.host_style',
    'switch path style off',
  ],
  [
    'a name that is too long',
    { answer: xml(400, 'KeyTooLongError', 'Your key is too long') },
    's3.prefix_too_long',
    'shorter prefix',
  ],
  [
    'the web address of a bucket',
    { answer: xml(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.') },
    's3.not_s3',
    'address of the S3 API',
  ],
]

const LOAD: Row[] = [
  ['Amazon', { answer: xml(503, 'SlowDown', 'Please reduce your request rate.') }, 's3.busy', 'try again'],
  [
    'MinIO, reads',
    { answer: xml(503, 'SlowDownRead', 'Resource requested is unreadable, please reduce your request rate') },
    's3.busy',
    'try again',
  ],
  [
    'MinIO, at start',
    { answer: xml(503, 'XMinioServerNotInitialized', 'Server not initialized yet, please try again.') },
    's3.busy',
    'try again',
  ],
  [
    'MinIO, a full disk',
    { answer: xml(507, 'XMinioStorageFull', 'Storage backend has reached its minimum free drive threshold.') },
    'write.full',
    'Free space',
  ],
  [
    'MinIO, a quota of the bucket',
    { answer: xml(400, 'XMinioAdminBucketQuotaExceeded', 'Bucket quota exceeded') },
    'write.quota',
    'quota',
  ],
  ['Ceph, a quota', { answer: xml(403, 'QuotaExceeded') }, 'write.quota', 'quota'],
  [
    'a quota in words',
    { answer: xml(403, 'AccessDenied', 'Your storage quota has been exceeded') },
    'write.quota',
    'quota',
  ],
  ['no document', { answer: page(429, 'Too Many Requests') }, 's3.busy', 'try again'],
  ['a full server without a document', { answer: page(507, 'Insufficient Storage') }, 'write.full', 'Free space'],
  [
    'an error of the server',
    { answer: xml(500, 'InternalError', 'We encountered an internal error. Please try again.') },
    's3.server_error',
    'look at its log',
  ],
  ['a code that nobody knows', { answer: xml(400, 'SomethingNew', 'new') }, 's3.unexpected', 'no advice'],
]

describe.each([
  ['keys and signatures', KEYS],
  ['what only the message tells', MESSAGES],
  ['rights', RIGHTS],
  ['load and space', LOAD],
])('an answer about %s', (_about, rows) => {
  it.each(rows)('%s', async (_what, given, problem, advice) => {
    const found = await said(given, (client) => client.expectListable())
    expect(found).toMatchObject({ problem, advice: expect.stringContaining(advice) })
  })
})

import { describe, expect, it } from 'vitest'
import { page, type Row, said, xml } from '@/testing/drivers/s3-answers'

const RIGHTS: Row[] = [
  ['a policy', { answer: xml(403, 'AccessDenied', 'Access Denied') }, 's3.denied', '"media"'],
  [
    'HEAD or nothing said, which may be the key as well',
    { answer: 'HTTP/1.1 403 Forbidden\n\n' },
    's3.refused',
    'It does not say which',
  ],
  [
    'a code that nobody knows',
    { answer: xml(403, 'SomethingNew', 'no') },
    's3.refused',
    'does not say which: check access key id and secret',
  ],
  ['a code for many things', { answer: xml(401, 'Forbidden', 'no') }, 's3.refused', 'answered with "Forbidden" and'],
  [
    'Google, behind the message',
    {
      answer: xml(
        403,
        'AccessDenied',
        'Access denied.',
        '<Details>The billing account for the owning project is disabled in state absent</Details>',
      ),
    },
    's3.account',
    'bill to pay',
  ],
  ['Supabase', { answer: xml(403, 'S3InvalidAccessKeyId', 'no') }, 's3.unknown_key', 'does not know this access key'],
  ['Oracle, another tenancy', { answer: xml(404, 'NamespaceNotFound', 'no') }, 's3.no_bucket', 'the endpoint'],
  [
    'MinIO, a path that is none of the API',
    { answer: xml(400, 'BadRequest', "An unsupported API call for method: GET at '/minio/'") },
    's3.not_s3',
    'address of the S3 API',
  ],
  [
    'MinIO, plain HTTP on a port for HTTPS',
    {
      at: { endpoint: 'http://s3.example.com:9000' },
      answer: xml(403, 'InsecureClientRequest', 'Cannot respond to plain-text request from TLS-encrypted server'),
    },
    's3.use_https',
    'https://s3.example.com:9000',
  ],
  ['the same to HTTPS', { answer: xml(403, 'InsecureClientRequest', 'no') }, 's3.unexpected', 'no advice'],
  ['Scality', { answer: xml(403, 'AccessForbidden', 'Access Forbidden') }, 's3.refused', '"media"'],
  [
    'Backblaze, a key for another bucket',
    { answer: xml(403, 'UnauthorizedAccess', 'bucket is not authorized: media') },
    's3.denied',
    'The key is valid',
  ],
  [
    'Backblaze, a right is missing',
    { answer: xml(403, 'AccessDenied', 'not entitled') },
    's3.denied',
    'The key is valid',
  ],
  ['Backblaze, without a word', { answer: xml(401, 'UnauthorizedAccess', '') }, 's3.refused', 'does not say which'],
  [
    'Backblaze, a cap under another code',
    { answer: xml(403, 'UnauthorizedAccess', 'Cannot upload files, storage cap exceeded.') },
    's3.cap',
    'Raise the caps',
  ],
  [
    'Garage',
    { answer: xml(403, 'AccessDenied', 'Forbidden: Operation is not allowed for this key.') },
    's3.denied',
    'its policy',
  ],
  [
    'Amazon, the key of the key service',
    {
      answer: xml(
        403,
        'AccessDenied',
        'User: arn:aws:iam::1:user/x is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:eu-west-1:1:key/2',
      ),
    },
    's3.kms',
    'encrypt and decrypt',
  ],
  ['Amazon, an archived object', { answer: xml(403, 'InvalidObjectState') }, 's3.refused', 'with "InvalidObjectState"'],
  [
    'Wasabi, too many attempts',
    { answer: xml(403, 'AuthenticationLockout', 'There have been too many attempts to access the account') },
    's3.locked_out',
    'some minutes',
  ],
  ['Wasabi, a new account', { answer: xml(403, 'AccountNotActivated') }, 's3.account', 'sign in at the console'],
  [
    'Wasabi, the end of a trial',
    { answer: xml(403, 'AccessDenied', 'Your trial has expired') },
    's3.account',
    'sign in at the console',
  ],
  [
    'R2, not switched on',
    { answer: xml(403, 'NotEntitled', 'Please enable R2 through the Cloudflare Dashboard.') },
    's3.account',
    'not signed up',
  ],
  ['Huawei, a bill', { answer: xml(403, 'InArrearOrInsufficientBalance') }, 's3.account', 'bill to pay'],
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
  ['SeaweedFS', { answer: xml(429, 'ErrTooManyRequest') }, 's3.busy', 'try again'],
  [
    'Backblaze, no room for a moment',
    { answer: xml(503, 'ServiceUnavailable', 'no tomes available') },
    's3.busy',
    'try again',
  ],
  ['Wasabi, a limit', { answer: xml(403, 'RequestRateLimitExceeded') }, 's3.busy', 'try again'],
  ['Storj, a limit of the project', { answer: xml(403, 'StorageLimitExceeded') }, 's3.cap', 'Raise the caps'],
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
  ['rights', RIGHTS],
  ['load and space', LOAD],
])('an answer about %s', (_about, rows) => {
  it.each(rows)('%s', async (_what, given, problem, advice) => {
    const found = await said(given, (client) => client.expectListable())
    expect(found).toMatchObject({ problem, advice: expect.stringContaining(advice) })
  })
})

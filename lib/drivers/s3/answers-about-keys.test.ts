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
    'Backblaze, version 2',
    { answer: xml(400, 'InvalidRequest', 'The V2 signature authorization mechanism is not supported.') },
    's3.signature_version',
    'version 4',
  ],
  [
    'Garage behind a proxy that takes the header away',
    { answer: xml(403, 'AccessDenied', 'Forbidden: Garage does not support anonymous access yet') },
    's3.signature_version',
    'let Authorization',
  ],
  [
    'SeaweedFS without any key',
    { answer: xml(400, 'InvalidRequest', 'Signed request requires setting up SeaweedFS S3 authentication') },
    's3.no_keys_set_up',
    'weed s3 -config',
  ],
  [
    'Garage, an old key',
    { answer: xml(403, 'AccessDenied', 'Forbidden: Access key GK31c2f218a2e44f485b94239e is expired') },
    's3.key_expired',
    'new key',
  ],
  ['R2, an old request', { answer: xml(400, 'ExpiredRequest') }, 's3.clock', 'clock of the host'],
  ['OVH, the secret', { answer: xml(403, 'SignatureDoesNotMatch') }, 's3.wrong_secret', 'enter it again'],
  [
    'OVH, the region',
    {
      answer: xml(
        400,
        'AuthorizationHeaderMalformed',
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'gra'",
      ),
    },
    's3.wrong_region',
    'Enter the region gra.',
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
    'Amazon, without a signature',
    { answer: xml(403, 'AccessDenied', 'Anonymous users cannot perform this operation') },
    's3.signature_version',
    'let Authorization',
  ],
  [
    'Garage, without a header',
    { answer: xml(400, 'InvalidRequest', 'Bad request: Missing X-Amz-Date field') },
    's3.signature_version',
    'x-amz-…',
  ],
  [
    'Amazon, a key of a session',
    { at: { access_key_id: 'ASIAEXAMPLE' }, answer: xml(403, 'InvalidAccessKeyId', 'does not exist in our records.') },
    's3.temporary_key',
    'begins with AKIA',
  ],
  [
    'Alibaba, a key that was switched off',
    { answer: xml(403, 'InvalidAccessKeyId', 'The OSS Access Key Id is inactive.') },
    's3.key_expired',
    'new key',
  ],
  [
    'Storj, under a code of its own',
    { answer: xml(403, 'XStorjLimit', 'You have reached your storage limit') },
    's3.cap',
    'Raise the caps',
  ],
  [
    'Wasabi, a trial',
    { answer: xml(403, 'AccessDenied', 'Trial account has reached its limit') },
    's3.account',
    'bill',
  ],
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

describe.each([
  ['keys and signatures', KEYS],
  ['what only the message tells', MESSAGES],
])('an answer about %s', (_about, rows) => {
  it.each(rows)('%s', async (_what, given, problem, advice) => {
    const found = await said(given, (client) => client.expectListable())
    expect(found).toMatchObject({ problem, advice: expect.stringContaining(advice) })
  })
})

import { describe, expect, it } from 'vitest'
import { toHostBackend } from '@/lib/drivers/input'
import { s3Host } from '@/lib/drivers/s3/host'
import { FakeHost } from '@/testing/drivers/fake-host'
import { newRecording, recordingContext } from '@/testing/drivers/recording'
import { answerOf, HTTP, KEY, page, type Row, said, xml } from '@/testing/drivers/s3-answers'

const REDIRECTS: Row[] = [
  [
    'nginx in front, http to https',
    { at: HTTP, answer: page(301, '301 Moved Permanently', '\nLocation: https://s3.example.com/media') },
    's3.use_https',
    'enter https://s3.example.com as the endpoint',
  ],
  [
    'Traefik, http to https on another port',
    {
      at: { endpoint: 'http://s3.example.com:9000' },
      answer: 'HTTP/1.1 308 Permanent Redirect\nLocation: https://s3.example.com:9443/media\n\nPermanent Redirect',
    },
    's3.use_https',
    'enter https://s3.example.com:9443 as',
  ],
  [
    'Caddy, below a path',
    {
      at: { endpoint: 'http://x.example.co/storage/v1/s3' },
      answer: 'HTTP/1.1 307 x\nLocation: https://x.example.co/storage/v1/s3/media\n\n',
    },
    's3.use_https',
    'enter https://x.example.co/storage/v1/s3 as',
  ],
  [
    'http to https with the bucket in the host name',
    { at: { ...HTTP, path_style: false }, answer: page(301, 'Moved', '\nLocation: https://media.s3.example.com/') },
    's3.use_https',
    'enter https://s3.example.com as',
  ],
  [
    'another host',
    { answer: page(302, 'Found', '\nLocation: https://login.example.org/auth?next=/media') },
    's3.redirected',
    'points to https://login.example.org:',
  ],
  [
    'https back to http, which is not advised',
    { answer: page(301, 'Moved', '\nLocation: http://s3.example.com/media') },
    's3.redirected',
    'points to http://s3.example.com',
  ],
  ['a console', { answer: page(307, 'x', '\nLocation: /login') }, 's3.not_s3', 'address of the S3 API'],
  [
    'a place that no endpoint is',
    { answer: page(302, 'x', '\nLocation: javascript:alert(1)') },
    's3.wrong_endpoint',
    'points elsewhere',
  ],
  [
    'a reserved address',
    { answer: page(302, 'x', '\nLocation: http://169.254.169.254/latest') },
    's3.wrong_endpoint',
    'points elsewhere',
  ],
  [
    'Amazon, another region',
    {
      answer: xml(
        301,
        'PermanentRedirect',
        'The bucket you are attempting to access must be addressed using the specified endpoint.',
        '<Endpoint>media.s3-eu-west-1.amazonaws.com</Endpoint><Bucket>media</Bucket>',
        '\nx-amz-bucket-region: eu-west-1',
      ),
    },
    's3.wrong_endpoint',
    'the region eu-west-1 and its endpoint, https://s3-eu-west-1.amazonaws.com.',
  ],
  [
    'Amazon, an endpoint with the bucket in front',
    {
      answer: xml(301, 'PermanentRedirect', 'x', '<Endpoint>media.s3.eu-west-1.amazonaws.com</Endpoint>'),
    },
    's3.wrong_endpoint',
    'was created, https://s3.eu-west-1.amazonaws.com.',
  ],
  [
    'Amazon, the address of web pages, which is no endpoint',
    {
      answer: xml(301, 'PermanentRedirect', 'x', '<Endpoint>media.s3-website.eu-west-1.amazonaws.com</Endpoint>'),
    },
    's3.wrong_endpoint',
    'bucket was created.',
  ],
  [
    'Ceph, another zone with a port, over http',
    { at: HTTP, answer: xml(301, 'PermanentRedirect', 'x', '<Endpoint>rgw.zone-b.example.com:8080</Endpoint>') },
    's3.wrong_endpoint',
    ', http://rgw.zone-b.example.com:8080.',
  ],
  [
    'a server that is called as the bucket is',
    {
      at: { endpoint: 'http://media.example.com' },
      answer: page(301, 'Moved', '\nLocation: https://media.example.com/media'),
    },
    's3.use_https',
    'enter https://media.example.com as',
  ],
  [
    'an endpoint that is none',
    { answer: xml(301, 'PermanentRedirect', 'x', '<Endpoint>169.254.169.254/latest CANARY</Endpoint>') },
    's3.wrong_endpoint',
    'bucket was created.',
  ],
  [
    'Amazon, HEAD',
    { answer: 'HTTP/1.1 301 x\nx-amz-bucket-region: eu-central-1\nx-amz-request-id: A\n\n' },
    's3.wrong_endpoint',
    'the region eu-central-1',
  ],
  [
    'Amazon, a bucket that is new',
    {
      answer: xml(
        307,
        'TemporaryRedirect',
        'Please re-send this request',
        '',
        '\nLocation: https://media.s3-us-west-2.amazonaws.com/',
      ),
    },
    's3.wrong_endpoint',
    'endpoint of the region in which the bucket was created, https://s3-us-west-2.amazonaws.com.',
  ],
]

const REGIONS: Row[] = [
  [
    'Cloudflare R2',
    {
      at: { region: 'us-east-2' },
      answer: xml(
        400,
        'InvalidRegionName',
        "The region name 'us-east-2' is not valid. Must be one of: wnam, enam, weur, eeur, apac, oc, auto",
      ),
    },
    's3.wrong_region',
    'Enter the region auto.',
  ],
  [
    'a vendor with a list',
    { answer: xml(400, 'InvalidRegionName', 'Must be one of: fra1, ams3') },
    's3.wrong_region',
    'knows these: fra1, ams3.',
  ],
  [
    'Amazon',
    {
      at: { region: 'us-east-1' },
      answer: xml(
        400,
        'AuthorizationHeaderMalformed',
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
        '<Region>eu-west-1</Region>',
      ),
    },
    's3.wrong_region',
    'Enter the region eu-west-1.',
  ],
  [
    'Backblaze, which says it in words alone',
    {
      answer: xml(
        403,
        'AuthorizationHeaderMalformed',
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'us-west-004'",
      ),
    },
    's3.wrong_region',
    'Enter the region us-west-004.',
  ],
  [
    'Garage',
    {
      answer: xml(
        400,
        'AuthorizationHeaderMalformed',
        'Authorization header malformed, unexpected scope: 20260101/us-east-1/s3/aws4_request, expected: 20260101/garage/s3/aws4_request',
      ),
    },
    's3.wrong_region',
    'Enter the region garage.',
  ],
  [
    'one that does not say which, with another configured',
    {
      at: { region: 'us-east-1' },
      answer: xml(
        400,
        'IllegalLocationConstraintException',
        'The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.',
      ),
    },
    's3.wrong_region',
    'Enter the region in which the bucket was created.',
  ],
]

const CONSOLE = { at: { endpoint: 'http://minio.example.com:9001' } }
/** Of the port for people instead of the one for programs. */
const CONSOLES: Row[] = [
  [
    'MinIO of 2022',
    {
      ...CONSOLE,
      answer: xml(
        403,
        'AccessDenied',
        'S3 API Request made to Console port. S3 Requests should be sent to API port.',
      ).replace(/\nx-amz-request-id.*/, ''),
    },
    's3.console_port',
    'API port, http://minio.example.com:9000 unless',
  ],
  [
    'MinIO of today',
    {
      ...CONSOLE,
      answer: xml(400, 'InvalidArgument', 'S3 API Requests must be made to API port.').replace(
        /\nx-amz-request-id.*/,
        '',
      ),
    },
    's3.console_port',
    'API port, http://minio.example.com:9000 unless',
  ],
  [
    'MinIO to a request without a key',
    { ...CONSOLE, answer: page(200, 'MinIO Console').replace('Server: nginx', 'Server: MinIO Console') },
    's3.console_port',
    'API port, http://minio.example.com:9000 unless',
  ],
  [
    'MinIO with a console at the usual port',
    {
      at: { endpoint: 'http://minio.example.com:9000' },
      answer: xml(400, 'InvalidArgument', 'S3 API Requests must be made to API port.'),
    },
    's3.console_port',
    'which is 9000 unless',
  ],
]

const OTHERS: Row[] = [
  [
    'HAProxy without its server',
    {
      answer: 'HTTP/1.0 503 x\nContent-Type: text/html\n\n<h1>503</h1>\nNo server is available to handle this request.',
    },
    's3.gateway',
    'behind it',
  ],
  [
    'Envoy without its server',
    { answer: 'HTTP/1.1 503 x\nserver: envoy\n\nupstream connect error or disconnect/reset before headers.' },
    's3.gateway',
    'behind it',
  ],
  ['Cloudflare, which asks for a person', { answer: page(503, 'Just a moment...') }, 's3.blocked', 'HTTP 503'],
  [
    'nginx, http on a port for https',
    {
      at: { endpoint: 'http://s3.example.com:8443' },
      answer: page(400, '400 The plain HTTP request was sent to HTTPS port'),
    },
    's3.use_https',
    'enter https://s3.example.com:8443 as',
  ],
  [
    'MinIO, http on a port for https',
    {
      at: { endpoint: 'http://s3.example.com:443' },
      answer: 'HTTP/1.0 400 Bad Request\n\nClient sent an HTTP request to an HTTPS server.\n',
    },
    's3.use_https',
    'enter https://s3.example.com as',
  ],
  [
    'Apache, http on a port for https',
    { at: HTTP, answer: page(400, "You're speaking plain HTTP to an SSL-enabled server port.") },
    's3.use_https',
    'https://s3.example.com',
  ],
  ['nginx without its server', { answer: page(502, '502 Bad Gateway') }, 's3.gateway', 'start that'],
  ['Cloudflare without its server', { answer: page(522, 'Connection timed out') }, 's3.gateway', 'behind it'],
  [
    'a firewall',
    { answer: page(403, 'Access denied | example.com used Cloudflare to restrict access') },
    's3.blocked',
    'HTTP 403',
  ],
  [
    'a sign-in of a proxy',
    { answer: page(401, '401 Authorization Required', '\nWWW-Authenticate: Basic realm="x"') },
    's3.blocked',
    'sign-in page',
  ],
  [
    'a gateway without its API key',
    { answer: 'HTTP/1.1 401 x\nContent-Type: application/json\n\n{"message":"No API key found in request"}' },
    's3.blocked',
    'address of the S3 API',
  ],
  [
    'a body that is too large for a proxy',
    { answer: page(413, '413 Request Entity Too Large') },
    's3.blocked',
    'HTTP 413',
  ],
  ['a web page', { answer: page(404, '404 Not Found') }, 's3.not_s3', 'address of the S3 API'],
  ['a console that takes no PUT', { answer: page(405, '405 Not Allowed') }, 's3.not_s3', 'address of the S3 API'],
  [
    'Azure',
    {
      answer:
        'HTTP/1.1 400 x\nx-ms-request-id: 1\nContent-Type: application/xml\n\n<?xml version="1.0"?><Error><Code>InvalidQueryParameterValue</Code><Message>x</Message></Error>',
    },
    's3.azure_blob',
    'gateway',
  ],
]

describe.each([
  ['redirects', REDIRECTS],
  ['regions', REGIONS],
  ['consoles', CONSOLES.filter(([what]) => !what.includes('without a key'))],
  ['others', OTHERS],
])('an answer about %s', (_about, rows) => {
  it.each(rows)('%s', async (_what, given, problem, advice) => {
    const found = await said(given, (client) => client.expectListable())
    expect(found).toMatchObject({ problem, advice: expect.stringContaining(advice) })
  })
})

describe('the first look, without a key', () => {
  it.each<Row>([
    ...REDIRECTS.filter(([, , problem]) => problem === 's3.use_https'),
    ...OTHERS.filter(([, , problem]) => problem !== 's3.not_s3' && !problem.includes('413')),
    ...CONSOLES,
    ['a web page', { answer: page(200, 'Console') }, 's3.not_s3', 'address of the S3 API'],
    ['a redirect to a console', { answer: page(307, 'x', '\nLocation: /login') }, 's3.not_s3', 'address of the S3 API'],
  ])('says the same of %s', async (_what, given, problem, advice) => {
    const found = await said(given, (client) => client.expectS3())
    expect(found).toMatchObject({ problem, advice: expect.stringContaining(advice) })
  })

  it.each([
    [
      'Amazon, which sends browsers to its pages',
      'HTTP/1.1 307 x\nx-amz-request-id: A\nLocation: https://aws.amazon.com/s3/\n\n',
    ],
    ['R2', xml(400, 'InvalidArgument', 'Authorization').replace('\nx-amz-request-id: 4442587FB7D0A2F9', '')],
    ['Ceph', xml(200, 'x').replace(/<Error>.*<\/Error>/, '<ListAllMyBucketsResult></ListAllMyBucketsResult>')],
  ])('takes %s for S3', async (_what, answer) => {
    await expect(said({ answer }, (client) => client.expectS3())).rejects.toThrow('no problem: null')
  })
})

it('is never followed, and its words are repeated nowhere', async () => {
  const host = new FakeHost()
  const asked: string[] = []
  host.http = async ({ url }) => {
    asked.push(new URL(url).origin)
    return answerOf(page(301, 'CANARY', '\nLocation: https://s3.example.com/CANARY?CANARY#CANARY'))
  }
  host.addresses.set('s3.example.com', ['192.0.2.20'])
  host.openPorts.add('s3.example.com:80')
  host.answers.set('rclone', { exitCode: 0, stdout: 'rclone v1.60.1-DEV\n', stderr: '' })
  host.answers.set('fusermount3', { exitCode: 0, stdout: '', stderr: '' })
  const config = { ...HTTP, bucket: 'media', access_key_id: KEY }
  const backend = toHostBackend('bkd_1', 's3', config, { secret_access_key: 'not-a-real-secret' })
  const steps = await s3Host.test(backend, recordingContext(host, newRecording(), 5_000))
  expect(steps.find(({ status }) => status === 'failed')).toMatchObject({ id: 'protocol', problem: 's3.use_https' })
  expect(JSON.stringify(steps)).not.toContain('CANARY')
  expect(new Set(asked)).toEqual(new Set(['http://s3.example.com']))
})

import { createHash, createHmac } from 'node:crypto'
import type { HttpAnswer, HttpRequest } from '@/lib/drivers/contract/driver-host'
import { reveal, Secret } from '@/lib/secret'

const MODIFIED = new Date('2026-01-01T12:00:00Z')

function etagOf(content: string): string {
  return `"${createHash('md5').update(content).digest('hex')}"`
}

/** The query form of a signature, in the words of the header form. */
function presignedClaim(url: URL): string {
  const parameter = (name: string) => url.searchParams.get(name) ?? ''
  const parts = ['Credential', 'SignedHeaders', 'Signature'].map((name) => `${name}=${parameter(`X-Amz-${name}`)}`)
  return `${parameter('X-Amz-Algorithm')} ${parts.join(', ')}`
}

/** The sensible part of an S3 server, with its own check of signatures (node:crypto, not the code under test). */
export class FakeS3 {
  readonly objects = new Map<string, string>()
  buckets = ['media', 'backup']
  keys = new Map<string, string>()
  /** An answer instead of the real one. */
  override: HttpAnswer | null = null
  /** Methods that the policy of the key refuses. */
  denied = new Set<string>()
  extraHeaders: Record<string, string> = {}
  /** The path below which it stands, such as `/storage/v1/s3`; elsewhere is something else. */
  basePath = ''
  /** Uploads wait for it. */
  uploadGate: Promise<void> = Promise.resolve()

  readonly answer = async (request: HttpRequest): Promise<HttpAnswer> => {
    if (this.override !== null) return this.override
    const url = new URL(request.url)
    if (!`${url.pathname}/`.startsWith(`${this.basePath}/`)) return this.#respond(404, '<html>not here</html>')
    const headers = Object.fromEntries(
      Object.entries(request.headers ?? {}).map(([name, value]) => [
        name.toLowerCase(),
        value instanceof Secret ? reveal(value) : value,
      ]),
    )
    if (headers.authorization === undefined && !url.searchParams.has('X-Amz-Signature'))
      return this.#error(403, 'AccessDenied')
    const refusal = this.#checkSignature(request, url, headers)
    if (refusal !== null) return refusal
    const [, bucket = '', ...rest] = url.pathname.slice(this.basePath.length).split('/')
    if (bucket === '')
      return this.#xml(
        'ListAllMyBucketsResult',
        `<Buckets>${this.buckets.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('')}</Buckets>`,
      )
    if (!this.buckets.includes(bucket)) return this.#error(404, 'NoSuchBucket')
    if (this.denied.has(request.method)) return this.#error(403, 'AccessDenied')
    if (request.method === 'PUT') await this.uploadGate
    return this.#object(request, `${bucket}/${decodeURIComponent(rest.join('/'))}`, rest.join('/') === '')
  }

  #object(request: HttpRequest, key: string, isBucket: boolean): HttpAnswer {
    if (isBucket) return request.method === 'HEAD' ? this.#respond(200, '') : this.#list(key, new URL(request.url))
    if (request.method === 'PUT') {
      this.objects.set(key, request.body ?? '')
      return this.#respond(200, '', { etag: etagOf(request.body ?? '') })
    }
    if (request.method === 'DELETE') {
      this.objects.delete(key)
      return this.#respond(204, '')
    }
    const content = this.objects.get(key)
    if (content === undefined) return this.#error(404, 'NoSuchKey')
    const headers = {
      'content-length': String(Buffer.byteLength(content)),
      etag: etagOf(content),
      'last-modified': MODIFIED.toUTCString(),
    }
    return this.#respond(200, content, headers)
  }

  #list(bucket: string, url: URL): HttpAnswer {
    const prefix = url.searchParams.get('prefix') ?? ''
    const found = [...this.objects].filter(([key]) => key.startsWith(`${bucket}${prefix}`))
    const contents = found.map(([key, content]) => {
      const fields = `<Key>${key.slice(bucket.length)}</Key><Size>${Buffer.byteLength(content)}</Size><ETag>${etagOf(content)}</ETag>`
      return `<Contents>${fields}<LastModified>${MODIFIED.toISOString()}</LastModified></Contents>`
    })
    return this.#xml('ListBucketResult', `<IsTruncated>false</IsTruncated>${contents.join('')}`)
  }

  /** Header and query (presigned) form alike. */
  #checkSignature(request: HttpRequest, url: URL, headers: Record<string, string>): HttpAnswer | null {
    const query = url.search.slice(1).split('&').sort()
    const claim = headers.authorization ?? presignedClaim(url)
    const match =
      /^AWS4-HMAC-SHA256 Credential=(?<id>[^/]+)\/(?<day>\d{8})\/(?<region>[^/]+)\/s3\/aws4_request, ?SignedHeaders=(?<signed>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$/.exec(
        claim,
      )
    const { id = '', day = '', region = '', signed = '', signature } = match?.groups ?? {}
    const secret = this.keys.get(id)
    if (secret === undefined) return this.#error(403, 'InvalidAccessKeyId')
    const all: Record<string, string> = { ...headers, host: url.host }
    const sent = createHash('sha256')
      .update(request.body ?? '')
      .digest('hex')
    const payload = headers.authorization === undefined ? 'UNSIGNED-PAYLOAD' : (headers['x-amz-content-sha256'] ?? '')
    if (/^[0-9a-f]{64}$/.test(payload) && payload !== sent) return this.#error(400, 'XAmzContentSHA256Mismatch')
    const lines = signed.split(';').map((name) => `${name}:${all[name]}`)
    const unsigned = query.filter((part) => !part.startsWith('X-Amz-Signature='))
    const canonical = [request.method, url.pathname, unsigned.join('&'), ...lines, '', signed, payload].join('\n')
    const hash = createHash('sha256').update(canonical).digest('hex')
    const date = headers['x-amz-date'] ?? url.searchParams.get('X-Amz-Date')
    const text = ['AWS4-HMAC-SHA256', date, `${day}/${region}/s3/aws4_request`, hash].join('\n')
    const key = [day, region, 's3', 'aws4_request'].reduce<Buffer | string>(
      (previous, part) => createHmac('sha256', previous).update(part).digest(),
      `AWS4${secret}`,
    )
    const expected = createHmac('sha256', key).update(text).digest('hex')
    return expected === signature ? null : this.#error(403, 'SignatureDoesNotMatch')
  }

  #respond(status: number, body: string, headers: Record<string, string> = {}): HttpAnswer {
    return { status, headers: { 'x-amz-request-id': 'tx0001', ...this.extraHeaders, ...headers }, body, durationMs: 1 }
  }

  #xml(root: string, inner: string): HttpAnswer {
    return this.#respond(
      200,
      `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${root}>`,
    )
  }

  #error(status: number, code: string): HttpAnswer {
    return this.#respond(status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>refused</Message></Error>`)
  }
}

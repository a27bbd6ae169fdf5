import type { HttpAnswer } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import { type Asked, foreignAnswer, isS3Header, type Understood, understand } from '@/lib/drivers/s3/answer-problem'
import { effectiveEndpoint, type S3Config, signingRegion } from '@/lib/drivers/s3/config'
import { expectListing, parseBuckets, UNKNOWN_CODE } from '@/lib/drivers/s3/parse-s3-answer'
import { encodeStrictly, type Signable, sign } from '@/lib/drivers/s3/sigv4'
import { HoldfastError } from '@/lib/errors'
import type { Secret } from '@/lib/secret'

/** Problems of the bucket: a server that reports one of these has accepted the signature. */
const BUCKET_PROBLEMS: ReadonlySet<ProblemId> = new Set(['s3.denied', 's3.no_bucket', 's3.wrong_endpoint'])

export function isBucketProblem(error: unknown): boolean {
  return error instanceof ProblemError && BUCKET_PROBLEMS.has(error.problem)
}

/** Where the server is. `bucket` may be missing while buckets are looked for. */
export type S3Place = Pick<
  S3Config,
  'provider' | 'endpoint' | 'region' | 'path_style' | 'access_key_id' | 'ca_certificate'
> & {
  bucket?: string | undefined
}

export interface S3Address {
  endpoint: string
  host: string
  port: number
  isEncrypted: boolean
}

/** Throws `invalid_input` when neither endpoint nor region says where the server is. */
export function addressOf(place: S3Place): S3Address {
  const endpoint = effectiveEndpoint(place)
  if (endpoint === null) {
    const message = 'Enter the endpoint, or the region from which it follows.'
    throw new HoldfastError('invalid_input', message, { fields: [{ field: 'config.endpoint', message }] })
  }
  const url = new URL(endpoint)
  const isEncrypted = url.protocol === 'https:'
  const port = url.port === '' ? (isEncrypted ? 443 : 80) : Number(url.port)
  return { endpoint, host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, isEncrypted }
}

export function s3Values(place: S3Place, path = '') {
  const { endpoint, host, port } = addressOf(place)
  return { endpoint, server: host, port, bucket: place.bucket, region: place.region, path }
}

function urlOf(place: S3Place, key: string, query: Record<string, string>): URL {
  const url = new URL(addressOf(place).endpoint)
  const base = url.pathname.replace(/\/$/, '')
  const path = key.split('/').map(encodeStrictly).join('/')
  if (place.bucket === undefined) url.pathname = `${base}/`
  else if (place.path_style) url.pathname = `${base}/${place.bucket}/${path}`.replace(/\/$/, path === '' ? '' : '/')
  else {
    url.hostname = `${place.bucket}.${url.hostname}`
    url.pathname = `${base}/${path}`
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url
}

/** Did a server say it, or the network? */
function isAnswered({ problem }: ProblemError): boolean {
  return problem.startsWith('s3.')
}

/** Signed requests to one S3 server, through the host's own bounded HTTP. */
export class S3Client {
  readonly #place: S3Place
  readonly #secret: Secret | undefined
  readonly #context: OperationContext

  constructor(place: S3Place, secret: Secret | undefined, context: OperationContext) {
    this.#place = place
    this.#secret = secret
    this.#context = context
  }

  /** Proves key, bucket and the right to list. Throws a `ProblemError` that says which of them is wrong. */
  async expectListable(): Promise<void> {
    // Keys may hold characters that XML has not; encoded, every document can be read.
    const answer = await this.#send('GET', '', { 'list-type': '2', 'max-keys': '1', 'encoding-type': 'url' })
    this.#understand(() => expectListing(answer.body))
  }

  /**
   * The same in the cheapest way: HEAD costs a tenth of a list where requests are paid for. Its answers have no body, so that a list says
   * why it was refused, and whether this is S3 at all when no header tells.
   */
  async expectServed(): Promise<void> {
    try {
      if (isS3Header(await this.headBucket())) return
    } catch (error) {
      if (!(error instanceof ProblemError) || !isAnswered(error)) throw error
    }
    await this.expectListable()
  }

  async listBuckets(): Promise<string[]> {
    const { body } = await this.#send('GET', '', {})
    return this.#understand(() => parseBuckets(body))
  }

  /** Headers of the bucket; Ceph says in them how much is stored. */
  async headBucket(): Promise<Record<string, string>> {
    return (await this.#send('HEAD', '', {})).headers
  }

  /** Proves the rights to write, read and delete with one small object, which is gone afterwards. */
  async writeReadDelete(key: string): Promise<void> {
    const content = `holdfast ${key}\n`
    await this.#send('PUT', key, {}, content)
    try {
      const { body } = await this.#send('GET', key, {})
      if (body !== content)
        throw new ProblemError('write.failed', { ...this.#values(), errno: 'other content than was written' })
    } finally {
      await this.#send('DELETE', key, {})
    }
  }

  /** What answers at the endpoint without a key: an S3 server, or something else. */
  async expectS3(): Promise<void> {
    const { endpoint } = addressOf(this.#place)
    const request: Signable = { method: 'GET', url: new URL(`${endpoint}/`), body: '' }
    const answer = await this.#request(request, {})
    const foreign = foreignAnswer(answer, this.#asked(request))
    if (foreign !== null) throw this.#refusal(answer, foreign)
  }

  #understand<T>(parse: () => T): T {
    try {
      return parse()
    } catch (error) {
      throw new ProblemError('s3.not_s3', this.#values(), { cause: error })
    }
  }

  #values() {
    return s3Values(this.#place)
  }

  async #request(request: Signable, headers: Record<string, string>): Promise<HttpAnswer> {
    const { ca_certificate: ca } = this.#place
    try {
      return await this.#context.host.net.request({
        url: request.url.href,
        method: request.method,
        headers,
        ...(request.body === '' ? {} : { body: request.body }),
        ...(ca === undefined ? {} : { ca }),
      })
    } catch (error) {
      throw toProblem(error, this.#values())
    }
  }

  async #send(method: Signable['method'], key: string, query: Record<string, string>, body = ''): Promise<HttpAnswer> {
    if (this.#secret === undefined) throw new ProblemError('s3.no_secret', this.#values())
    const request = { method, url: urlOf(this.#place, key, query), body }
    const signer = { accessKeyId: this.#place.access_key_id, secret: this.#secret, region: signingRegion(this.#place) }
    const answer = await this.#request(request, await sign(request, signer, new Date()))
    if (answer.status >= 200 && answer.status < 300) return answer
    throw this.#refusal(answer, understand(answer, this.#asked(request)))
  }

  #refusal({ status }: HttpAnswer, understood: Understood): ProblemError {
    const { code, region, choices, location } = understood
    const isTemporary = understood.problem === 's3.unknown_key' && this.#place.access_key_id.startsWith('ASIA')
    const problem = isTemporary ? 's3.temporary_key' : understood.problem
    const said = code === undefined ? `HTTP ${status}` : `${code} (HTTP ${status})`
    const values = {
      ...this.#values(),
      status: `HTTP ${status}`,
      s3code: code === UNKNOWN_CODE ? undefined : code,
      errno: code ?? `HTTP ${status}`,
      region,
      choices,
      location,
    }
    return new ProblemError(problem, values, { said })
  }

  #asked({ method, url }: Signable): Asked {
    return { method, url, endpoint: addressOf(this.#place).endpoint, bucket: this.#place.bucket }
  }
}

import type { HttpAnswer, HttpRequest } from '@/lib/drivers/contract/driver-host'
import type { OperationContext } from '@/lib/drivers/contract/host'
import { type HttpConfig, placeOf } from '@/lib/drivers/http/config'
import { parseListing } from '@/lib/drivers/http/parse-listing'
import type { problems } from '@/lib/drivers/http/problems'
import { PLAIN_HTTP_TO_HTTPS } from '@/lib/drivers/problems/messages'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'

export type HttpSecretKey = 'password' | 'token'
export type Secrets = Partial<Record<HttpSecretKey, Secret>>

/** Steps to another path of the same server. */
const MOST_REDIRECTS = 3

/** What an answer can mean. */
type HttpProblem = keyof typeof problems

export function httpValues(config: HttpConfig, path = '') {
  const { host, port } = placeOf(config)
  return { url: config.base_url, server: host, port, path }
}

/** Addresses of the server, each of them allowed. They are connected to as they are: a name that changes its mind later changes nothing. */
export async function resolveAllowed(config: HttpConfig, context: OperationContext): Promise<string[]> {
  let addresses: string[]
  try {
    addresses = await context.host.net.resolve(placeOf(config).host)
  } catch (error) {
    throw toProblem(error, httpValues(config))
  }
  if (addresses.length === 0) throw new ProblemError('name.not_found', httpValues(config))
  return addresses
}

/** The first of the addresses that takes a connection, and the milliseconds that it took. */
export async function connectFirst(
  config: HttpConfig,
  addresses: readonly string[],
  context: OperationContext,
): Promise<{ address: string; ms: number }> {
  let failure: unknown
  for (const address of addresses) {
    try {
      return { address, ms: await context.host.net.connect(address, placeOf(config).port) }
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

/** An address of the server that answers; a single one is not tried twice. */
export async function answeringAddress(config: HttpConfig, context: OperationContext): Promise<string> {
  const addresses = await resolveAllowed(config, context)
  const [only = ''] = addresses
  if (addresses.length === 1) return only
  try {
    return (await connectFirst(config, addresses, context)).address
  } catch (error) {
    throw toProblem(error, httpValues(config))
  }
}

/** The value of the header `Authorization`; undefined without a sign-in. Throws `http.no_secret`. */
export function authorization(config: HttpConfig, secrets: Secrets): Secret | undefined {
  if (config.auth_method === 'none') return undefined
  const missing = () => new ProblemError('http.no_secret', httpValues(config))
  if (config.auth_method === 'basic') {
    if (secrets.password === undefined) throw missing()
    return new Secret(`Basic ${base64(`${config.username ?? ''}:${reveal(secrets.password)}`)}`)
  }
  const token = secrets.token ?? secrets.password
  if (token === undefined) throw missing()
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(reveal(token))) {
    const message = 'A token has letters, digits and . _ ~ + / - = only.'
    throw new HoldfastError('invalid_input', message, { fields: [{ field: 'config.token', message }] })
  }
  return new Secret(`Bearer ${reveal(token)}`)
}

/** Where a redirect leads, without anything that could be a secret. */
function shownLocation(location: URL): string {
  return `${location.origin}${location.pathname}`.slice(0, 200)
}

/** Requests to one web server, at an address that has been checked. */
export class HttpClient {
  readonly #config: HttpConfig
  readonly #authorization: Secret | undefined
  readonly #address: string
  readonly #context: OperationContext

  constructor(config: HttpConfig, signIn: Secret | undefined, address: string, context: OperationContext) {
    this.#config = config
    this.#authorization = signIn
    this.#address = address
    this.#context = context
  }

  /**
   * HEAD, and GET where the server knows no HEAD. The address as it is first, then as a folder: some servers know only one of them.
   * Any answer of the server is one; redirects within it are followed.
   */
  async look(): Promise<HttpAnswer & { method: 'HEAD' | 'GET' }> {
    const answer = await this.#ask(this.#config.base_url)
    if (answer.status !== 403 && answer.status !== 404) return answer
    const folder = await this.#ask(`${this.#config.base_url}/`)
    // What exists and is forbidden says more than what does not exist.
    return folder.status === 404 ? answer : folder
  }

  async #ask(url: string): Promise<HttpAnswer & { method: 'HEAD' | 'GET' }> {
    const head = await this.#follow('HEAD', url)
    // Why a request is a bad one stands in the body, which HEAD has not.
    if (![400, 405, 501].includes(head.status)) return { ...head, method: 'HEAD' }
    return { ...(await this.#follow('GET', url)), method: 'GET' }
  }

  /** Proves that the folder of a mount is served: HEAD, and its first byte where the server does not answer HEAD well. */
  async expectServed(): Promise<void> {
    const folder = `${this.#config.base_url}/`
    const head = await this.#follow('HEAD', folder)
    if (problemOf(head.status) === null) return
    const answer = await this.#follow('GET', folder, { range: 'bytes=0-0' })
    // It is there, and has no first byte.
    if (answer.status === 416) return
    this.expectSignedIn(answer)
    this.expectGood(answer)
  }

  /**
   * One file below the address, and where it lies in the end. HEAD, and its first byte where the server knows no HEAD. Throws what the
   * answer means where it is not the file.
   */
  async find(url: string): Promise<{ url: string; headers: Record<string, string>; isWhole: boolean }> {
    const plain = { 'accept-encoding': 'identity' }
    const head = await this.#follow('HEAD', url, plain)
    const isRefused = [400, 405, 501].includes(head.status)
    const answer = isRefused ? await this.#follow('GET', url, { ...plain, range: 'bytes=0-0' }) : head
    this.expectSignedIn(answer)
    this.expectGood(answer)
    return { url: answer.url, headers: answer.headers, isWhole: answer.status !== 206 }
  }

  /** Names in the list of files; null when the server shows none. */
  async list(): Promise<string[] | null> {
    const address = `${this.#config.base_url}/`
    const answer = await this.#follow('GET', address)
    const isPage = /\bhtml\b/i.test(answer.headers['content-type'] ?? '')
    return answer.status === 200 && isPage ? parseListing(answer.body, address) : null
  }

  expectSignedIn(answer: HttpAnswer): void {
    if (answer.status !== 401 && answer.status !== 407) return
    throw this.#problem(this.#config.auth_method === 'none' ? 'http.sign_in_needed' : 'http.wrong_credentials', answer)
  }

  expectGood(answer: HttpAnswer): void {
    const isPlain = !placeOf(this.#config).isEncrypted && PLAIN_HTTP_TO_HTTPS.test(answer.body)
    const problem = answer.status === 400 && isPlain ? 'http.use_https' : problemOf(answer.status)
    if (problem !== null) throw this.#problem(problem, answer)
  }

  #problem(id: HttpProblem, answer: HttpAnswer): ProblemError {
    const { location } = answer.headers
    const base = this.#config.base_url
    const to = location !== undefined && URL.canParse(location, base) ? new URL(location, base) : null
    const values = {
      ...httpValues(this.#config),
      status: `HTTP ${answer.status}`,
      location: to === null ? undefined : shownLocation(to),
    }
    return new ProblemError(id, values, { said: `HTTP ${answer.status}` })
  }

  async #follow(
    method: HttpRequest['method'],
    start: string,
    besides: Record<string, string> = {},
  ): Promise<HttpAnswer & { url: string }> {
    let url = new URL(start)
    for (let steps = 0; ; steps++) {
      const answer = await this.#request(method, url, besides)
      const { location } = answer.headers
      if (answer.status < 300 || answer.status >= 400 || location === undefined || steps >= MOST_REDIRECTS)
        return { ...answer, url: url.href }
      const next = URL.canParse(location, url) ? new URL(location, url) : null
      // Another scheme, host or port is another server: it would be told the password, and reached past every check.
      if (next === null || next.origin !== url.origin || `${next.username}${next.password}` !== '')
        return { ...answer, url: url.href }
      next.hash = ''
      url = next
    }
  }

  async #request(method: HttpRequest['method'], url: URL, besides: Record<string, string>): Promise<HttpAnswer> {
    const { ca_certificate: ca, verify_ssl } = this.#config
    const headers: Record<string, string | Secret> = { accept: '*/*', 'user-agent': 'Holdfast', ...besides }
    if (this.#authorization !== undefined) headers.authorization = this.#authorization
    try {
      return await this.#context.host.net.request({
        url: url.href,
        method,
        headers,
        address: this.#address,
        ...(ca === undefined ? {} : { ca }),
        ...(verify_ssl ? {} : { unverified: true }),
      })
    } catch (error) {
      const errno = error instanceof HoldfastError ? error.details?.errno : undefined
      const values = httpValues(this.#config)
      if (typeof errno === 'string' && errno.startsWith('HPE_'))
        throw new ProblemError('http.not_http', values, { said: errno, cause: error })
      throw toProblem(error, values)
    }
  }
}

/** What the class of a status means once the sign-in is settled; null: all is well. */
function problemOf(status: number): HttpProblem | null {
  if (status >= 200 && status < 300) return null
  if (status >= 300 && status < 400) return 'http.redirected'
  if (status === 403) return 'http.forbidden'
  if (status === 404 || status === 410) return 'http.not_found'
  if (status === 429 || status === 503) return 'http.busy'
  return status >= 500 ? 'http.server_error' : 'http.unexpected'
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Longer than any simulated work takes. */
const WAIT = 'wait=30'

/** The demo sets itself up through the REST API, as a script of yours would. */
export class DemoApi {
  readonly #url: string
  readonly #token: string
  readonly #send: (url: string, init: RequestInit) => Promise<Response>

  /** `send`: a test has routes without a server. */
  constructor(url: string, token: string, send: (url: string, init: RequestInit) => Promise<Response> = fetch) {
    this.#url = url
    this.#token = token
    this.#send = send
  }

  /** The `data` of the answer, without waiting for what hosts have to do. Throws with the problem's own words. */
  async post<T>(pathname: string, body: unknown): Promise<T> {
    return (await this.#call<{ data: T }>('POST', pathname, 'respond-async', body)).data
  }

  async get<T>(pathname: string): Promise<T> {
    return (await this.#call<{ data: T }>('GET', pathname, WAIT)).data
  }

  list<T>(pathname: string): Promise<{ data: T[] }> {
    return this.#call<{ data: T[] }>('GET', pathname, WAIT)
  }

  /** Waits until the hosts have done it. */
  async finish<T>(method: Method, pathname: string, body: unknown): Promise<T> {
    return (await this.#call<{ data: T }>(method, pathname, WAIT, body)).data
  }

  /** The id of the operation that does it. */
  async begin(method: Method, pathname: string, body: unknown): Promise<string> {
    const { operation } = await this.#call<{ operation: { id: string } }>(method, pathname, 'respond-async', body)
    return operation.id
  }

  /** Begins an upload (tus) and sends its first part alone: the rest is for somebody else. */
  async uploadPart(pathname: string, { path, bytes, sent }: { path: string; bytes: number; sent: number }) {
    const tus = { authorization: `Bearer ${this.#token}`, 'tus-resumable': '1.0.0' }
    const begun = await this.#send(`${this.#url}/api/v1${pathname}`, {
      method: 'POST',
      headers: { ...tus, 'upload-length': String(bytes), 'upload-metadata': `path ${btoa(path)}` },
    })
    const at = begun.headers.get('location')
    if (at === null) throw new Error(`${pathname}: ${begun.status}`)
    const part = await this.#send(this.#url + at, {
      method: 'PATCH',
      headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      body: new Uint8Array(sent),
    })
    if (!part.ok) throw new Error(`${at}: ${part.status}`)
  }

  async #call<T>(method: Method, pathname: string, prefer: string, body?: unknown): Promise<T> {
    const response = await this.#send(`${this.#url}/api/v1${pathname}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json', prefer },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as T & { detail?: string }
    if (!response.ok) throw new Error(`${pathname}: ${answer.detail ?? response.status}`)
    return answer
  }
}

import type { HttpAnswer, HttpRequest } from '@/lib/drivers/contract/driver-host'
import { reveal, Secret } from '@/lib/secret'

/** A web server in memory: answers by path, with what nginx sends for a directory, and a door that wants a sign-in. */
export class FakeWeb {
  /** Listings and pages by path. */
  readonly pages = new Map<string, string>()
  /** Statuses by path, instead of a page. */
  readonly statuses = new Map<string, number>()
  /** Where a path sends to. */
  readonly redirects = new Map<string, string>()
  /** The only `Authorization` that is let in; null: everybody. */
  key: string | null = null
  knowsHead = true
  /** Everything that was asked, and by which address. */
  readonly asked: { method: string; url: string; address: string | undefined; authorization: string | undefined }[] = []

  readonly answer = async (request: HttpRequest): Promise<HttpAnswer> => {
    const { authorization: given } = request.headers ?? {}
    const authorization = given instanceof Secret ? reveal(given) : given
    this.asked.push({ method: request.method, url: request.url, address: request.address, authorization })
    const { pathname } = new URL(request.url)
    if (request.method === 'HEAD' && !this.knowsHead) return this.#respond(405, '')
    if (this.key !== null && authorization !== this.key) return this.#respond(401, '')
    const location = this.redirects.get(pathname)
    if (location !== undefined) return this.#respond(302, '', { location })
    const status = this.statuses.get(pathname)
    if (status !== undefined) return this.#respond(status, '')
    const page = this.pages.get(pathname)
    return page === undefined ? this.#respond(404, '') : this.#respond(200, request.method === 'HEAD' ? '' : page)
  }

  #respond(status: number, body: string, headers: Record<string, string> = {}): HttpAnswer {
    return { status, headers: { 'content-type': 'text/html', ...headers }, body, durationMs: 1 }
  }
}

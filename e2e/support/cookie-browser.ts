/** What a browser does without a page: cookies by origin, and redirects one by one. */
export class CookieBrowser {
  readonly #jars = new Map<string, Map<string, string>>()

  jar(origin: string): Map<string, string> {
    const known = this.#jars.get(origin) ?? new Map<string, string>()
    this.#jars.set(origin, known)
    return known
  }

  async fetch(address: string, form?: Record<string, string>): Promise<Response> {
    const { origin } = new URL(address)
    const jar = this.jar(origin)
    const response = await fetch(address, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '), origin },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = cookie.split(/;\s*/)
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      const expires = attributes.find((one) => /^expires=/i.test(one))?.slice('expires='.length)
      if (value === '' || (expires && Date.parse(expires) <= Date.now())) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }

  /** Goes on from redirect to redirect, until one leads to where `stop` says, which is not asked, or to a page. */
  async follow(address: string, stop: (url: string) => boolean = () => false): Promise<{ url: string; html: string }> {
    for (let url = address, hops = 0; hops < 20; hops++) {
      if (stop(url)) return { url, html: '' }
      const response = await this.fetch(url)
      const location = response.headers.get('location')
      if (location === null) return { url, html: await response.text() }
      await response.body?.cancel()
      url = new URL(location, url).href
    }
    throw new Error(`too many redirects from ${address}`)
  }
}

/** The demo sets itself up through the REST API, as a script of yours would. */
export class DemoApi {
  readonly #url: string
  readonly #token: string

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** The `data` of the answer. Throws with the problem's own words. */
  async post<T>(pathname: string, body: unknown): Promise<T> {
    const response = await fetch(`${this.#url}/api/v1${pathname}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.#token}`,
        'content-type': 'application/json',
        prefer: 'respond-async',
      },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as { data: T; detail?: string }
    if (!response.ok) throw new Error(`${pathname}: ${answer.detail ?? response.status}`)
    return answer.data
  }
}

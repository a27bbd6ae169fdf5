import { WebSocket } from 'ws'
import type { Profile } from '@/client/profile'
import { Said } from '@/client/said'
import type { ConsoleTicketView, OpenConsole } from '@/lib/consoles/schema'
import type { WorkloadRow } from '@/lib/workloads/schema'

/** Milliseconds for one answer. */
const PATIENCE_MS = 20_000
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export type Machine = Pick<WorkloadRow, 'id' | 'name' | 'native_id' | 'host'>

/** A Holdfast, as this person. */
export class Product {
  readonly #profile: Profile

  constructor(profile: Profile) {
    this.#profile = profile
  }

  get url(): string {
    return this.#profile.url
  }

  /** The only one of that name, or with that UUID. Throws with what there is instead. */
  async findMachine(nameOrUuid: string, host: string | undefined): Promise<Machine> {
    const query = new URLSearchParams({ target: 'libvirt', search: nameOrUuid, limit: '100' })
    const { data } = await this.#ask<{ data: Machine[] }>(`/api/v1/workloads?${query}`)
    const isIt = UUID.test(nameOrUuid)
      ? (one: Machine) => one.native_id === nameOrUuid.toLowerCase()
      : (one: Machine) => one.name === nameOrUuid
    const found = data.filter((one) => isIt(one) && (host === undefined || one.host.name === host))
    const [machine] = found
    if (machine === undefined) throw new Said(noneWords(nameOrUuid, host, data))
    if (found.length > 1) {
      const hosts = found.map((one) => one.host.name).join(', ')
      throw new Said(`There are several machines of that name: say which with --host (${hosts}).`)
    }
    return machine
  }

  async machineOf(workloadId: string): Promise<Machine> {
    const { data } = await this.#ask<{ data: Machine }>(`/api/v1/workloads/${encodeURIComponent(workloadId)}`)
    return data
  }

  /** Who this token is. */
  async whoAmI(): Promise<string> {
    const { data } = await this.#ask<{ data: { name: string } }>('/api/v1/account')
    return data.name
  }

  /** Opens the screen; bytes of RFB come as messages. The WebSocket is open, and paused. */
  async openScreen(machine: Machine, isViewOnly: boolean): Promise<WebSocket> {
    const body: OpenConsole = {
      host_id: machine.host.id,
      machine: machine.native_id,
      kind: 'screen',
      view_only: isViewOnly,
    }
    const { data: ticket } = await this.#ask<{ data: ConsoleTicketView }>('/api/v1/consoles', body)
    const address = new URL(ticket.path, this.#profile.url)
    // Whatever the answer says, the token goes to the Holdfast that it is of.
    if (address.origin !== this.#profile.url) throw new Said('The answer leads to another server; nothing was opened.')
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(address, ticket.protocols, {
      headers: this.#headers(),
      handshakeTimeout: PATIENCE_MS,
      followRedirects: false,
      perMessageDeflate: false,
    })
    const { promise, resolve, reject } = Promise.withResolvers<WebSocket>()
    socket.once('error', reject)
    socket.once('unexpected-response', (_request, response) => {
      response.resume()
      reject(new Said(`${this.url} did not open the screen (${response.statusCode}).`))
    })
    socket.once('open', () => {
      socket.pause()
      resolve(socket)
    })
    return promise
  }

  #headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.#profile.token}` }
  }

  async #ask<T>(path: string, body?: unknown): Promise<T> {
    const { url } = this.#profile
    const answer = await fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...this.#headers(), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
      redirect: 'error',
    }).catch((error: Error & { cause?: Error }) => {
      throw new Said(`${url} does not answer: ${error.cause?.message ?? error.message}.`)
    })
    const said: unknown = await answer.json().catch(() => null)
    if (answer.ok && said !== null) return said as T
    const { detail, recovery } = (said ?? {}) as { detail?: string; recovery?: string }
    throw new Said(detail ? [detail, recovery].filter(Boolean).join(' ') : `${url} answered ${answer.status}.`)
  }
}

function noneWords(name: string, host: string | undefined, near: readonly Machine[]): string {
  const where = host === undefined ? '' : ` on ${host}`
  const others = near.map((one) => `${one.name} (${one.host.name})`)
  return `There is no machine "${name}"${where}.${others.length > 0 ? ` There is: ${others.join(', ')}.` : ''}`
}

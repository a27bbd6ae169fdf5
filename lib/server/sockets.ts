import type { Socket } from 'node:net'
import type { ServerLimits } from '@/lib/server/limits'

interface Entry {
  socket: Socket
  network: string
  isProven: boolean
}

/** What one client of a provider owns: an IPv4 address, or 64 bits of IPv6. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':')
}

/** The two sockets of a TLS connection, the raw one and the one over it, have this in common. */
function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}

/**
 * Who is connected to one server. A connection that has shown what it is for (`prove`) is never given up for another one. Where
 * there are too many, the oldest unproven one of the address with most of them goes: silent connections shut nobody out.
 */
export class Connections {
  readonly #limits: ServerLimits
  readonly #onRefused: (address: string) => void
  readonly #open = new Map<string, Entry>()
  readonly #perNetwork = new Map<string, number>()
  /** By network; in a Set, the oldest comes first. */
  readonly #unproven = new Map<string, Set<Entry>>()
  #unprovenCount = 0

  constructor(limits: ServerLimits, onRefused: (address: string) => void) {
    this.#limits = limits
    this.#onRefused = onRefused
  }

  get size(): number {
    return this.#open.size
  }

  /** Takes a new connection, or closes it. */
  admit(socket: Socket): void {
    const address = socket.remoteAddress
    if (address === undefined) {
      socket.destroy()
      return
    }
    const network = networkOf(address)
    const { connections, connectionsPerAddress, unproven } = this.#limits
    const isRoom =
      ((this.#perNetwork.get(network) ?? 0) < connectionsPerAddress || this.#giveUp(network)) &&
      (this.#open.size < connections || this.#giveUp()) &&
      (this.#unprovenCount < unproven || this.#giveUp())
    if (!isRoom) {
      this.#onRefused(address)
      socket.destroy()
      return
    }
    const key = keyOf(socket)
    const entry: Entry = { socket, network, isProven: false }
    this.#open.set(key, entry)
    this.#perNetwork.set(network, (this.#perNetwork.get(network) ?? 0) + 1)
    const waiting = this.#unproven.get(network) ?? new Set()
    this.#unproven.set(network, waiting.add(entry))
    this.#unprovenCount++
    socket.once('close', () => this.#forget(key, entry))
  }

  /** It has sent a request, or shown a good certificate. */
  prove(socket: Socket): void {
    const entry = this.#open.get(keyOf(socket))
    if (entry) this.#settle(entry)
  }

  #settle(entry: Entry): void {
    if (entry.isProven) return
    entry.isProven = true
    this.#unprovenCount--
    const waiting = this.#unproven.get(entry.network)
    waiting?.delete(entry)
    if (waiting?.size === 0) this.#unproven.delete(entry.network)
  }

  #forget(key: string, entry: Entry): void {
    this.#settle(entry)
    if (this.#open.get(key) !== entry) return
    this.#open.delete(key)
    const left = (this.#perNetwork.get(entry.network) ?? 1) - 1
    if (left > 0) this.#perNetwork.set(entry.network, left)
    else this.#perNetwork.delete(entry.network)
  }

  /** Closes the oldest unproven connection, of this network or of the one with most. False when there is none. */
  #giveUp(network?: string): boolean {
    let most = network === undefined ? undefined : this.#unproven.get(network)
    if (network === undefined) {
      for (const waiting of this.#unproven.values()) if (waiting.size > (most?.size ?? 0)) most = waiting
    }
    const [oldest] = most ?? []
    if (!oldest) return false
    this.#onRefused(oldest.socket.remoteAddress ?? oldest.network)
    this.#forget(keyOf(oldest.socket), oldest)
    oldest.socket.destroy()
    return true
  }
}

import type { ConnectionMessage, ObservedConnection, WireBackend } from '@/lib/agent-protocol/messages'

/** The block storages that are to be open on a simulated host. */
export class SimulatedConnections {
  readonly #connections = new Map<string, ObservedConnection>()
  readonly #onChange: (all: readonly ObservedConnection[]) => void

  constructor(onChange: (all: readonly ObservedConnection[]) => void) {
    this.#onChange = onChange
  }

  all(): ObservedConnection[] {
    return [...this.#connections.values()]
  }

  connect({ id }: WireBackend, generation: number): ConnectionMessage {
    const usage = { totalBytes: 2_000_000_000, usedBytes: 0, availableBytes: 2_000_000_000, fileCount: null }
    const connection = { summary: 'Connected.', details: { device: '/dev/fake' }, usage }
    const at = new Date().toISOString()
    const up = { state: 'connected' as const, since: at, error: null, connection, connectedAt: at }
    this.#connections.set(id, { backendId: id, generation, ...up })
    this.#onChange(this.all())
    return connection
  }

  disconnect(backendId: string): void {
    if (this.#connections.delete(backendId)) this.#onChange(this.all())
  }

  /** Something happened on the host or on the server; `null`: the agent has lost its memory of it. */
  override(backendId: string, change: Partial<ObservedConnection> | null): void {
    const known = this.#connections.get(backendId)
    if (known === undefined) throw new Error(`${backendId} is not connected on this host`)
    if (change === null) this.#connections.delete(backendId)
    else this.#connections.set(backendId, { ...known, since: new Date().toISOString(), ...change })
    this.#onChange(this.all())
  }
}

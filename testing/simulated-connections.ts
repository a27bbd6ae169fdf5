import type { ConnectionMessage, ObservedConnection, WireBackend } from '@/lib/agent-protocol/messages'
import { simulatedType } from '@/testing/simulated-layers'

/** The block storages that are to be open on a simulated host. */
export class SimulatedConnections {
  readonly #connections = new Map<string, ObservedConnection>()
  readonly #usageOf: (backend: WireBackend) => ConnectionMessage['usage']
  readonly #onChange: (all: readonly ObservedConnection[]) => void

  constructor(
    usageOf: (backend: WireBackend) => ConnectionMessage['usage'],
    onChange: (all: readonly ObservedConnection[]) => void,
  ) {
    this.#usageOf = usageOf
    this.#onChange = onChange
  }

  all(): ObservedConnection[] {
    return [...this.#connections.values()]
  }

  connect(backend: WireBackend, generation: number): ConnectionMessage {
    const { id } = backend
    const connection = { ...standing(backend), usage: this.#usageOf(backend) }
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

function standing({ id, driver, config }: WireBackend): Pick<ConnectionMessage, 'summary' | 'details'> {
  return simulatedType(driver).connection?.(id, config) ?? { summary: 'It is open on this host.', details: {} }
}

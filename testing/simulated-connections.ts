import type { ListedKind } from '@/agent/resources/listed-kind'
import type { ConnectionMessage, ObservedConnection, WireBackend } from '@/lib/agent-protocol/messages'
import { ResourceListeners } from '@/testing/resource-listeners'
import { simulatedType } from '@/testing/simulated-layers'

/** The block storages that are to be open on a simulated host. */
export class SimulatedConnections implements ListedKind<ObservedConnection> {
  readonly name = 'connection'
  readonly #connections = new Map<string, ObservedConnection>()
  readonly #usageOf: (backend: WireBackend) => ConnectionMessage['usage']
  readonly #listeners = new ResourceListeners<ObservedConnection>()

  constructor(usageOf: (backend: WireBackend) => ConnectionMessage['usage']) {
    this.#usageOf = usageOf
  }

  idOf({ backendId }: ObservedConnection): string {
    return backendId
  }

  list(): ObservedConnection[] {
    return [...this.#connections.values()]
  }

  subscribe(onChange: (changed: readonly ObservedConnection[], gone: readonly string[]) => void): () => void {
    return this.#listeners.add(onChange)
  }

  connect(backend: WireBackend, generation: number): ConnectionMessage {
    const { id } = backend
    const connection = { ...standing(backend), usage: this.#usageOf(backend) }
    const at = new Date().toISOString()
    const up = { state: 'connected' as const, since: at, error: null, connection, connectedAt: at }
    this.#show({ backendId: id, generation, ...up })
    return connection
  }

  disconnect(backendId: string): void {
    if (this.#connections.delete(backendId)) this.#listeners.tell([], [backendId])
  }

  /** Something happened on the host or on the server; `null`: the agent has lost its memory of it. */
  override(backendId: string, change: Partial<ObservedConnection> | null): void {
    const known = this.#connections.get(backendId)
    if (known === undefined) throw new Error(`${backendId} is not connected on this host`)
    if (change === null) this.disconnect(backendId)
    else this.#show({ ...known, since: new Date().toISOString(), ...change })
  }

  #show(connection: ObservedConnection): void {
    this.#connections.set(connection.backendId, connection)
    this.#listeners.tell([connection])
  }
}

function standing({ id, driver, config }: WireBackend): Pick<ConnectionMessage, 'summary' | 'details'> {
  return simulatedType(driver).connection?.(id, config) ?? { summary: 'It is open on this host.', details: {} }
}

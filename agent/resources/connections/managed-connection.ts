import type { ConnectionMessage, ObservedConnection, WireBackend } from '@/lib/agent-protocol/messages'
import { toldError } from '@/lib/drivers/problems/report'
import type { HoldfastError } from '@/lib/errors'
import type { DesiredConnection } from './connection-documents'

/** One backend that is to be connected: what is wanted, what stands, and what is being done about it. */
export class ManagedConnection {
  backend: WireBackend
  generation: number
  removing: boolean
  /** What stands, or stood when it was last well. Null: it never did, so nobody has seen that it can. */
  connection: ConnectionMessage | null
  connectedAt: Date | null
  /** Was it well at the last look? */
  stands = false
  activity: 'connecting' | 'disconnecting' | null = null
  error: ObservedConnection['error'] = null
  failures = 0
  /** `performance.now()` before which it is not tried again by itself. */
  notBefore = 0
  #since = new Date()
  #lastState: ObservedConnection['state'] = 'disconnected'

  constructor({ document, generation, removing, note }: DesiredConnection) {
    this.backend = document
    this.generation = generation
    this.removing = removing
    this.connection = note.connection
    this.connectedAt = note.connectedAt === null ? null : new Date(note.connectedAt)
  }

  get id(): string {
    return this.backend.id
  }

  isUp(connection: ConnectionMessage | null = this.connection): void {
    this.connection = connection
    this.stands = true
    this.error = null
    this.failures = 0
    this.notBefore = 0
  }

  fail(error: HoldfastError): void {
    this.stands = false
    this.error = toldError(error)
  }

  get state(): ObservedConnection['state'] {
    if (this.activity === 'disconnecting') return 'disconnecting'
    // What is wrong stays in sight while it is tried again in the background.
    if (this.error !== null) return 'error'
    if (this.activity !== null) return this.activity
    return this.stands ? 'connected' : 'disconnected'
  }

  view(): ObservedConnection {
    const { state } = this
    if (state !== this.#lastState) {
      this.#since = new Date()
      this.#lastState = state
    }
    return {
      backendId: this.id,
      state,
      generation: this.generation,
      since: this.#since.toISOString(),
      error: this.error,
      connection: this.connection,
      connectedAt: this.connectedAt?.toISOString() ?? null,
    }
  }
}

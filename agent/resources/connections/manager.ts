import { checkServers, type OpenedBackend, openBackend } from '@/agent/backends/open-backend'
import type { CommandRunner, ResourceKind } from '@/agent/commands/runner'
import type { Turn } from '@/agent/commands/turn'
import { failpoint } from '@/agent/host/failpoint'
import type { Command, Journal } from '@/agent/journal/journal'
import type { Policy } from '@/agent/policy/policy'
import type { Agent, Connections, Door, Progress } from '@/agent/verbs/agent'
import type { CommandEnvelope, ConnectionMessage, ObservedConnection, WireBackend } from '@/lib/agent-protocol/messages'
import type { OperationContext } from '@/lib/drivers/contract/host'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { CONNECTION_DOCUMENTS, type WantedConnections } from './connection-documents'
import { ManagedConnection } from './managed-connection'

const OPERATION_MS = 140_000
const CHECK_MS = 20_000

export interface ConnectionPauses {
  /** Between two looks at one that stands. */
  standingMs: number
  /** Between two looks at one that does not. */
  fallenMs: number
  /** Between two attempts to bring one back: after the first one that failed, after the second, … */
  retryMs: readonly number[]
}

const PAUSES: ConnectionPauses = { standingMs: 10_000, fallenMs: 3_000, retryMs: [3_000, 10_000, 30_000, 60_000] }

export interface ConnectionManagerOptions {
  journal: Journal
  runner: CommandRunner
  log: Log
  policy: () => Policy
  open: Agent['open']
  pauses?: ConnectionPauses
}

/**
 * Block storages that are to be open on this host. What is wanted is in the journal, what is true is asked of the driver every few
 * seconds; one that stood once is brought back when it does not stand any more. One that could not be opened when it was asked for is
 * left to the person who asked: the LUN that was refused as not empty must not be taken in the moment it looks empty.
 */
export class ConnectionManager implements Connections, ResourceKind {
  readonly name = 'connection'
  readonly commands = ['connectBackend', 'disconnectBackend']
  readonly #options: ConnectionManagerOptions
  readonly #wanted: WantedConnections
  readonly #pauses: ConnectionPauses
  readonly #connections = new Map<string, ManagedConnection>()
  readonly #listeners = new Set<(changed: readonly ObservedConnection[], gone: readonly string[]) => void>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  /** What listeners were told last, by id. */
  #told = new Map<string, string>()

  private constructor(options: ConnectionManagerOptions) {
    this.#options = options
    this.#wanted = options.journal.documents(CONNECTION_DOCUMENTS)
    this.#pauses = options.pauses ?? PAUSES
  }

  /** Answers questions as soon as it returns. */
  static start(options: ConnectionManagerOptions): ConnectionManager {
    const manager = new ConnectionManager(options)
    for (const desired of manager.#wanted.all()) {
      manager.#connections.set(desired.document.id, new ManagedConnection(desired))
    }
    return manager
  }

  /** What is open stays. */
  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  /** What is wanted by now is in the journal. */
  async recover(backendId: string, turn: Turn): Promise<unknown> {
    const connection = this.#connections.get(backendId)
    if (connection !== undefined && !connection.removing) return this.#bringUp(connection, turn)
    if (connection !== undefined) await this.#takeDown(connection.backend, turn)
    return { disconnected: true }
  }

  /** What is to be there is brought back. */
  begin(): void {
    for (const connection of this.#connections.values()) this.#lookIn(connection, 0)
  }

  idOf({ backendId }: ObservedConnection): string {
    return backendId
  }

  list(): ObservedConnection[] {
    return [...this.#connections.values()].map((connection) => connection.view())
  }

  /** Has it stood here, and is it to stay? */
  keeps(backendId: string): boolean {
    const connection = this.#connections.get(backendId)
    if (connection === undefined || connection.connectedAt === null) return false
    return this.#wanted.find(backendId)?.removing === false
  }

  subscribe(onChange: (changed: readonly ObservedConnection[], gone: readonly string[]) => void): () => void {
    this.#listeners.add(onChange)
    return () => this.#listeners.delete(onChange)
  }

  async connect(
    envelope: CommandEnvelope,
    receivedAt: number,
    backend: WireBackend,
    progress: Progress,
  ): Promise<ConnectionMessage> {
    const { policy, runner } = this.#options
    const command: Command = { kind: 'connectBackend', envelope, args: { backend } }
    const door = this.#door(envelope.operationId, OPERATION_MS, runner.stopping)
    if (!openBackend(backend, policy(), door.redactor).driver.connect) throw cannotConnect(backend.driver)
    return runner.run(command, receivedAt, progress.log, {
      want: () => this.#wanted.want(backend, envelope.generation),
      carryOut: (turn) => this.#bringUp(this.#want(backend.id), turn),
    })
  }

  /** A policy never keeps anything from going. */
  async disconnect(
    envelope: CommandEnvelope,
    receivedAt: number,
    backend: WireBackend,
    progress: Progress,
  ): Promise<void> {
    const { runner } = this.#options
    const command: Command = { kind: 'disconnectBackend', envelope, args: { backend } }
    await runner.run(command, receivedAt, progress.log, {
      want: () => this.#wanted.markRemoving(backend.id, envelope.generation),
      carryOut: async (turn) => {
        await this.#takeDown(backend, turn)
        return { disconnected: true }
      },
    })
  }

  // ---- work, under the lock of the backend

  async #bringUp(connection: ManagedConnection, turn: Turn): Promise<ConnectionMessage> {
    const { policy } = this.#options
    connection.activity = 'connecting'
    this.#tell()
    try {
      const found = await this.#with(turn, OPERATION_MS, async (context, door) => {
        const opened = openBackend(connection.backend, policy(), door.redactor)
        if (!opened.driver.connect) throw cannotConnect(connection.backend.driver)
        await checkServers(opened, policy(), door.host)
        failpoint('connect.before')
        return opened.driver.connect(opened.backend, context)
      })
      failpoint('connect.after')
      connection.connectedAt = new Date()
      connection.isUp(found)
      this.#wanted.markApplied(connection.id, { connection: found, connectedAt: connection.connectedAt.getTime() })
      return found
    } catch (error) {
      // What was cut off by a command or by the end of the agent is no news about the storage.
      if (!turn.signal.aborted) connection.fail(toHoldfastError(error))
      throw error
    } finally {
      connection.activity = null
      this.#tell()
      this.#lookIn(connection, this.#pauses.standingMs)
    }
  }

  async #takeDown(backend: WireBackend, turn: Turn): Promise<void> {
    const { policy, runner } = this.#options
    const connection = this.#connections.get(backend.id)
    if (connection !== undefined) connection.activity = 'disconnecting'
    this.#tell()
    try {
      await this.#with(turn, OPERATION_MS, async (context, door) => {
        const opened = openBackend(backend, { ...policy(), checkDriver: () => undefined }, door.redactor)
        if (!opened.driver.disconnect) throw cannotConnect(backend.driver)
        failpoint('disconnect.before')
        await opened.driver.disconnect(opened.backend, context)
      })
      failpoint('disconnect.after')
      this.#wanted.forget(backend.id)
      this.#connections.delete(backend.id)
    } catch (error) {
      if (!runner.stopping.aborted) this.#wanted.unmarkRemoving(backend.id)
      if (connection !== undefined) this.#lookIn(connection, 0)
      throw error
    } finally {
      if (connection !== undefined) connection.activity = null
      this.#tell()
    }
  }

  /** With a door of its own. A child that cannot be ended, because the kernel waits for a dead server, keeps the backend held. */
  async #with<T>(turn: Turn, limitMs: number, work: (context: OperationContext, door: Door) => Promise<T>): Promise<T> {
    const { operationId, signal } = turn
    const door = this.#door(operationId, limitMs, signal)
    const log = (message: string) => {
      turn.log(door.redactor.redact(message))
      failpoint('connection.log')
    }
    const deadlineAt = performance.now() + limitMs
    try {
      return await work({ host: door.host, signal, deadlineAt, operationId, log, step: () => undefined }, door)
    } finally {
      if (door.runner.uncertain) turn.hang(door.runner.settled())
    }
  }

  #door(operationId: string, limitMs: number, signal: AbortSignal): Door {
    return this.#options.open({ operationId, deadlineAt: performance.now() + limitMs, signal })
  }

  // ---- in the background

  /** The next look; of several the earliest holds. */
  #lookIn(connection: ManagedConnection, ms: number): void {
    if (this.#options.runner.stopping.aborted) return
    clearTimeout(this.#timers.get(connection.id))
    const timer = setTimeout(() => {
      if (this.#connections.get(connection.id) !== connection) return
      void this.#look(connection)
    }, ms)
    this.#timers.set(connection.id, timer)
  }

  /** Does it stand? If not, and it did before, it is opened again, with growing pauses. */
  async #look(connection: ManagedConnection): Promise<void> {
    const { log, runner } = this.#options
    const { standingMs, fallenMs } = this.#pauses
    const say = (step: string) => log.info('bringing a connection back', { backendId: connection.id, step })
    const look = (turn: Turn) => this.#keepUp(connection, turn)
    const looked =
      connection.connection === null ? null : runner.background(connection.id, `look-${connection.id}`, say, look)
    if (looked === null) return this.#lookIn(connection, standingMs)
    await looked
    this.#tell()
    this.#lookIn(connection, connection.stands ? standingMs : fallenMs)
  }

  async #keepUp(connection: ManagedConnection, turn: Turn): Promise<void> {
    const { log } = this.#options
    const { retryMs } = this.#pauses
    try {
      const hangs = await this.#check(connection, turn)
      if (connection.stands || turn.signal.aborted || hangs) return
      if (performance.now() < connection.notBefore) return
      await this.#bringUp(connection, turn)
      log.info('a connection is back', { backendId: connection.id })
    } catch (error) {
      if (turn.signal.aborted) return
      const pause = retryMs[Math.min(connection.failures++, retryMs.length - 1)] ?? 0
      connection.notBefore = performance.now() + pause
      const { code } = toHoldfastError(error)
      log.warn('a connection could not be brought back yet', { backendId: connection.id, code })
    }
  }

  /** Resolves to whether something of the question hangs. */
  async #check(connection: ManagedConnection, turn: Turn): Promise<boolean> {
    let hangs = false
    const silent: Turn = {
      ...turn,
      log: () => undefined,
      hang(gone) {
        hangs = true
        turn.hang(gone)
      },
    }
    try {
      await this.#with(silent, CHECK_MS, async (context, door) => {
        const lenient = { ...this.#options.policy(), checkDriver: () => undefined }
        const opened: OpenedBackend = openBackend(connection.backend, lenient, door.redactor)
        await opened.driver.checkConnection?.(opened.backend, context)
      })
      connection.isUp()
    } catch (error) {
      if (!turn.signal.aborted) connection.fail(toHoldfastError(error))
    }
    this.#tell()
    return hangs
  }

  // ---- what is known

  /** Takes in what the journal holds now. */
  #want(id: string): ManagedConnection {
    const desired = this.#wanted.find(id)
    if (desired === null) throw new HoldfastError('internal', 'The wanted connection is not in the journal.')
    const connection = new ManagedConnection(desired)
    this.#connections.set(id, connection)
    return connection
  }

  #tell(): void {
    const before = this.#told
    const all = this.list().map((connection) => ({ connection, text: JSON.stringify(connection) }))
    this.#told = new Map(all.map(({ connection, text }) => [connection.backendId, text]))
    const changed = all.filter(({ connection, text }) => before.get(connection.backendId) !== text)
    const gone = [...before.keys()].filter((id) => !this.#told.has(id))
    if (changed.length + gone.length === 0) return
    for (const listener of this.#listeners)
      listener(
        changed.map(({ connection }) => connection),
        gone,
      )
  }
}

function cannotConnect(driver: string): HoldfastError {
  return new HoldfastError('unsupported', `The storage type ${driver} is mounted, not connected.`)
}

import { failpoint } from '@/agent/host/failpoint'
import { answerOf, type Command, type Journal } from '@/agent/host/journal'
import { type Held, ResourceLocks } from '@/agent/mounts/resource-locks'
import { checkServers, type OpenedBackend, openBackend } from '@/agent/operations/backend'
import type { Connections, Door, Machine, Progress } from '@/agent/operations/machine'
import type { Policy } from '@/agent/policy'
import type { CommandEnvelope, ConnectionMessage, ObservedConnection, WireBackend } from '@/lib/agent-protocol/messages'
import type { OperationContext } from '@/lib/drivers/contract'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { ManagedConnection } from './managed-connection'

const OPERATION_MS = 140_000
const CHECK_MS = 20_000
const STOP_MS = 2_000

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
  log: Log
  policy: () => Policy
  open: Machine['open']
  /** What a killed agent left running is out of the way. */
  cleared: Promise<void>
  pauses?: ConnectionPauses
}

/**
 * Block storages that are to be open on this host. What is wanted is in the journal, what is true is asked of the driver every few
 * seconds; one that stood once is brought back when it does not stand any more. One that could not be opened when it was asked for is
 * left to the person who asked: the LUN that was refused as not empty must not be taken in the moment it looks empty.
 */
export class ConnectionManager implements Connections {
  readonly #options: ConnectionManagerOptions
  readonly #pauses: ConnectionPauses
  readonly #connections = new Map<string, ManagedConnection>()
  readonly #locks = new ResourceLocks()
  readonly #listeners = new Set<(all: readonly ObservedConnection[]) => void>()
  readonly #commands = new Map<string, Promise<unknown>>()
  /** The last command for each backend: the next one begins after it. */
  readonly #last = new Map<string, Promise<unknown>>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #running = new Set<Promise<unknown>>()
  /** Work that has ended, but for a child of it. */
  readonly #unsettled = new WeakMap<Held, Promise<void>>()
  readonly #stop = new AbortController()
  #told = ''

  private constructor(options: ConnectionManagerOptions) {
    this.#options = options
    this.#pauses = options.pauses ?? PAUSES
  }

  /** Answers questions as soon as it returns. What is to be there is brought back, and what was cut off is finished, afterwards. */
  static start(options: ConnectionManagerOptions): ConnectionManager {
    const manager = new ConnectionManager(options)
    for (const desired of options.journal.connections.all()) {
      manager.#connections.set(desired.backend.id, new ManagedConnection(desired))
    }
    void manager.#track(manager.#recover())
    return manager
  }

  /** What is open stays. A command that is cut off here is finished by the next agent. */
  async stop(): Promise<void> {
    this.#stop.abort()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    const idle = Promise.allSettled(this.#running)
    await Promise.race([idle, new Promise((resolve) => setTimeout(resolve, STOP_MS))])
  }

  list(): ObservedConnection[] {
    return [...this.#connections.values()].map((connection) => connection.view())
  }

  subscribe(onChange: (all: readonly ObservedConnection[]) => void): () => void {
    this.#listeners.add(onChange)
    return () => this.#listeners.delete(onChange)
  }

  async connect(
    envelope: CommandEnvelope,
    receivedAt: number,
    backend: WireBackend,
    progress: Progress,
  ): Promise<ConnectionMessage> {
    const { journal, policy } = this.#options
    const command: Command = { kind: 'connectBackend', envelope, args: { backend } }
    const door = this.#door(envelope.operationId, OPERATION_MS, this.#stop.signal)
    if (!openBackend(backend, policy(), door.redactor).driver.connect) throw cannotConnect(backend.driver)
    const write = () => journal.connections.want(backend, envelope.generation)
    return this.#command(command, receivedAt, write, (held) => {
      return this.#bringUp(this.#want(backend.id), envelope.operationId, held, progress)
    })
  }

  /** A policy never keeps anything from going. */
  async disconnect(
    envelope: CommandEnvelope,
    receivedAt: number,
    backend: WireBackend,
    progress: Progress,
  ): Promise<void> {
    const { journal } = this.#options
    const command: Command = { kind: 'disconnectBackend', envelope, args: { backend } }
    const write = () => journal.connections.markDisconnecting(backend.id, envelope.generation)
    await this.#command(command, receivedAt, write, async (held) => {
      await this.#takeDown(backend, envelope.operationId, held, progress)
      return { disconnected: true }
    })
  }

  // ---- commands

  /** Answers a repeated operation, joins a running one, and otherwise waits for its turn with this backend. */
  #command<T>(command: Command, receivedAt: number, write: () => void, work: (held: Held) => Promise<T>): Promise<T> {
    const { operationId, resourceId } = command.envelope
    const known = this.#options.journal.recall(command)
    if (known !== null && known.status !== 'unfinished') return Promise.resolve().then(() => answerOf<T>(known))
    const same = this.#commands.get(operationId)
    if (same !== undefined) return same as Promise<T>
    const begin = () => this.#carryOut(command, receivedAt, write, work)
    const outcome = this.#track((this.#last.get(resourceId) ?? Promise.resolve()).then(begin, begin))
    this.#commands.set(operationId, outcome)
    this.#last.set(resourceId, outcome)
    const done = () => {
      this.#commands.delete(operationId)
      if (this.#last.get(resourceId) === outcome) this.#last.delete(resourceId)
    }
    outcome.then(done, done)
    return outcome
  }

  async #carryOut<T>(
    command: Command,
    receivedAt: number,
    write: () => void,
    work: (held: Held) => Promise<T>,
  ): Promise<T> {
    const { journal, log } = this.#options
    const { operationId, resourceId, ttlMs } = command.envelope
    const held = await this.#locks.acquire(resourceId, operationId)
    try {
      if (performance.now() - receivedAt > ttlMs) {
        throw new HoldfastError('stale', 'This command waited longer than it may.', { details: { reason: 'ttl' } })
      }
      const begun = journal.begin(command, write)
      if (begun.status === 'done' || begun.status === 'failed') return answerOf<T>(begun)
      failpoint('connection.intent')
      try {
        const result = await work(held)
        journal.finish(operationId, { result })
        return result
      } catch (error) {
        const failure = toHoldfastError(error)
        if (failure.code === 'internal') log.error('a connection failed', { operationId, error })
        if (!this.#stop.signal.aborted) journal.finish(operationId, { error: failure })
        throw failure
      }
    } finally {
      this.#release(held)
    }
  }

  // ---- work, under the lock of the backend

  async #bringUp(
    connection: ManagedConnection,
    operationId: string,
    held: Held,
    progress: Progress,
  ): Promise<ConnectionMessage> {
    const { journal, policy } = this.#options
    connection.activity = 'connecting'
    this.#tell()
    try {
      const found = await this.#with(operationId, OPERATION_MS, held, progress, async (context, door) => {
        const opened = openBackend(connection.backend, policy(), door.redactor)
        if (!opened.driver.connect) throw cannotConnect(connection.backend.driver)
        await checkServers(opened, policy(), door.host)
        failpoint('connect.before')
        return opened.driver.connect(opened.backend, context)
      })
      failpoint('connect.after')
      connection.connectedAt = new Date()
      connection.isUp(found)
      journal.connections.markConnected(connection.id, found, connection.connectedAt)
      return found
    } catch (error) {
      // What was cut off by a command or by the end of the agent is no news about the storage.
      if (!held.signal.aborted && !this.#stop.signal.aborted) connection.fail(toHoldfastError(error))
      throw error
    } finally {
      connection.activity = null
      this.#tell()
      this.#lookIn(connection, this.#pauses.standingMs)
    }
  }

  async #takeDown(backend: WireBackend, operationId: string, held: Held, progress: Progress): Promise<void> {
    const { journal, policy } = this.#options
    const connection = this.#connections.get(backend.id)
    if (connection !== undefined) connection.activity = 'disconnecting'
    this.#tell()
    try {
      await this.#with(operationId, OPERATION_MS, held, progress, async (context, door) => {
        const opened = openBackend(backend, { ...policy(), checkDriver: () => undefined }, door.redactor)
        if (!opened.driver.disconnect) throw cannotConnect(backend.driver)
        failpoint('disconnect.before')
        await opened.driver.disconnect(opened.backend, context)
      })
      failpoint('disconnect.after')
      journal.connections.forget(backend.id)
      this.#connections.delete(backend.id)
    } catch (error) {
      if (!this.#stop.signal.aborted) journal.connections.unmarkDisconnecting(backend.id)
      if (connection !== undefined) this.#lookIn(connection, 0)
      throw error
    } finally {
      if (connection !== undefined) connection.activity = null
      this.#tell()
    }
  }

  /** With a door of its own. */
  async #with<T>(
    operationId: string,
    limitMs: number,
    held: Held,
    progress: Progress,
    work: (context: OperationContext, door: Door) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.any([held.signal, this.#stop.signal])
    const door = this.#door(operationId, limitMs, signal)
    const log = (message: string) => {
      progress.log(door.redactor.redact(message))
      failpoint('connection.log')
    }
    const deadlineAt = performance.now() + limitMs
    try {
      return await work({ host: door.host, signal, deadlineAt, operationId, log, step: () => undefined }, door)
    } finally {
      if (door.runner.uncertain) this.#unsettled.set(held, door.runner.settled())
    }
  }

  /** A child that cannot be ended, because the kernel waits for a dead server, is gone before anything else happens to the backend. */
  #release(held: Held): void {
    const settled = this.#unsettled.get(held)
    if (settled === undefined) held.release()
    else void settled.then(held.release)
  }

  #door(operationId: string, limitMs: number, signal: AbortSignal): Door {
    return this.#options.open({ operationId, deadlineAt: performance.now() + limitMs, signal })
  }

  // ---- in the background

  /** After a start: finishes what a killed agent had begun, then looks after everything that is to be there. */
  async #recover(): Promise<void> {
    const { journal, log, cleared } = this.#options
    const isOurs = ({ kind }: { kind: Command['kind'] }) => kind === 'connectBackend' || kind === 'disconnectBackend'
    const unfinished = Map.groupBy(journal.unfinished().filter(isOurs), ({ resourceId }) => resourceId)
    const locks = new Map([...unfinished.keys()].map((id) => [id, this.#locks.tryBackground(id, `recover-${id}`)]))
    await cleared
    await Promise.all(
      [...unfinished].map(async ([id, operations]) => {
        const held = locks.get(id)
        if (!held) return
        const progress = {
          log: (step: string) => log.info('finishing an interrupted operation', { backendId: id, step }),
        }
        const connection = this.#connections.get(id)
        const finish = (outcome: { result: unknown } | { error: HoldfastError }) => {
          for (const { operationId } of operations) journal.finish(operationId, outcome)
        }
        try {
          if (connection === undefined) finish({ result: { disconnected: true } })
          else if (connection.removing) {
            await this.#takeDown(connection.backend, `recover-${id}`, held, progress)
            finish({ result: { disconnected: true } })
          } else finish({ result: await this.#bringUp(connection, `recover-${id}`, held, progress) })
        } catch (error) {
          // The command that it gave way to goes on from here, and the next agent from where this one stopped.
          if (!held.signal.aborted && !this.#stop.signal.aborted) finish({ error: toHoldfastError(error) })
        } finally {
          this.#release(held)
        }
      }),
    )
    for (const connection of this.#connections.values()) this.#lookIn(connection, 0)
  }

  /** The next look; of several the earliest holds. */
  #lookIn(connection: ManagedConnection, ms: number): void {
    if (this.#stop.signal.aborted) return
    clearTimeout(this.#timers.get(connection.id))
    const timer = setTimeout(() => {
      if (this.#connections.get(connection.id) !== connection) return
      void this.#track(this.#look(connection))
    }, ms)
    this.#timers.set(connection.id, timer)
  }

  /** Does it stand? If not, and it did before, it is opened again, with growing pauses. */
  async #look(connection: ManagedConnection): Promise<void> {
    const { log } = this.#options
    const { standingMs, fallenMs, retryMs } = this.#pauses
    const operationId = `look-${connection.id}`
    const held = connection.connection === null ? null : this.#locks.tryBackground(connection.id, operationId)
    if (held === null) return this.#lookIn(connection, standingMs)
    try {
      await this.#check(connection, held)
      if (connection.stands || held.signal.aborted || this.#unsettled.has(held)) return
      if (performance.now() < connection.notBefore) return
      await this.#bringUp(connection, operationId, held, {
        log: (step) => log.info('bringing a connection back', { backendId: connection.id, step }),
      })
      log.info('a connection is back', { backendId: connection.id })
    } catch (error) {
      if (held.signal.aborted || this.#stop.signal.aborted) return
      const pause = retryMs[Math.min(connection.failures++, retryMs.length - 1)] ?? 0
      connection.notBefore = performance.now() + pause
      const { code } = toHoldfastError(error)
      log.warn('a connection could not be brought back yet', { backendId: connection.id, code })
    } finally {
      this.#release(held)
      this.#tell()
      this.#lookIn(connection, connection.stands ? standingMs : fallenMs)
    }
  }

  async #check(connection: ManagedConnection, held: Held): Promise<void> {
    const silent = { log: () => undefined }
    try {
      await this.#with(`look-${connection.id}`, CHECK_MS, held, silent, async (context, door) => {
        const lenient = { ...this.#options.policy(), checkDriver: () => undefined }
        const opened: OpenedBackend = openBackend(connection.backend, lenient, door.redactor)
        await opened.driver.checkConnection?.(opened.backend, context)
      })
      connection.isUp()
    } catch (error) {
      if (!held.signal.aborted && !this.#stop.signal.aborted) connection.fail(toHoldfastError(error))
    }
    this.#tell()
  }

  // ---- what is known

  /** Takes in what the journal holds now. */
  #want(id: string): ManagedConnection {
    const desired = this.#options.journal.connections.all().find(({ backend }) => backend.id === id)
    if (desired === undefined) throw new HoldfastError('internal', 'The wanted connection is not in the journal.')
    const connection = new ManagedConnection(desired)
    this.#connections.set(id, connection)
    return connection
  }

  #tell(): void {
    const all = this.list()
    const text = JSON.stringify(all)
    if (text === this.#told) return
    this.#told = text
    for (const listener of this.#listeners) listener(all)
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work)
    const done = () => this.#running.delete(work)
    work.then(done, done)
    return work
  }
}

function cannotConnect(driver: string): HoldfastError {
  return new HoldfastError('unsupported', `The storage type ${driver} is mounted, not connected.`)
}

import type { AgentClient, CallOptions } from '@/lib/agent-client/client'
import { isFromHost } from '@/lib/agent-client/client'
import type { ConnectionMessage, ObservedConnection, WireBackend } from '@/lib/agent-protocol/messages'
import type { HostDirectory } from '@/lib/controller/fleet/host-directory'
import type { SealedInput } from '@/lib/controller/keys/sealing-keys'
import { KeyedLocks, nextAttempt } from '@/lib/controller/limits'
import { findTargetsInHand } from '@/lib/controller/operations/repository'
import { usageColumns } from '@/lib/controller/resources/connections/backend-status'
import {
  type ConnectionObservation,
  type DesiredConnection,
  findConnectionsOfHost,
  saveConnection,
} from '@/lib/controller/resources/connections/connections-repository'
import { saveBackend } from '@/lib/controller/resources/mounts/mounts-repository'
import type { Db, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { sealedParts } from '@/lib/db/sealed-secrets'
import { type HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Bus } from '@/lib/events/bus'
import { newId } from '@/lib/ids'
import type { Log } from '@/lib/log'

/** A login may have to wait for another one on the same host. */
const TTL_MS = 120_000

export interface ConnectionsParts {
  prisma: PrismaClient
  bus: Bus
  client: AgentClient
  directory: HostDirectory
  log: Log
  open(backend: SealedInput): Promise<WireBackend>
  /** For a command to this host; throws while it may get none. */
  fence(hostId: string): Promise<number>
  /** Look at this host again, then. */
  poke(hostId: string, delayMs?: number): void
}

export interface ConnectionCommand {
  operationId: string
  row: DesiredConnection
  options: CallOptions
}

/** What came of one command. `store` writes it, in whose transaction ever. */
export interface ConnectionOutcome {
  error?: HoldfastError
  connection?: ConnectionMessage
  store(tx: Db): Promise<void>
}

const OPERATIONS = { kind: { in: ['backend.connect', 'backend.disconnect'] } }
const NOTHING_WRONG = { observedError: null, observedProblem: null, observedAdvice: null } as const
const GONE = { observedState: 'disconnected', observedGeneration: null, ...NOTHING_WRONG, details: null } as const
const WELL = { attempts: 0, nextAttemptAt: null } as const

/**
 * Does this row need a command? What a host lists in the wanted generation is the host's own to keep: it brings back what stood, and
 * leaves alone what was refused when it was asked for.
 */
export function needsConnection(row: DesiredConnection, now: Date, isBack: boolean): boolean {
  if (!isBack && row.nextAttemptAt !== null && row.nextAttemptAt > now) return false
  if (row.desired === 'disconnected') return row.observedGeneration !== null || row.observedState !== 'disconnected'
  return row.observedGeneration === null || row.observedGeneration < row.desiredGeneration
}

/** Block storages on hosts: what the hosts say of them is stored, and what is wanted and not so is sent. */
export class Connections {
  readonly #parts: ConnectionsParts
  /** One host at a time for one backend: two that find the same LUN empty must not both write to it. */
  readonly #inTurn = new KeyedLocks()
  readonly #writing = new KeyedLocks()
  readonly #sending = new Set<string>()
  /** What each host said last. */
  readonly #heard = new Map<string, string>()

  constructor(parts: ConnectionsParts) {
    this.#parts = parts
  }

  // ---- observed

  /** Takes in everything that a host lists; an agent from before there were lists says nothing. */
  async seen(hostId: string, listed: readonly ObservedConnection[] | undefined): Promise<void> {
    if (listed === undefined) return
    const text = JSON.stringify(listed)
    if (this.#heard.get(hostId) === text) return
    this.#heard.set(hostId, text)
    try {
      const changed = await this.#writing.run(hostId, () => this.#store(hostId, listed))
      for (const id of changed) this.#parts.bus.publish({ topic: 'backend', id, kind: 'changed' })
      if (changed.length > 0) this.#parts.poke(hostId)
    } catch (error) {
      this.#parts.log.error('what a host says of its connections could not be stored', { hostId, error })
      this.forgetHost(hostId)
      this.#parts.client.forgetStatus(hostId)
    }
  }

  forgetHost(hostId: string): void {
    this.#heard.delete(hostId)
  }

  async #store(hostId: string, listed: readonly ObservedConnection[]): Promise<string[]> {
    const { prisma } = this.#parts
    const at = new Date()
    const byId = new Map(listed.map((connection) => [connection.backendId, connection]))
    const rows = await findConnectionsOfHost(prisma, hostId)
    // One that was never listed keeps what its command was told.
    const changed = rows
      .map((row) => ({ row, connection: byId.get(row.backendId) }))
      .filter(({ row, connection }) => connection !== undefined || row.observedGeneration !== null)
    if (changed.length === 0) return []
    await retryContention(() =>
      prisma.$transaction(async (tx) => {
        for (const { row, connection } of changed) {
          const news = connection ? observationOf(row, connection) : { ...GONE, observedSince: at }
          await saveConnection(tx, row, news, at)
          if (connection) await saveStatus(tx, row, connection, at)
        }
      }),
    )
    return changed.map(({ row }) => row.backendId)
  }

  // ---- commands

  /** Brings the host to the desired row. Never throws. */
  carryOut(command: ConnectionCommand): Promise<ConnectionOutcome> {
    const { row } = command
    return this.#inTurn.run(row.backendId, async () => {
      try {
        return row.desired === 'connected' ? await this.#connect(command) : await this.#disconnect(command)
      } catch (error) {
        return failure(row, toHoldfastError(error))
      }
    })
  }

  async #connect(command: ConnectionCommand): Promise<ConnectionOutcome> {
    const { row, options } = command
    const { client, directory } = this.#parts
    const connection = await client.call(
      directory.require(row.hostId),
      'connectBackend',
      await this.#request(command),
      options,
    )
    const { summary, details, usage } = connection
    return {
      connection,
      async store(tx) {
        const at = new Date()
        const since = row.observedState === 'connected' ? {} : { observedSince: at }
        const observed = { observedState: 'connected' as const, observedGeneration: row.desiredGeneration, ...since }
        await saveConnection(tx, row, { ...observed, ...NOTHING_WRONG, ...WELL, summary, details }, at)
        await saveBackend(tx, row.backendId, {
          observedStatus: 'online',
          observedError: null,
          observedAt: at,
          ...(usage ? usageColumns(usage, at) : {}),
        })
      },
    }
  }

  async #disconnect(command: ConnectionCommand): Promise<ConnectionOutcome> {
    const { row, options } = command
    const { client, directory } = this.#parts
    await client.call(directory.require(row.hostId), 'disconnectBackend', await this.#request(command), options)
    return {
      async store(tx) {
        const at = new Date()
        await saveConnection(tx, row, { ...GONE, ...WELL, summary: null, observedSince: at }, at)
      },
    }
  }

  async #request({ operationId, row }: ConnectionCommand) {
    const { id, driver, config, secrets } = row.backend
    return {
      operationId,
      resourceId: row.backendId,
      generation: row.desiredGeneration,
      fence: await this.#parts.fence(row.hostId),
      ttlMs: TTL_MS,
      backend: await this.#parts.open({ id, driver, config, ...sealedParts(secrets) }),
    }
  }

  // ---- reconciling

  /** Sends what one host is missing, and returns without waiting for it: a login to a dead server takes its time. */
  async reconcile(hostId: string, now: Date, isBack: boolean, signal: AbortSignal): Promise<void> {
    const { prisma, poke } = this.#parts
    const rows = await findConnectionsOfHost(prisma, hostId)
    const due = rows.filter((row) => needsConnection(row, now, isBack) && !this.#sending.has(keyOf(row)))
    const inHand = due.length > 0 ? await findTargetsInHand(prisma, hostId, OPERATIONS) : new Set()
    for (const row of due) if (!inHand.has(row.backendId)) void this.#send(row, signal)
    const ahead = rows.map((row) => row.nextAttemptAt?.getTime() ?? 0).filter((at) => at > now.getTime())
    if (ahead.length > 0) poke(hostId, Math.min(...ahead) - now.getTime() + 50)
  }

  async #send(row: DesiredConnection, signal: AbortSignal): Promise<void> {
    const { prisma, bus, log, poke } = this.#parts
    const about = { hostId: row.hostId, backendId: row.backendId, desired: row.desired }
    this.#sending.add(keyOf(row))
    try {
      const outcome = await this.carryOut({ operationId: newId('operation'), row, options: { signal } })
      if (signal.aborted) return
      await retryContention(() => prisma.$transaction((tx) => outcome.store(tx)))
      if (outcome.error) log.info('a connection could not be reconciled', { ...about, code: outcome.error.code })
      else log.info('a connection was reconciled', about)
      bus.publish({ topic: 'backend', id: row.backendId, kind: 'changed' })
      poke(row.hostId)
    } catch (error) {
      log.error('a connection could not be reconciled', { ...about, error })
    } finally {
      this.#sending.delete(keyOf(row))
    }
  }
}

function keyOf({ hostId, backendId }: { hostId: string; backendId: string }): string {
  return `${hostId}/${backendId}`
}

function observationOf(row: DesiredConnection, listed: ObservedConnection): ConnectionObservation {
  const { error, connection } = listed
  const wrong = {
    observedError: error?.message ?? null,
    observedProblem: error?.problem ?? null,
    observedAdvice: error?.advice ?? null,
  }
  return {
    observedState: listed.state,
    observedGeneration: listed.generation,
    observedSince: new Date(listed.since),
    // Why it could not be closed is what its command was told, and the host lists a connection that is well.
    ...(row.desired === 'disconnected' && error === null ? {} : wrong),
    ...(connection ? { summary: connection.summary, details: connection.details } : {}),
  }
}

/** A backend that is to be connected is as well as its connection. */
async function saveStatus(tx: Db, row: DesiredConnection, listed: ObservedConnection, at: Date): Promise<void> {
  if (row.desired !== 'connected') return
  if (listed.state === 'connected') {
    await saveBackend(tx, row.backendId, { observedStatus: 'online', observedError: null, observedAt: at })
  } else if (listed.state === 'error' && listed.error !== null) {
    const observedError = `On ${row.host.name}: ${listed.error.message}`
    await saveBackend(tx, row.backendId, { observedStatus: 'error', observedError, observedAt: at })
  }
}

function failure(row: DesiredConnection, error: HoldfastError): ConnectionOutcome {
  const { problem, advice } = error.details ?? {}
  const isUnlisted = row.observedGeneration === null && row.desired === 'connected'
  return {
    error,
    async store(tx) {
      const at = new Date()
      const attempt = nextAttempt(row.attempts)
      if (!isFromHost(error)) return saveConnection(tx, row, attempt, at)
      await saveConnection(
        tx,
        row,
        {
          ...attempt,
          ...(isUnlisted && row.observedState !== 'error' ? { observedState: 'error', observedSince: at } : {}),
          observedError: error.message,
          observedProblem: typeof problem === 'string' ? problem : null,
          observedAdvice: typeof advice === 'string' ? advice : null,
        },
        at,
      )
    },
  }
}

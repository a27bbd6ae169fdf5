import { type AgentClient, type CallOptions, isFromHost } from '@/lib/agent-client/client'
import type { HostDirectory } from '@/lib/controller/fleet/host-directory'
import { KeyedLocks, nextAttempt } from '@/lib/controller/limits'
import type { CommandMode, DesiredRow, Reached, ResourceKind, Write } from '@/lib/controller/resources/kind'
import type { ResourceKinds } from '@/lib/controller/resources/kinds'
import type { Observations } from '@/lib/controller/resources/observations'
import { rowKey, type Waiting, waitsNow } from '@/lib/controller/resources/order'
import type { Db, PrismaClient } from '@/lib/db/client'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { isSilent } from '@/lib/mounts/state'

export interface CommandParts {
  prisma: PrismaClient
  client: AgentClient
  directory: HostDirectory
  kinds: ResourceKinds
  observations: Observations
  /** For a command to this host; throws while it may get none. */
  fence(hostId: string): Promise<number>
}

export interface Command {
  operationId: string
  row: DesiredRow
  options: CallOptions
  /** Default: `carry out`. */
  mode?: CommandMode
}

/** What came of one command for one resource on one host. */
export interface Outcome extends Pick<Reached<unknown>, 'result' | 'line'> {
  /** Absent: the host is now as wanted. */
  error?: HoldfastError
  /** It was not sent: something has to come first. */
  waitsFor?: Waiting
  /** Stores the outcome, in whose transaction ever. */
  store: Write
}

/** Brings hosts to their desired rows, for operations and for the reconciler: one command at a time for a resource on a host. */
export class ResourceCommands {
  readonly #parts: CommandParts
  readonly #ofRow = new KeyedLocks()
  readonly #inTurn = new KeyedLocks()

  constructor(parts: CommandParts) {
    this.#parts = parts
  }

  /** Is a command for this row under way? */
  isBusy(kind: ResourceKind, row: DesiredRow): boolean {
    return this.#ofRow.isHeld(rowKey(kind, row))
  }

  /** Stores what a job has answered with; news of it that is on its way is older. */
  stored(tx: Db, kind: string, hostId: string, seen: unknown): Promise<void> {
    return this.#parts.observations.storedBy(tx, kind, hostId, seen)
  }

  /** Brings the host to the desired row. Never throws. */
  carryOut(kind: ResourceKind, command: Command): Promise<Outcome> {
    const { row } = command
    return this.#ofRow.run(rowKey(kind, row), async () => {
      try {
        const waiting = await this.#waitsFor(kind, command)
        if (waiting) return { error: notYet(waiting), waitsFor: waiting, store: async () => undefined }
        const turn = kind.command.turnOf?.(row)
        const send = () => this.#send(kind, command)
        return await (turn === undefined ? send() : this.#inTurn.run(`${kind.name}/${turn}`, send))
      } catch (error) {
        return this.#failed(kind, command, toHoldfastError(error))
      }
    })
  }

  #waitsFor(kind: ResourceKind, { row, mode }: Command): Promise<Waiting | null> {
    const { prisma, kinds } = this.#parts
    // An administrator has decided that it goes, whatever is on it.
    if (mode === 'abandon') return Promise.resolve(null)
    return waitsNow(prisma, kinds, kind, row, (other, needing) => this.isBusy(other, needing))
  }

  async #send(kind: ResourceKind, { operationId, row, options, mode = 'carry out' }: Command): Promise<Outcome> {
    const { client, directory, fence } = this.#parts
    const { verb, document } = await kind.command.request(row, mode)
    const send = async (id: string) => {
      const envelope = {
        operationId: id,
        resourceId: kind.desired.idOf(row),
        generation: row.desiredGeneration,
        fence: await fence(row.hostId),
        ttlMs: kind.command.ttlMs,
      }
      return client.send(directory.require(row.hostId), verb, { ...envelope, ...document }, options)
    }
    return this.#outcomeOf(kind, row, kind.command.reached(row, mode, await withFreshId(operationId, send)))
  }

  #outcomeOf(kind: ResourceKind, row: DesiredRow, reached: Reached<unknown>): Outcome {
    const { error, result, line } = reached
    return {
      ...(error ? { error } : {}),
      ...(result === undefined ? {} : { result }),
      ...(line === undefined ? {} : { line }),
      store: (tx) => this.#store(kind, row, reached)(tx),
    }
  }

  #store(kind: ResourceKind, row: DesiredRow, { seen, isGone, isAbsent, error, also }: Reached<unknown>): Write {
    const { observations } = this.#parts
    return async (tx) => {
      if (seen !== undefined) await observations.storedBy(tx, kind.name, row.hostId, seen)
      if (isAbsent) await observations.absentBy(tx, kind, row)
      await also?.(tx)
      if (error) await kind.desired.saveAttempt(tx, row, nextAttempt(row.attempts))
      else if (row.attempts > 0 || row.nextAttemptAt !== null) {
        await kind.desired.saveAttempt(tx, row, { attempts: 0, nextAttemptAt: null })
      }
      if (!isGone) return
      await kind.desired.acknowledge(tx, row)
      observations.forget(kind.name, row.hostId, kind.desired.idOf(row))
    }
  }

  #failed(kind: ResourceKind, { row, mode = 'carry out' }: Command, error: HoldfastError): Outcome {
    const isAway = !isFromHost(error) && isSilent(this.#parts.directory.get(row.hostId)?.status ?? 'unknown')
    const reached = isAway ? kind.command.unreached?.(row, mode) : null
    if (reached) return this.#outcomeOf(kind, row, reached)
    return {
      error,
      store: async (tx) => {
        await kind.desired.saveAttempt(tx, row, nextAttempt(row.attempts))
        if (isFromHost(error)) await this.#parts.observations.failedBy(tx, kind, row, error)
      },
    }
  }
}

function notYet({ kind, id, isUndoing }: Waiting): HoldfastError {
  const words = isUndoing ? `the ${kind} ${id} on this host has to go first` : `the ${kind} ${id} is not there yet`
  return new HoldfastError('conflict', `This waits: ${words}.`, { details: { reason: 'order', kind, id } })
}

/**
 * An operation that goes on after a crash may find that the wish has changed meanwhile; the host then refuses its id for the new
 * content, and the new wish gets an id of its own.
 */
async function withFreshId<T>(operationId: string, send: (id: string) => Promise<T>): Promise<T> {
  try {
    return await send(operationId)
  } catch (error) {
    if (error instanceof HoldfastError && isUsedId(error)) return send(newId('operation'))
    throw error
  }
}

/** Agents of protocol 1 give no reason, and give details with every other conflict. */
function isUsedId({ code, details }: HoldfastError): boolean {
  return code === 'conflict' && (details === undefined || details.reason === 'operation_id')
}

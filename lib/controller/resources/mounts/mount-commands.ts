import type { AgentClient, CallOptions } from '@/lib/agent-client/client'
import { isFromHost } from '@/lib/agent-client/client'
import type { ObservedMount, WireBackend } from '@/lib/agent-protocol/messages'
import type { HostDirectory } from '@/lib/controller/fleet/host-directory'
import type { SealedInput } from '@/lib/controller/keys/sealing-keys'
import { KeyedLocks, nextAttempt } from '@/lib/controller/limits'
import {
  type DesiredMount,
  dropAcknowledged,
  findPlaceHolder,
  saveAttempt,
} from '@/lib/controller/resources/mounts/mounts-repository'
import type { Observations } from '@/lib/controller/resources/observations'
import type { Db, PrismaClient } from '@/lib/db/client'
import { sealedParts } from '@/lib/db/sealed-secrets'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { HoldfastError, isErrorCode, toHoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { effectiveMount } from '@/lib/mounts/effective'

/** How long a command may lie at the agent before it starts. */
const TTL_MS = 60_000

export interface MountCommandParts {
  prisma: PrismaClient
  client: AgentClient
  directory: HostDirectory
  observations: Observations
  open(backend: SealedInput): Promise<WireBackend>
  /** For a command to this host; throws while it may get none. */
  fence(hostId: string): Promise<number>
}

export interface MountCommand {
  operationId: string
  row: DesiredMount
  options: CallOptions
}

/** What came of one command for one mount on one host. */
export interface MountOutcome {
  /** `undefined`: the host is now as wanted. */
  error: HoldfastError | undefined
  /** Stores the outcome, in whose transaction ever. */
  store(tx: Db): Promise<void>
}

/** The commands for mounts, used by operations and by the reconciler: one at a time for a mount on a host. */
export class MountCommands {
  readonly #parts: MountCommandParts
  readonly #locks = new KeyedLocks()

  constructor(parts: MountCommandParts) {
    this.#parts = parts
  }

  isBusy(hostId: string, mountId: string): boolean {
    return this.#locks.isHeld(`${hostId}/${mountId}`)
  }

  /** Brings the host to the desired row: mounted, unmounted, or forgotten. Never throws. */
  carryOut(command: MountCommand): Promise<MountOutcome> {
    const { row } = command
    const isRemoval = row.removed || row.mount.deletedAt !== null
    return this.#exclusive(row, () => (isRemoval ? this.#remove(command, false) : this.#apply(command)))
  }

  /** An administrator's lazy unmount of a stuck mount. */
  abandon(command: MountCommand): Promise<MountOutcome> {
    return this.#exclusive(command.row, () => this.#remove(command, true))
  }

  #exclusive(row: DesiredMount, work: () => Promise<MountOutcome>): Promise<MountOutcome> {
    return this.#locks.run(`${row.hostId}/${row.mountId}`, async () => {
      try {
        return await work()
      } catch (error) {
        return this.#failure(row, toHoldfastError(error))
      }
    })
  }

  async #apply({ operationId, row, options }: MountCommand): Promise<MountOutcome> {
    const { client, directory, fence, open, prisma } = this.#parts
    const { backend, autoMount } = row.mount
    const { mountPoint, readOnly, config } = effectiveMount(row.mount, row.overrides)
    const holder = await findPlaceHolder(prisma, row)
    if (holder) throw placeTaken(holder, mountPoint)
    const opened = await open({
      ...backend,
      config,
      ...sealedParts(backend.secrets),
    })
    const apply = async (id: string) =>
      client.call(
        directory.require(row.hostId),
        'applyMount',
        {
          operationId: id,
          resourceId: row.mountId,
          generation: row.desiredGeneration,
          fence: await fence(row.hostId),
          ttlMs: TTL_MS,
          mount: {
            mountId: row.mountId,
            backend: opened,
            mountPoint,
            readOnly,
            autoMount,
            desiredState: row.desiredState,
            ...(row.adopted ? { adopt: true } : {}),
          },
        },
        options,
      )
    const mount = await withFreshId(operationId, apply)
    const wanted = row.desiredState === 'mounted' ? 'mounted' : 'absent'
    return this.#observed(row, mount, mount.state === wanted)
  }

  async #remove({ operationId, row, options }: MountCommand, abandon: boolean): Promise<MountOutcome> {
    const { client, directory, fence, observations } = this.#parts
    const isRemoval = row.removed || row.mount.deletedAt !== null
    const remove = async (id: string) =>
      client.call(
        directory.require(row.hostId),
        'removeMount',
        {
          operationId: id,
          resourceId: row.mountId,
          generation: row.desiredGeneration,
          fence: await fence(row.hostId),
          ttlMs: TTL_MS,
          mountId: row.mountId,
          abandon,
        },
        options,
      )
    const { removed, mount } = await withFreshId(operationId, remove)
    if (!removed && mount) return this.#observed(row, mount, abandon && mount.state === 'detached_dirty')
    if (!isRemoval) {
      return { error: undefined, store: (tx) => saveAttempt(tx, row, { attempts: 0, nextAttemptAt: null }) }
    }
    return {
      error: undefined,
      store: async (tx) => {
        await dropAcknowledged(tx, row.mountId, row.hostId)
        observations.forgetMount(row.hostId, row.mountId)
      },
    }
  }

  #observed(row: DesiredMount, mount: ObservedMount, isWanted?: boolean): MountOutcome {
    const isReached =
      isWanted ?? (row.desiredState === 'mounted' ? mount.state === 'mounted' : mount.state === 'absent')
    const error = isReached ? undefined : errorOf(mount)
    return {
      error,
      store: async (tx) => {
        await this.#parts.observations.storedBy(tx, row.hostId, mount, row.mount.backend.id)
        if (error) await saveAttempt(tx, row, nextAttempt(row.attempts))
        else if (row.attempts > 0) await saveAttempt(tx, row, { attempts: 0, nextAttemptAt: null })
      },
    }
  }

  #failure(row: DesiredMount, error: HoldfastError): MountOutcome {
    const problem = error.details?.problem
    return {
      error,
      store: async (tx) => {
        await saveAttempt(tx, row, nextAttempt(row.attempts))
        if (!isFromHost(error)) return
        await this.#parts.observations.failedBy(tx, row, {
          message: error.message,
          ...(typeof problem === 'string' ? { problem } : {}),
        })
      },
    }
  }
}

/**
 * An operation that goes on after a crash may find that the wish has changed meanwhile; the host then refuses its id for the new
 * content, and the new wish gets an id of its own.
 */
async function withFreshId<T>(operationId: string, send: (id: string) => Promise<T>): Promise<T> {
  try {
    return await send(operationId)
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'conflict') return send(newId('operation'))
    throw error
  }
}

/** A host that joined by a rule may have another mount there; it shows that, and goes on trying. */
function placeTaken(holder: string, mountPoint: string): HoldfastError {
  const problem: ProblemId = 'mount.place_taken'
  return new HoldfastError('conflict', `Mount '${holder}' has the place ${mountPoint} on this host.`, {
    details: { problem },
  })
}

function errorOf(mount: ObservedMount): HoldfastError {
  const { error } = mount
  if (!error) return new HoldfastError('command_failed', `The host reports this mount as ${mount.state}.`)
  return new HoldfastError(isErrorCode(error.code) ? error.code : 'command_failed', error.message, {
    ...(error.problem === undefined ? {} : { details: { problem: error.problem } }),
  })
}

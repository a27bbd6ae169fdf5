import type { ListedKind } from '@/agent/resources/listed-kind'
import type { ObservedConnection, ObservedMount } from '@/lib/agent-protocol/messages'
import type { WirePool } from '@/lib/agent-protocol/pools'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { HoldfastError, isErrorCode, toHoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'

const LOOK_MS = 100

export interface GroundParts {
  mounts: Pick<ListedKind<ObservedMount>, 'list' | 'subscribe'>
  connections: Pick<ListedKind<ObservedConnection>, 'list' | 'subscribe'>
}

type Told = { code: string; message: string; problem?: string | undefined; values?: unknown; said?: string | undefined }

/** What pools stand on: the mounts and connections of this host, from memory. */
export class Ground {
  readonly #parts: GroundParts

  constructor(parts: GroundParts) {
    this.#parts = parts
  }

  /** Where the pool's mount is; null for one on a connection. Throws what is wrong with it, without asking the storage. */
  require(pool: WirePool): MountTarget | null {
    return pool.mountId === null ? this.#requireConnection(pool.backend.id) : this.requireMount(pool.mountId)
  }

  /** What is wrong with it, as `require` would throw it; null: nothing. */
  fault(pool: WirePool): HoldfastError | null {
    try {
      this.require(pool)
      return null
    } catch (error) {
      return toHoldfastError(error)
    }
  }

  /** As `require`, after a while in which it may still be on its way. */
  async wait(pool: WirePool, waitMs: number, signal: AbortSignal): Promise<MountTarget | null> {
    const end = performance.now() + waitMs
    while (!signal.aborted && performance.now() < end && this.#isOnItsWay(pool)) await pauseFor(LOOK_MS, signal)
    return this.require(pool)
  }

  /** As `requireMount`, after a while in which it may still be on its way, as it is after a restart of the agent. */
  async waitMount(mountId: string, what: string, waitMs: number, signal: AbortSignal): Promise<MountTarget> {
    const end = performance.now() + waitMs
    while (!signal.aborted && performance.now() < end && this.#isMountOnItsWay(mountId)) await pauseFor(LOOK_MS, signal)
    return this.requireMount(mountId, what)
  }

  /** Calls back when a mount or a connection has changed. */
  subscribe(onChange: () => void): () => void {
    const { mounts, connections } = this.#parts
    const forget = [mounts.subscribe(onChange), connections.subscribe(onChange)]
    return () => {
      for (const each of forget) each()
    }
  }

  /** A mount of this host whose storage has shown that it answers. Throws what is wrong with it. `what`: as a sentence calls it. */
  requireMount(mountId: string, what = 'the mount of the pool'): MountTarget {
    const mount = this.#mount(mountId)
    if (mount === undefined) throw unreachable(`${what.replace(/^t/, 'T')} is not on this host.`, null)
    const { mountPoint, state, error, options } = mount
    if (state !== 'mounted') throw unreachable(`${mountPoint}, ${what}, is ${state}.`, error)
    // Nobody may write into a directory whose storage has not answered: it may be another one, or the disk under it.
    if (mount.proven === false) {
      throw unreachable(`The storage at ${mountPoint}, ${what}, has not shown yet that it answers.`, error)
    }
    return { mountId, path: mountPoint, readOnly: (options ?? '').split(',').includes('ro') }
  }

  #requireConnection(backendId: string): null {
    const connection = this.#connection(backendId)
    if (connection === undefined) throw unreachable('The storage of the pool is not connected to this host.', null)
    if (connection.state === 'connected') return null
    throw unreachable(`The connection to the storage of the pool is ${connection.state}.`, connection.error)
  }

  #isOnItsWay(pool: WirePool): boolean {
    if (pool.mountId === null) return this.#connection(pool.backend.id)?.state === 'connecting'
    return this.#isMountOnItsWay(pool.mountId)
  }

  #isMountOnItsWay(mountId: string): boolean {
    const mount = this.#mount(mountId)
    return mount?.state === 'mounting' || (mount?.state === 'mounted' && mount.proven === false && mount.error === null)
  }

  #mount(mountId: string): ObservedMount | undefined {
    return this.#parts.mounts.list().find((mount) => mount.mountId === mountId)
  }

  #connection(backendId: string): ObservedConnection | undefined {
    return this.#parts.connections.list().find((connection) => connection.backendId === backendId)
  }
}

/** With what is wrong there, so that a pool shows the same cause as what it stands on. */
function unreachable(message: string, error: Told | null): HoldfastError {
  if (error === null) return new HoldfastError('backend_unreachable', message)
  const { code, problem, values, said } = error
  return new HoldfastError(isErrorCode(code) ? code : 'backend_unreachable', `${message} ${error.message}`, {
    details: { ...(problem === undefined ? {} : { problem, values }), ...(said === undefined ? {} : { said }) },
  })
}

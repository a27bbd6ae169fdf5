import { type OpenedBackend, openBackend, openToTakeAway } from '@/agent/backends/open-backend'
import type { Redactor } from '@/agent/host/exec/redact'
import type { Policy } from '@/agent/policy/policy'
import type { Agent, Door } from '@/agent/verbs/agent'
import type { EngineId, WirePool } from '@/lib/agent-protocol/pools'
import { HoldfastError } from '@/lib/errors'
import { secretUsage } from '@/lib/libvirt/ceph-secret'
import type { Secret } from '@/lib/secret'
import type { EngineHost, OpenPool, VolumeEngine } from '@/lib/volume-engines/contract/engine'
import { engineOf, parseEngineSettings } from '@/lib/volume-engines/registry'
import type { Ground } from './ground'
import type { KeeperLeases } from './keeper-leases'

/** How long the commands that find where a pool lies may take. */
const PLACE_MS = 60_000

export interface PoolDoorParts {
  policy: () => Policy
  open: Agent['open']
  ground: Ground
  /** Throws `unsupported` for one that this agent does not know. */
  engineFor(id: EngineId): VolumeEngine
  leases: Pick<KeeperLeases, 'right'>
  /** What an engine may do on this host, through one door. */
  engineHost(door: Door): EngineHost
}

/** A pool's place on this host, with the engine that serves it. */
export interface PlacedPool {
  open: OpenPool
  engine: VolumeEngine
  /** What no line of a log may show. */
  secrets: readonly Secret[]
  /** What libvirt here is to know for machines. Null: nothing, or people look after it themselves. */
  libvirtKey: { usage: string; key: Secret } | null
}

/** The ways from the document of a pool to its engine. */
export class PoolDoors {
  readonly #parts: PoolDoorParts

  constructor(parts: PoolDoorParts) {
    this.#parts = parts
  }

  door(operationId: string, deadlineAt: number, signal: AbortSignal): Door & { engineHost: EngineHost } {
    const door = this.#parts.open({ operationId, deadlineAt, signal })
    return { ...door, engineHost: this.#parts.engineHost(door) }
  }

  /**
   * Throws, from memory, what keeps this agent from serving the pool: `unsupported`, `policy_denied`, `invalid_input`. The policy never
   * keeps anything from being looked at or from going (`lenient`).
   */
  check(pool: WirePool, redactor: Redactor, which: 'strict' | 'lenient' = 'strict'): OpenedBackend {
    const opened =
      which === 'strict'
        ? openBackend(pool.backend, this.#parts.policy(), redactor)
        : openToTakeAway(pool.backend, redactor)
    const { descriptor, driver } = opened
    if (driver.place === undefined || descriptor.volumes?.engine !== pool.engine) {
      throw new HoldfastError('unsupported', `No pool of this kind can lie on the storage type ${descriptor.id}.`)
    }
    const isMounted = engineOf(pool.engine).place === 'directory'
    if (isMounted !== (pool.mountId !== null)) {
      throw new HoldfastError(
        'invalid_input',
        isMounted ? 'A pool of a file storage has a mount.' : 'It has no mount.',
        {
          fields: [{ field: 'pool.mountId', message: 'Must be there for a file storage, and for no other.' }],
        },
      )
    }
    this.#parts.engineFor(pool.engine)
    parseEngineSettings(pool.engine, pool.settings)
    return opened
  }

  /** How long a look at it may take, in milliseconds; undefined: as long as others. */
  lookMs(pool: WirePool): number | undefined {
    return this.#parts.engineFor(pool.engine).lookMs
  }

  /** Where it lies, now that its mount or connection stands. Throws what is wrong with that. What is secret becomes known to the door. */
  async place(pool: WirePool, door: Pick<Door, 'host' | 'redactor'>, signal: AbortSignal): Promise<PlacedPool> {
    const { backend, driver, descriptor } = this.check(pool, door.redactor, 'lenient')
    const target = this.#parts.ground.require(pool)
    const place = await driver.place?.(backend, target, {
      host: door.host,
      signal,
      deadlineAt: performance.now() + PLACE_MS,
      operationId: pool.poolId,
      log: () => undefined,
      step: () => undefined,
    })
    if (place === undefined) throw new HoldfastError('unsupported', 'This storage type has no place for volumes.')
    const secrets = Object.values(backend.secrets).filter((secret) => secret !== undefined)
    if (place.kind === 'rbd') secrets.push(place.key)
    for (const secret of secrets) door.redactor.add(secret)
    const settings = parseEngineSettings(pool.engine, pool.settings)
    const reach = descriptor.volumes?.reach?.(backend.config as never, backend.id)
    const isTheirs = reach?.kind === 'rbd' && reach.secretUuid !== null
    const libvirtKey =
      place.kind === 'rbd' && !isTheirs ? { usage: secretUsage(pool.backend.id), key: place.key } : null
    const engine = this.#parts.engineFor(pool.engine)
    const open = { poolId: pool.poolId, place, settings, ...this.#keeper(pool) }
    return { open, engine, secrets, libvirtKey }
  }

  #keeper({ poolId, isLeased, isKeeper }: WirePool): Pick<OpenPool, 'keeper'> {
    if (isLeased !== true) return {}
    return { keeper: isKeeper ? this.#parts.leases.right(poolId) : null }
  }
}

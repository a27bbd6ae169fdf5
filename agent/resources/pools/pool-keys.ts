import { randomUUID } from 'node:crypto'
import type { Turn } from '@/agent/commands/turn'
import type { CephSecrets, SecretHost } from '@/agent/libvirt/ceph-secrets'
import { toHoldfastError } from '@/lib/errors'
import type { ManagedPool } from './managed-pool'
import type { WantedPools } from './pool-documents'
import type { PlacedPool } from './pool-doors'

export interface PoolKeysParts {
  secrets: CephSecrets
  wanted: WantedPools
  /** All that are to be open here. */
  pools(): readonly ManagedPool[]
}

/**
 * libvirt of this host knows the keys that machines need for the disks of open pools. Nothing of it keeps a pool from being opened or
 * closed: what went wrong is told.
 */
export class PoolKeys {
  readonly #parts: PoolKeysParts

  constructor(parts: PoolKeysParts) {
    this.#parts = parts
  }

  /** After each look: one that somebody has deleted comes back, under the same UUID. Never rejects. */
  async keep(pool: ManagedPool, { libvirtKey }: Pick<PlacedPool, 'libvirtKey'>, host: SecretHost): Promise<void> {
    const { secrets } = this.#parts
    if (libvirtKey === null || !secrets.isThere()) {
      pool.libvirtSecret = null
      return
    }
    const { usage, key } = libvirtKey
    const uuid = pool.secretUuid ?? this.#sibling(pool)?.secretUuid ?? randomUUID()
    try {
      this.#remember(pool, uuid)
      const known = await secrets.keep({ usage, uuid, key }, !pool.isKeySet, host)
      this.#remember(pool, known)
      pool.isKeySet = true
      pool.libvirtSecret = { usage, uuid: known, error: null }
    } catch (error) {
      pool.libvirtSecret = { usage, uuid: null, error: toHoldfastError(error).message }
    }
  }

  /** With the last pool of its backend here the secret goes too. Never rejects. */
  async drop(pool: ManagedPool, usage: string, host: SecretHost, turn: Pick<Turn, 'log'>): Promise<void> {
    const { secrets } = this.#parts
    if (pool.secretUuid === null || this.#sibling(pool) !== undefined || !secrets.isThere()) return
    try {
      await secrets.drop(usage, host)
    } catch (error) {
      const { message } = toHoldfastError(error)
      turn.log(`libvirt still has the key, as the secret ${pool.secretUuid}: remove it there. ${message}`)
    }
  }

  /** Another pool here that needs the same key. */
  #sibling(pool: ManagedPool): ManagedPool | undefined {
    return this.#parts
      .pools()
      .find((other) => other !== pool && !other.removing && other.wire.backend.id === pool.wire.backend.id)
  }

  #remember(pool: ManagedPool, uuid: string): void {
    if (pool.secretUuid === uuid) return
    pool.secretUuid = uuid
    this.#parts.wanted.remember(pool.id, { secretUuid: uuid })
  }
}

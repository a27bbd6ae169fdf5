import { isDeepStrictEqual } from 'node:util'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { ObservedPool, WirePool } from '@/lib/agent-protocol/pools'
import type { SealedInput } from '@/lib/controller/keys/sealing-keys'
import type { CommandSide } from '@/lib/controller/resources/kind'
import type { DesiredPool } from '@/lib/controller/resources/pools/pools-repository'
import { sealedParts } from '@/lib/db/sealed-secrets'
import { HoldfastError } from '@/lib/errors'
import { type PoolEngine, storedEngine } from '@/lib/pools/engine'

export interface PoolCommandParts {
  /** Opens the secrets of a backend for the one call they are needed for. */
  open(backend: SealedInput): Promise<WireBackend>
}

/** Throws `invalid_input` for one that cannot be opened as its settings are; it can be closed all the same. */
function engineFor({ pool, desired }: DesiredPool): PoolEngine {
  const engine = storedEngine(pool.backend, pool.settings)
  if (engine === null)
    throw new HoldfastError('unsupported', `This controller knows no volumes on ${pool.backend.driver}.`)
  if (engine.problem !== null && desired === 'open') throw new HoldfastError('invalid_input', engine.problem)
  return engine
}

/** Was it never open where its content is? Then its mark may be made. */
function isNew(row: DesiredPool, { sharing }: PoolEngine): boolean {
  const places = sharing === 'own' ? [row] : row.pool.hosts
  return places.every(({ madeAt }) => madeAt === null)
}

/** Does closing it here end it? A shared one ends where its volumes were looked after, once. What is abandoned is not touched any more. */
function isForGood({ hostId, pool }: DesiredPool, { sharing }: PoolEngine): boolean {
  if (pool.abandonedAt !== null) return false
  if (sharing === 'own') return true
  if (pool.deletedAt === null) return false
  const isThere = pool.hosts.some((host) => host.hostId === pool.keeperId)
  return hostId === (isThere ? pool.keeperId : pool.hosts[0]?.hostId)
}

/** What is as usual is left out: so an agent that does not know a newer setting yet opens the pool all the same. */
function unusualSettings({ engine, settings }: PoolEngine): Record<string, unknown> {
  const isUsual = (key: string) => {
    const { [key]: value, ...others } = settings
    const usual = engine.settings.safeParse(others).data
    return usual !== undefined && isDeepStrictEqual(usual[key], value)
  }
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !isUsual(key)))
}

export function wirePool(row: DesiredPool, engine: PoolEngine, backend: WireBackend): WirePool {
  const { poolId, hostId, pool } = row
  return {
    poolId,
    backend,
    engine: engine.id,
    settings: unusualSettings(engine),
    mountId: pool.mountId,
    isNew: isNew(row, engine),
    isKeeper: engine.sharing === 'own' || pool.keeperId === hostId,
    ...(engine.isLeased ? { isLeased: true } : {}),
  }
}

/** How pools are opened on hosts, and closed there. */
export function poolCommands({ open }: PoolCommandParts): CommandSide<DesiredPool, ObservedPool> {
  return {
    ttlMs: 120_000,
    // Two hosts must not write to what describes one volume group at once.
    turnOf: ({ poolId, hostId, pool }) =>
      pool.mountId === null ? `backend ${pool.backend.id}` : `pool ${poolId} ${hostId}`,
    async request(row) {
      const engine = engineFor(row)
      const { id, driver, config, secrets } = row.pool.backend
      const pool = wirePool(row, engine, await open({ id, driver, config, ...sealedParts(secrets) }))
      if (row.desired === 'open') return { verb: 'openPool', document: { pool } }
      return { verb: 'closePool', document: { pool, forGood: isForGood(row, engine) } }
    },
    reached(row, _mode, answer) {
      if (row.desired === 'closed') return { isGone: true }
      return { seen: answer as ObservedPool }
    },
  }
}

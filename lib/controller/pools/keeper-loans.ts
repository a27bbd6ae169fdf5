import { type AgentClient, failureReason } from '@/lib/agent-client/client'
import { KEEPER_LEASE_MS, KEEPER_SETTLES_MS } from '@/lib/agent-protocol/pools'
import type { HostDirectory } from '@/lib/controller/fleet/host-directory'
import { type CaredPool, noteLoan } from '@/lib/controller/pools/pool-care-repository'
import type { PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { storedEngine } from '@/lib/pools/engine'

/** So often a loan is renewed; a third of what it lasts may be lost. */
const RENEW_MS = KEEPER_LEASE_MS / 4

export interface KeeperLoanParts {
  prisma: PrismaClient
  client: Pick<AgentClient, 'call'>
  directory: Pick<HostDirectory, 'get'>
  log: Log
  /** Throws where this controller does not lead, or knows less than the host. */
  fence(hostId: string): Promise<number>
}

/** Whether a keeper may begin a change of what other hosts read: lent to one host at a time, for a minute. */
export class KeeperLoans {
  readonly #parts: KeeperLoanParts
  /** To whom a pool was lent last, and when, as `performance.now()`. */
  readonly #lent = new Map<string, { hostId: string; at: number }>()
  readonly #asking = new Set<string>()

  constructor(parts: KeeperLoanParts) {
    this.#parts = parts
  }

  /** Renews what is due. A host that does not answer delays no other one, and nobody waits for it. */
  renew(pools: readonly CaredPool[]): void {
    const due = pools.filter((pool) => isLeased(pool) && pool.keeperId !== null && this.#isDue(pool))
    for (const [hostId, kept] of Map.groupBy(due, ({ keeperId }) => keeperId ?? '')) {
      if (this.#asking.has(hostId)) continue
      this.#asking.add(hostId)
      void this.#lend(hostId, kept).finally(() => this.#asking.delete(hostId))
    }
  }

  /** Was it lent a moment ago? Then nobody waits for it, unless its keeper is another one by now. */
  isLent(poolId: string): boolean {
    const last = this.#lent.get(poolId)
    return last !== undefined && performance.now() - last.at < RENEW_MS
  }

  /** Another host looks after it. */
  forget(poolId: string): void {
    this.#lent.delete(poolId)
  }

  /** A new keeper does not wait for its turn. */
  #isDue({ id, keeperId }: CaredPool): boolean {
    const last = this.#lent.get(id)
    return last?.hostId !== keeperId || performance.now() - last.at >= RENEW_MS
  }

  /** Never rejects. */
  async #lend(hostId: string, pools: readonly CaredPool[]): Promise<void> {
    const { client, directory, log, fence } = this.#parts
    const host = directory.get(hostId)
    if (host?.status !== 'online') return
    try {
      const asked = await client.call(host, 'keepPools', { fence: await fence(hostId), loans: [] })
      const loans: { poolId: string; stamp: string }[] = []
      for (const { id: poolId } of pools.filter(({ id }) => asked.kept.includes(id))) {
        // The host counts from before this: it was asked before.
        if (await this.#note(poolId, hostId)) loans.push({ poolId, stamp: asked.stamp })
      }
      if (loans.length === 0) return
      await client.call(host, 'keepPools', { fence: await fence(hostId), loans })
      for (const { poolId } of loans) this.#lent.set(poolId, { hostId, at: performance.now() })
    } catch (error) {
      for (const { id } of pools) this.#lent.delete(id)
      const { code, message } = toHoldfastError(error)
      log.debug('a keeper could not be given its loan', { hostId, code, message, reason: failureReason(error) })
    }
  }

  #note(poolId: string, keeperId: string): Promise<boolean> {
    const { prisma } = this.#parts
    const now = Date.now()
    const until = new Date(now + KEEPER_LEASE_MS)
    const settledBefore = new Date(now - KEEPER_SETTLES_MS)
    return retryContention(() => prisma.$transaction((tx) => noteLoan(tx, { poolId, keeperId, until, settledBefore })))
  }
}

export function isLeased({ backend, settings }: Pick<CaredPool, 'backend' | 'settings'>): boolean {
  return storedEngine(backend, settings)?.isLeased ?? false
}

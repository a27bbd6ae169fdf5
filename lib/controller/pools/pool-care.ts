import type { EpochParts } from '@/lib/controller/leadership/epoch'
import { isLeased, type KeeperLoanParts, KeeperLoans } from '@/lib/controller/pools/keeper-loans'
import {
  type CaredPool,
  type DueWork,
  elect,
  findDuePurges,
  findExpired,
  findPools,
  setMissingPurgeTimes,
  startDue,
} from '@/lib/controller/pools/pool-care-repository'
import type { Observations } from '@/lib/controller/resources/observations'
import { ScheduleCare } from '@/lib/controller/snapshots/schedule-care'
import { retryContention } from '@/lib/db/conflict'
import type { Bus } from '@/lib/events/bus'
import { storedEngine } from '@/lib/pools/engine'
import { isUsable } from '@/lib/pools/state'

export interface PoolCareSettings {
  everyMs: number
  /** A keeper that cannot be used for so long gives way to a host that can. */
  awayMs: number
  /** What could not be deleted is tried again after this. */
  retryMs: number
}

const DEFAULTS: PoolCareSettings = { everyMs: 5_000, awayMs: 60_000, retryMs: 15 * 60_000 }

type ControllerAudit = EpochParts['audit']

/** In whose name the controller asks for what is due. */
const ITSELF = 'Holdfast'

export interface PoolCareParts extends KeeperLoanParts {
  bus: Bus
  observations: Pick<Observations, 'forget'>
  isLeader(): boolean
  isHeld(): Promise<boolean>
  audit: ControllerAudit
  /** Something of this host may need work. */
  poke(hostId: string): void
}

/**
 * What pools need now and then: a host that looks after those that hosts share, deleted volumes that go for good when their time in the
 * trash is over, snapshots that expire, and those that schedules take and delete.
 */
export class PoolCare {
  readonly #parts: PoolCareParts
  readonly #settings: PoolCareSettings
  readonly #schedules: ScheduleCare
  readonly #loans: KeeperLoans
  /** Since when a keeper cannot be used, by pool, as `performance.now()`. */
  readonly #awaySince = new Map<string, number>()
  /** When what is due was tried, by its id, as `performance.now()`. */
  readonly #tried = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #unsubscribe: () => void = () => undefined
  #looking: Promise<void> | undefined

  constructor(parts: PoolCareParts, settings: Partial<PoolCareSettings> = {}) {
    this.#parts = parts
    this.#settings = { ...DEFAULTS, ...settings }
    this.#schedules = new ScheduleCare(parts)
    this.#loans = new KeeperLoans(parts)
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), this.#settings.everyMs)
    this.#unsubscribe = this.#parts.bus.subscribe(({ topic, id }) => {
      if (topic === 'pool') void this.#lend(id)
    })
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    clearInterval(this.#timer)
    await this.#looking
  }

  /** One look at everything; never two at once. */
  async look(now = new Date()): Promise<void> {
    if (this.#looking !== undefined) return this.#looking
    this.#looking = this.#look(now)
      .catch((error: unknown) => this.#parts.log.error('pools could not be looked after', { error }))
      .finally(() => {
        this.#looking = undefined
      })
    await this.#looking
  }

  async #look(now: Date): Promise<void> {
    const { prisma, isLeader, isHeld } = this.#parts
    if (!isLeader() || (await isHeld())) return
    const pools = await findPools(prisma)
    for (const pool of pools) await this.#keep(pool)
    this.#loans.renew(pools)
    await setMissingPurgeTimes(prisma, now)
    for (const due of [...(await findDuePurges(prisma, now)), ...(await findExpired(prisma, now))])
      await this.#delete(due)
    await this.#schedules.look(now)
  }

  /** A host that opens a pool, or takes it over, says so and then waits for its loan: not until the next look. Never rejects. */
  async #lend(poolId: string): Promise<void> {
    const { prisma, isLeader, isHeld, log } = this.#parts
    try {
      if (this.#loans.isLent(poolId) || !isLeader() || (await isHeld())) return
      this.#loans.renew(await findPools(prisma, poolId))
    } catch (error) {
      log.debug('a pool could not be lent at once', { poolId, error })
    }
  }

  async #keep(pool: CaredPool): Promise<void> {
    const chosen = this.#choose(pool)
    if (chosen === null) return
    const { prisma, bus, log, observations, poke } = this.#parts
    const volumes = await retryContention(() => prisma.$transaction((tx) => elect(tx, pool, chosen)))
    if (volumes === null) return
    const before = pool.keeperId
    log.info('a pool has another keeper', { poolId: pool.id, before, now: chosen })
    this.#awaySince.delete(pool.id)
    this.#loans.forget(pool.id)
    // What either host has told of them before says nothing about what is stored now.
    for (const id of volumes)
      for (const hostId of [before, chosen]) if (hostId !== null) observations.forget('volume', hostId, id)
    bus.publish({ topic: 'pool', id: pool.id, kind: 'changed' })
    for (const hostId of [before, chosen]) if (hostId !== null) poke(hostId)
  }

  /** The host that is to look after a shared pool from now on; null: it stays as it is. */
  #choose(pool: CaredPool): string | null {
    const { id, settings, backend, keeperId, hosts } = pool
    const engine = storedEngine(backend, settings)
    // What nobody can read stays where it is until somebody has mended it.
    if (engine === null || engine.problem !== null || engine.sharing === 'own') return null
    const open = hosts.filter((row) => row.desired === 'open' && row.host.revokedAt === null)
    const keeper = open.find((row) => row.hostId === keeperId)
    if (keeper !== undefined && isUsable(keeper)) {
      this.#awaySince.delete(id)
      return null
    }
    const usable = open.find(isUsable)?.hostId
    if (keeper === undefined) return usable ?? open[0]?.hostId ?? null
    const since = this.#awaySince.get(id) ?? performance.now()
    this.#awaySince.set(id, since)
    if (performance.now() - since < this.#settings.awayMs) return null
    // One that is there is about to open it, however long that takes.
    if (usable !== undefined || !isLeased(pool) || keeper.host.observedStatus === 'online') return usable ?? null
    return firstThere(open, keeperId)
  }

  async #delete(due: DueWork): Promise<void> {
    const { prisma, bus, log, audit } = this.#parts
    const tried = this.#tried.get(due.id)
    if (tried !== undefined && performance.now() - tried < this.#settings.retryMs) return
    const begun = await retryContention(() =>
      prisma.$transaction(async (tx) => {
        const started = await startDue(tx, due, ITSELF)
        const { id: volume, name, poolId: pool } = due.volume
        const action = due.work.do === 'purge' ? 'volume.purged' : 'volume.snapshot_deleted'
        if (started !== null) await audit(tx, { action, change: { ...started, volume, name, pool, thing: due.id } })
        return started
      }),
    )
    if (begun === null) return
    const { operation } = begun
    this.#tried.set(due.id, performance.now())
    log.info('what was kept for a time is deleted', { volumeId: due.volume.id, work: due.work.do, operation })
    bus.publish({ topic: 'operation', id: operation, kind: 'wanted' })
    bus.publish({ topic: 'volume', id: due.volume.id, kind: 'changed' })
  }
}

/** Where no host has opened it yet, only its keeper may make the mark: one that is there takes that over. */
function firstThere(hosts: CaredPool['hosts'], keeperId: string | null): string | null {
  if (hosts.some(({ madeAt }) => madeAt !== null)) return null
  const there = hosts.find(({ hostId, host }) => hostId !== keeperId && host.observedStatus === 'online')
  return there?.hostId ?? null
}

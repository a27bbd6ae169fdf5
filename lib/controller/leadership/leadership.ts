import type { Db, PrismaClient } from '@/lib/db/client'
import { retryContention } from '@/lib/db/conflict'
import { acquireLease, type HeldLease, raiseFence, releaseLease, renewLease } from '@/lib/db/lease'
import { HoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'

const MEMBER_PREFIX = 'controller/member/'
const SHARD_PREFIX = 'controller/shard/'

export interface LeadershipSettings {
  ttlMs: number
  renewMs: number
  /** Parts that the fleet's sweep is shared out in. */
  shards: number
}

export const LEADERSHIP_DEFAULTS: LeadershipSettings = { ttlMs: 10_000, renewMs: 3_000, shards: 8 }

export interface LeadershipEvents {
  onGained(): void
  onLost(): void
}

/** FNV-1a: the same host is in the same shard on every controller. */
export function shardOf(hostId: string, shards: number): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < hostId.length; at++) hash = Math.imul(hash ^ hostId.charCodeAt(at), 0x01000193) >>> 0
  return hash % shards
}

function lostLead(): HoldfastError {
  return new HoldfastError('unavailable', 'This controller has lost the lead to another one.')
}

/** The lease of the leader. */
export const LEAD = 'controller/lead'

/**
 * Who does what when several controllers share a database. One leads: it alone sends commands to hosts, and each carries the
 * fence of its lease. Sweeping and watching only read, so every controller takes its share of the fleet.
 * A controller that is alone (`isShared` false) leads and sweeps everything, and takes over from its own earlier run at once.
 */
export class Leadership {
  readonly #prisma: PrismaClient
  readonly #holder: string
  readonly #isShared: boolean
  readonly #log: Log
  readonly #settings: LeadershipSettings
  readonly #shards = new Map<number, HeldLease>()
  #lead: HeldLease | undefined
  #member: HeldLease | undefined
  #events: LeadershipEvents = { onGained() {}, onLost() {} }
  #timer: NodeJS.Timeout | undefined
  #turn: Promise<void> = Promise.resolve()
  #stopped = false
  #wasLeader = false

  constructor(
    parts: { prisma: PrismaClient; holder: string; isShared: boolean; log: Log },
    settings: Partial<LeadershipSettings> = {},
  ) {
    this.#prisma = parts.prisma
    this.#holder = parts.holder
    this.#isShared = parts.isShared
    this.#log = parts.log
    this.#settings = { ...LEADERSHIP_DEFAULTS, ...settings }
  }

  observe(events: LeadershipEvents): void {
    this.#events = events
  }

  /** Takes what is free, then goes on in the background. */
  async start(): Promise<void> {
    await this.#tick()
    this.#timer = setInterval(() => {
      this.#turn = this.#turn.then(() => this.#tick())
    }, this.#settings.renewMs)
  }

  /** Does this controller lead, by its own clock and with time to spare? */
  isLeader(): boolean {
    return this.#lead !== undefined && this.#lead.expiresAt.getTime() > Date.now()
  }

  /** Carried by every command. Throws `unavailable` without the lead. */
  fence(): number {
    return this.#requireLead().fence
  }

  /**
   * Takes a fence above `above`, in one transaction with `work`; returns it. Throws `unavailable` without the lead, and when
   * another controller has it by now.
   */
  raiseFence(above: number, work: (tx: Db, fence: number) => Promise<void>): Promise<number> {
    // In turn with the renewals, which go by the fence that is held.
    const raised = this.#turn.then(async () => {
      const lead = this.#requireLead()
      const taken = await retryContention(() =>
        this.#prisma.$transaction(async (tx) => {
          const found = await raiseFence(tx, lead, above)
          if (!found) throw lostLead()
          await work(tx, found.fence)
          return found
        }),
      )
      this.#lead = taken
      return taken.fence
    })
    this.#turn = raised.then(
      () => undefined,
      () => undefined,
    )
    return raised
  }

  #requireLead(): HeldLease {
    if (!this.#lead || !this.isLeader()) throw lostLead()
    return this.#lead
  }

  /** Is this host in this controller's share of the sweep? */
  owns(hostId: string): boolean {
    return this.#isShared ? this.#shards.has(shardOf(hostId, this.#settings.shards)) : this.isLeader()
  }

  /** Gives everything back, so that others need not wait for it to run out. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#turn
    const held = [this.#lead, this.#member, ...this.#shards.values()]
    this.#lead = undefined
    this.#shards.clear()
    for (const lease of held) if (lease) await releaseLease(this.#prisma, lease).catch(() => false)
  }

  async #tick(): Promise<void> {
    if (this.#stopped) return
    try {
      this.#lead = await this.#keep(this.#lead, LEAD)
      if (this.#isShared) await this.#share()
    } catch (error) {
      this.#log.error('leases could not be renewed', { error })
    }
    const isLeader = this.isLeader()
    if (isLeader === this.#wasLeader) return
    this.#wasLeader = isLeader
    if (isLeader) this.#log.info('this controller leads', { fence: this.#lead?.fence })
    else this.#log.warn('this controller no longer leads')
    if (isLeader) this.#events.onGained()
    else this.#events.onLost()
  }

  async #keep(lease: HeldLease | undefined, name: string): Promise<HeldLease | undefined> {
    const { ttlMs } = this.#settings
    return (
      (lease && (await renewLease(this.#prisma, lease, ttlMs))) ??
      (await acquireLease(this.#prisma, name, this.#holder, ttlMs))
    )
  }

  /** An even share of the shards among the controllers that are alive. */
  async #share(): Promise<void> {
    this.#member = await this.#keep(this.#member, `${MEMBER_PREFIX}${this.#holder}`)
    const now = new Date()
    const alive = await this.#prisma.lease.count({
      where: { name: { startsWith: MEMBER_PREFIX }, expiresAt: { gt: now } },
    })
    const target = Math.ceil(this.#settings.shards / Math.max(1, alive))
    for (const [shard, lease] of [...this.#shards]) {
      if (this.#shards.size > target) {
        this.#shards.delete(shard)
        await releaseLease(this.#prisma, lease)
        continue
      }
      const kept = await renewLease(this.#prisma, lease, this.#settings.ttlMs)
      if (kept) this.#shards.set(shard, kept)
      else this.#shards.delete(shard)
    }
    if (this.#shards.size >= target) return
    const taken = await this.#prisma.lease.findMany({
      where: { name: { startsWith: SHARD_PREFIX }, expiresAt: { gt: now } },
      select: { name: true },
    })
    const names = new Set(taken.map(({ name }) => name))
    for (let shard = 0; shard < this.#settings.shards && this.#shards.size < target; shard++) {
      const name = `${SHARD_PREFIX}${shard}`
      if (names.has(name)) continue
      const lease = await acquireLease(this.#prisma, name, this.#holder, this.#settings.ttlMs)
      if (lease) this.#shards.set(shard, lease)
    }
  }
}

import { checkServers } from '@/agent/backends/open-backend'
import type { CommandRunner, ResourceKind } from '@/agent/commands/runner'
import type { CommandTurn, Turn } from '@/agent/commands/turn'
import { Redactor } from '@/agent/host/exec/redact'
import { failpoint } from '@/agent/host/failpoint'
import type { Command, Journal } from '@/agent/journal/journal'
import type { CephSecrets } from '@/agent/libvirt/ceph-secrets'
import type { Policy } from '@/agent/policy/policy'
import type { ListedKind } from '@/agent/resources/listed-kind'
import { Teller } from '@/agent/resources/told'
import type { VolumeHolds } from '@/agent/resources/volumes/holds'
import type { Door, Pools, Progress } from '@/agent/verbs/agent'
import type { CommandEnvelope } from '@/lib/agent-protocol/messages'
import type { ObservedPool, ObservedVolume, WirePool } from '@/lib/agent-protocol/pools'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { secretUsage } from '@/lib/libvirt/ceph-secret'
import type { Log } from '@/lib/log'
import type { EngineContext } from '@/lib/volume-engines/contract/engine'
import type { Ground } from './ground'
import type { KeeperLeases } from './keeper-leases'
import { ManagedPool } from './managed-pool'
import { POOL_DOCUMENTS, type WantedPools } from './pool-documents'
import type { PlacedPool, PoolDoors } from './pool-doors'
import { PoolKeys } from './pool-keys'
import { POOL_TIMING, type PoolTiming, PoolWatch } from './watch'

const OPERATION_MS = 140_000

export interface PoolManagerOptions {
  journal: Journal
  runner: CommandRunner
  log: Log
  policy: () => Policy
  doors: PoolDoors
  ground: Ground
  holds: VolumeHolds
  /** Of the libvirt of this host. */
  secrets: CephSecrets
  leases: KeeperLeases
  timing?: Partial<PoolTiming>
}

interface Entered extends PlacedPool {
  context: EngineContext
  door: Door
}

/**
 * Pools that are to be open on this host. What is wanted is in the journal; what is true is asked of the engine every half minute, and
 * at once when the mount or the connection under a pool changes. One that could not be opened when it was asked for is left to whoever
 * asked: a mark is made once, and not by itself in a moment in which the right disk is missing.
 */
export class PoolManager implements Pools, ResourceKind {
  readonly name = 'pool'
  readonly commands = ['openPool', 'closePool']
  readonly #options: PoolManagerOptions
  readonly #wanted: WantedPools
  readonly #timing: PoolTiming
  readonly #pools = new Map<string, ManagedPool>()
  readonly #watch: PoolWatch
  readonly #keys: PoolKeys
  readonly #poolNews: Teller<ObservedPool>
  readonly #volumeNews: Teller<ObservedVolume>

  private constructor(options: PoolManagerOptions) {
    const { journal, runner, log, ground } = options
    this.#options = options
    this.#wanted = journal.documents(POOL_DOCUMENTS)
    this.#keys = new PoolKeys({
      secrets: options.secrets,
      wanted: this.#wanted,
      pools: () => [...this.#pools.values()],
    })
    this.#timing = { ...POOL_TIMING, ...options.timing }
    this.#poolNews = new Teller({
      list: () => this.list(),
      idOf: ({ poolId }) => poolId,
      // When it was looked at is no news.
      textOf: (pool) => JSON.stringify({ ...pool, capacityAt: null }),
    })
    this.#volumeNews = new Teller(this.volumes)
    this.#watch = new PoolWatch({
      runner,
      log,
      ground,
      timing: this.#timing,
      pools: () => [...this.#pools.values()].filter(({ openedAt }) => openedAt !== null),
      look: (pool, turn) => this.#look(pool, turn),
      changed: () => this.#tell(),
    })
  }

  /** Answers questions as soon as it returns. */
  static start(options: PoolManagerOptions): PoolManager {
    const manager = new PoolManager(options)
    for (const desired of manager.#wanted.all()) {
      const pool = new ManagedPool(desired)
      manager.#pools.set(pool.id, pool)
      manager.#keepOrNot(pool)
    }
    options.runner.onEnd((operationId) => manager.#workEnded(operationId))
    return manager
  }

  /** What is open stays. */
  stop(): void {
    this.#watch.stop()
  }

  /** What is wanted by now is in the journal. */
  async recover(poolId: string, turn: CommandTurn): Promise<unknown> {
    const pool = this.#pools.get(poolId)
    if (pool === undefined) return { closed: true }
    return pool.removing ? this.#takeDown(pool, turn) : this.#bringUp(pool, turn)
  }

  begin(): void {
    this.#watch.start()
  }

  idOf({ poolId }: ObservedPool): string {
    return poolId
  }

  list(): ObservedPool[] {
    return [...this.#pools.values()].map((pool) => pool.view())
  }

  subscribe(onChange: (changed: readonly ObservedPool[], gone: readonly string[]) => void): () => void {
    return this.#poolNews.subscribe(onChange)
  }

  /** The volumes of the pools that this host tells of, as they were seen last. */
  get volumes(): ListedKind<ObservedVolume> {
    return {
      name: 'volume',
      idOf: ({ volumeId }) => volumeId,
      list: () => [...this.#pools.values()].flatMap((pool) => pool.volumes),
      version: () => this.#volumeNews.version(),
      subscribe: (onChange) => this.#volumeNews.subscribe(onChange),
    }
  }

  /** Opens it, and looks after it from then on. */
  open(envelope: CommandEnvelope, receivedAt: number, wire: WirePool, progress: Progress): Promise<ObservedPool> {
    const command: Command = { kind: 'openPool', envelope, args: { pool: wire } }
    return this.#options.runner.run(command, receivedAt, progress.log, {
      check: () => {
        requireSame(envelope, wire)
        this.#options.doors.check(wire, new Redactor())
      },
      want: () => this.#wanted.want(wire, envelope.generation),
      carryOut: async (turn) => {
        await this.#letGo(wire)
        return this.#bringUp(this.#want(wire.poolId), turn)
      },
    })
  }

  /** Whoever looks after it now begins when this host has said that it does not any more: what it has begun comes to its end first. */
  async #letGo({ poolId, isKeeper }: WirePool): Promise<void> {
    if (isKeeper) return
    this.#options.leases.forget(poolId)
    await this.#options.leases.settled(poolId)
  }

  /** The reverse. Not open: success. `forGood`: its mark goes too. */
  async close(
    envelope: CommandEnvelope,
    receivedAt: number,
    request: { pool: WirePool; forGood: boolean },
    progress: Progress,
  ): Promise<{ closed: true }> {
    const { pool: wire, forGood } = request
    const command: Command = { kind: 'closePool', envelope, args: request }
    return this.#options.runner.run(command, receivedAt, progress.log, {
      check: () => requireSame(envelope, wire),
      want: () => {
        // Also of one that is not known here: its mark may be there, and a later agent must find out what was asked.
        if (this.#wanted.find(wire.poolId) === null) this.#wanted.want(wire, envelope.generation)
        this.#wanted.markRemoving(wire.poolId, envelope.generation)
        this.#wanted.remember(wire.poolId, { forGood })
      },
      carryOut: (turn) => this.#takeDown(this.#want(wire.poolId), turn),
    })
  }

  keep(loans: readonly { poolId: string; stamp: string }[], fence: number): { stamp: string; kept: string[] } {
    const { leases, journal } = this.#options
    journal.requireCurrentFence(fence)
    for (const { poolId, stamp } of loans) leases.lend(poolId, stamp)
    return { stamp: leases.stamp(), kept: leases.kept() }
  }

  // ---- for work on volumes

  /** Throws `not_found` for a pool that is not open here. */
  get(poolId: string): ManagedPool {
    const pool = this.#pools.get(poolId)
    if (pool !== undefined) return pool
    throw new HoldfastError('not_found', 'This host has not opened that pool.', { details: { poolId } })
  }

  /** Is it to stay open here? */
  isWanted(poolId: string): boolean {
    return this.#pools.get(poolId)?.removing === false
  }

  /** Tells what a job has found out about volumes. */
  changed(pool: ManagedPool): void {
    this.#tell()
    this.#watch.lookIn(pool, this.#timing.changedMs)
  }

  #workEnded(operationId: string): void {
    const hold = this.#options.holds.release(operationId)
    if (hold === null) return
    const pools = [...hold.pools].flatMap((id) => this.#pools.get(id) ?? [])
    for (const pool of pools) {
      for (const volumeId of hold.volumes) pool.touch(volumeId)
      this.#watch.lookIn(pool, this.#timing.changedMs)
    }
  }

  // ---- work, under the lock of the pool

  async #bringUp(pool: ManagedPool, turn: Turn): Promise<ObservedPool> {
    const { ground, policy, doors } = this.#options
    pool.activity = 'opening'
    if (pool.openedAt === null) pool.error = null
    this.#tell()
    try {
      await ground.wait(pool.wire, this.#timing.groundMs, turn.signal)
      await this.#with(pool, turn, OPERATION_MS, async (entered) => {
        const { open, engine, context, door } = entered
        // Of one with a mount, that was asked when it was mounted.
        const opened = doors.check(pool.wire, door.redactor)
        if (pool.wire.mountId === null) await checkServers(opened, policy(), door.host)
        failpoint('pool.open.before')
        await engine.open(open, pool.wire.isNew && pool.openedAt === null, context)
        failpoint('pool.open.after')
        this.#opened(pool)
        await this.#takeIn(pool, entered)
        await this.#keys.keep(pool, entered, door.host)
      })
      return pool.view()
    } catch (error) {
      if (!turn.signal.aborted) pool.fail(toHoldfastError(error))
      throw error
    } finally {
      pool.activity = null
      this.#tell()
      if (pool.openedAt !== null) this.#watch.lookIn(pool, this.#timing.standingMs)
    }
  }

  async #takeDown(pool: ManagedPool, turn: Turn): Promise<{ closed: true }> {
    const { holds, runner } = this.#options
    pool.activity = 'closing'
    this.#tell()
    try {
      if (holds.isBusy(pool.id)) {
        throw new HoldfastError('busy', 'One of its volumes is being worked on; wait for that, or cancel it.')
      }
      this.#options.leases.forget(pool.id)
      await this.#options.leases.settled(pool.id)
      failpoint('pool.close.before')
      if (pool.forGood) await this.#release(pool, turn)
      failpoint('pool.close.after')
      const { host } = this.#options.doors.door(turn.operationId, performance.now() + OPERATION_MS, turn.signal)
      await this.#keys.drop(pool, secretUsage(pool.wire.backend.id), host, turn)
      this.#wanted.forget(pool.id)
      this.#pools.delete(pool.id)
      this.#options.leases.forget(pool.id)
      return { closed: true }
    } catch (error) {
      if (!runner.stopping.aborted) this.#keep(pool)
      throw error
    } finally {
      pool.activity = null
      this.#tell()
    }
  }

  /** Takes its mark away. One that was never open anywhere has none, so a storage that was never there keeps nobody from deleting it. */
  async #release(pool: ManagedPool, turn: Turn): Promise<void> {
    const { ground } = this.#options
    if (pool.wire.isNew && pool.openedAt === null && ground.fault(pool.wire) !== null) {
      turn.log('It was never open, and its storage is not there: there is nothing to take away.')
      return
    }
    await ground.wait(pool.wire, this.#timing.groundMs, turn.signal)
    await this.#with(pool, turn, OPERATION_MS, ({ open, engine, context }) => engine.release(open, context))
  }

  /** It could not be closed: one that was open here goes on. */
  #keep(pool: ManagedPool): void {
    if (pool.openedAt === null) {
      this.#wanted.forget(pool.id)
      this.#pools.delete(pool.id)
      this.#options.leases.forget(pool.id)
      return
    }
    pool.removing = false
    this.#wanted.unmarkRemoving(pool.id)
    this.#watch.lookIn(pool, 0)
  }

  /** From here on a storage without its mark is the wrong one. */
  #opened(pool: ManagedPool): void {
    pool.openedAt ??= new Date()
    this.#wanted.markApplied(pool.id, { openedAt: pool.openedAt.getTime() })
  }

  /** In the background. Something that hangs keeps no command from the pool, only other looks. */
  async #look(pool: ManagedPool, turn: Turn): Promise<void> {
    const hang = (gone: Promise<void>) => {
      pool.stuck = gone.then(() => {
        pool.stuck = null
      })
    }
    const limitMs = this.#options.doors.lookMs(pool.wire) ?? this.#timing.lookMs
    await this.#with(pool, { ...turn, hang }, limitMs, async (entered) => {
      // The storage may be another one now: nothing is asked of it before its mark was seen.
      if (!pool.isOpen) await entered.engine.open(entered.open, false, entered.context)
      await this.#takeIn(pool, entered)
      await this.#keys.keep(pool, entered, entered.door.host)
    })
  }

  async #takeIn(pool: ManagedPool, { open, engine, context }: Entered): Promise<void> {
    const startedAt = performance.now()
    const view = await engine.look(open, pool.wire.isKeeper, context)
    context.signal.throwIfAborted()
    pool.isUp(view, startedAt, this.#options.holds)
  }

  /** With a door of its own, at the place of the pool. */
  async #with<T>(pool: ManagedPool, turn: Turn, limitMs: number, work: (entered: Entered) => Promise<T>): Promise<T> {
    const { operationId, signal } = turn
    const deadlineAt = performance.now() + limitMs
    const door = this.#options.doors.door(operationId, deadlineAt, signal)
    const log = (message: string) => turn.log(door.redactor.redact(message))
    try {
      const placed = await this.#options.doors.place(pool.wire, door, signal)
      return await work({ ...placed, door, context: { host: door.engineHost, signal, deadlineAt, log } })
    } finally {
      if (door.runner.uncertain) turn.hang(door.runner.settled())
    }
  }

  // ---- what is known

  /** Takes in what the journal holds now. */
  #want(poolId: string): ManagedPool {
    const desired = this.#wanted.find(poolId)
    if (desired === null) throw new HoldfastError('internal', 'The wanted pool is not in the journal.')
    const known = this.#pools.get(poolId)
    if (known !== undefined) {
      known.want(desired)
      this.#keepOrNot(known)
      return known
    }
    const pool = new ManagedPool(desired)
    this.#pools.set(poolId, pool)
    this.#keepOrNot(pool)
    return pool
  }

  #keepOrNot({ id, wire, generation }: ManagedPool): void {
    const { leases } = this.#options
    if (wire.isLeased === true && wire.isKeeper) leases.keep(id, generation)
    else leases.forget(id)
  }

  /** Volumes first: whoever hears that a pool was looked at may trust the list of them. */
  #tell(): void {
    this.#volumeNews.tell()
    this.#poolNews.tell()
  }
}

function requireSame({ resourceId }: CommandEnvelope, { poolId }: WirePool): void {
  if (resourceId === poolId) return
  throw new HoldfastError('invalid_input', 'The resource of this command is not the pool that it speaks of.', {
    fields: [{ field: 'resourceId', message: 'Send the id of the pool.' }],
  })
}

import type { KnownUnit } from '@/agent/host/fuse'
import type { UnfinishedOperation } from '@/agent/host/journal'
import { toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { ensureMounted, type Work } from './converge'
import type { ManagedMount } from './managed-mount'
import type { Held, ResourceLocks } from './resource-locks'
import { endStrays } from './strays'
import type { Job, Workshop } from './workshop'

const LIMIT_MS = 120_000
const RETRY_MS = [1_000, 5_000, 15_000, 30_000, 60_000]
/** A FUSE daemon that died is started again by its supervisor; only when that did not help, the mount is made anew. */
const SELF_HEAL_MS = 5_000
/** Longer while its supervisor is at it: on a busy host a daemon takes its time to start. */
const SLOW_START_MS = 30_000

/** Brings mounts back without being asked: broken ones, those wanted after a restart, and work that a killed agent had begun. */
export class Keeper {
  readonly #workshop: Workshop
  readonly #locks: ResourceLocks
  readonly #log: Log
  readonly #stop: AbortSignal
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #running = new Set<Promise<void>>()
  /** Mounts that are to be back after the start and were not tried yet. */
  readonly #untried = new Set<string>()
  readonly #settled = Promise.withResolvers<void>()
  readonly #cleared = Promise.withResolvers<void>()

  constructor(workshop: Workshop, locks: ResourceLocks, log: Log, stop: AbortSignal) {
    this.#workshop = workshop
    this.#locks = locks
    this.#log = log
    this.#stop = stop
    stop.addEventListener('abort', () => {
      for (const timer of this.#timers.values()) clearTimeout(timer)
    })
  }

  /** Resolves when, after the start, each mount that is to be back is up or has failed once. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  /** Resolves when, after the start, what a killed agent left running or lying about is out of the way. */
  get cleared(): Promise<void> {
    return this.#cleared.promise
  }

  /** What is being done now, for an orderly stop. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running)
  }

  /** Tries until it works, with growing pauses, or until a command decides otherwise. An outside unmount is not undone. */
  pursue(mount: ManagedMount, afterMs = 0): void {
    if (this.#stop.aborted || mount.document.desiredState !== 'mounted' || mount.abandonedBoot !== null) return
    if (this.#timers.has(mount.id) || this.#locks.isHeld(mount.id)) return
    mount.pursued = true
    const timer = setTimeout(() => {
      this.#timers.delete(mount.id)
      // A command took it over, and its caller hears how that ends.
      if (!mount.pursued || this.#workshop.table.get(mount.id) !== mount) return this.#tried(mount.id)
      const attempt = this.#attempt(mount)
      this.#running.add(attempt)
      void attempt.finally(() => this.#running.delete(attempt))
    }, afterMs)
    this.#timers.set(mount.id, timer)
  }

  /** A daemon that ended in order was unmounted from outside, which is respected. Any other end is repaired. */
  async daemonDied(unit: KnownUnit): Promise<void> {
    const { table, machine } = this.#workshop
    const mount = table.at(unit.target)
    if (mount === undefined || this.#locks.isHeld(mount.id)) return
    const signal = AbortSignal.any([this.#stop, AbortSignal.timeout(10_000)])
    const { mountContext } = machine.open({ operationId: 'watch', deadlineAt: performance.now() + 10_000, signal })
    const { document } = mount
    table.observe(mount)
    // Its supervisor may be a moment behind us.
    for (let look = 0; look < 3 && mount.truth.kind === 'absent'; look++) {
      if (await machine.fuse.hasEnded(mountContext, unit.unit)) return
      await new Promise((resolve) => setTimeout(resolve, 100))
      table.observe(mount)
    }
    // A command that came meanwhile has looked for itself.
    if (mount.document !== document || table.get(mount.id) !== mount || this.#locks.isHeld(mount.id)) return
    mount.lostDaemon = unit.unit
    table.tell([mount])
    this.pursue(mount)
  }

  async #attempt(mount: ManagedMount): Promise<void> {
    const operationId = `heal-${mount.id}`
    const held = this.#locks.tryBackground(mount.id, operationId)
    if (held === null) return this.#tried(mount.id)
    const log = this.#log.with({ mountId: mount.id })
    const job: Job = {
      operationId,
      held,
      limitMs: LIMIT_MS,
      log: (step) => log.info('bringing a mount back', { step }),
    }
    try {
      await this.#workshop.converge(mount, job, 'mounting', async (work) => {
        if (!(await this.#healedItself(mount, work))) await ensureMounted(mount, work)
        this.#workshop.markApplied(mount)
      })
      log.info('a mount is back')
    } catch (error) {
      mount.failures++
      log.warn('a mount could not be brought back yet', { code: toHoldfastError(error).code, failures: mount.failures })
    }
    this.#tried(mount.id)
    if (mount.uncertain) await mount.settled
    mount.uncertain = false
    mount.lostDaemon = null
    held.release()
    this.#workshop.table.observe(mount)
    this.#workshop.table.tell([mount])
    if (mount.pursued) this.pursue(mount, RETRY_MS[Math.min(mount.failures, RETRY_MS.length) - 1])
  }

  /** Waits for the supervisor of a dead daemon. The driver then confirms the mount: flags of a new one are set by it. */
  async #healedItself(mount: ManagedMount, work: Work): Promise<boolean> {
    const fuse = mount.truth.kind === 'ours' && mount.truth.entry.fsType.startsWith('fuse')
    if (!fuse && mount.lostDaemon === null) return false
    const startedAt = performance.now()
    while (!work.context.signal.aborted && (await this.#mayHealItself(mount, work, performance.now() - startedAt))) {
      if (await this.#answers(mount)) {
        const opened = work.open(mount.document.backend)
        await opened.driver.mount?.(opened.backend, mount.target, work.context)
        await this.#workshop.machine.fuse.refresh(work.door.mountContext, mount.path)
        mount.health = { kind: 'ok' }
        return true
      }
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    return false
  }

  async #mayHealItself(mount: ManagedMount, work: Work, waitedMs: number): Promise<boolean> {
    if (waitedMs < SELF_HEAL_MS) return true
    if (mount.lostDaemon === null || waitedMs > SLOW_START_MS) return false
    return !(await this.#workshop.machine.fuse.hasEnded(work.door.mountContext, mount.lostDaemon))
  }

  /** The mount, and not the empty directory under it: that answers too, while the supervisor changes daemons. */
  async #answers(mount: ManagedMount): Promise<boolean> {
    const { table, machine } = this.#workshop
    table.observe(mount)
    if (mount.truth.kind !== 'ours') return false
    const found = await machine.prober.list(mount.path, { deadlineMs: 2_000 })
    table.observe(mount)
    return found.state === 'ok' && mount.truth.kind === 'ours'
  }

  /** After a start: ends what a killed agent left running, finishes what it had begun, brings back what is to be there. */
  async recover(): Promise<void> {
    const { journal, machine, table } = this.#workshop
    const operations = journal.unfinished()
    const unfinished = new Set(operations.filter(isOfMount).map((operation) => operation.resourceId))
    const held = new Map<string, Held>()
    for (const id of unfinished) {
      const lock = this.#locks.tryBackground(id, `recover-${id}`)
      if (lock !== null) held.set(id, lock)
    }
    try {
      for (const left of await machine.clean()) this.#log.warn('a leftover could not be cleared', { left })
      if (operations.length > 0) await this.#endStrays()
    } catch (error) {
      // Every step looks at what is true before it acts, so what is left in its way makes it fail and not go wrong.
      this.#log.error('what an earlier agent left could not be cleared', { error })
    }
    this.#cleared.resolve()
    const finish = ([id, lock]: [string, Held]) =>
      this.#finish(id, lock)
        .catch((error: unknown) => this.#log.error('what an earlier agent left could not be finished', { error }))
        .finally(lock.release)
    await Promise.all([...held].map(finish))
    for (const mount of table.all()) {
      if (!mount.document.autoMount || mount.truth.kind === 'ours') continue
      this.pursue(mount)
      if (this.#timers.has(mount.id)) this.#untried.add(mount.id)
    }
    this.#tried('')
  }

  #tried(id: string): void {
    this.#untried.delete(id)
    if (this.#untried.size === 0) this.#settled.resolve()
  }

  async #endStrays(): Promise<void> {
    const stuck = await endStrays(this.#workshop.machine.mark)
    if (stuck.length > 0) {
      this.#log.warn('commands of an earlier agent are stuck in the kernel', { pids: stuck.map((stray) => stray.pid) })
    }
  }

  /** The interrupted operations of one resource are documents: the last one says it all. */
  async #finish(id: string, held: Held): Promise<void> {
    const { journal, table } = this.#workshop
    const operations = journal.unfinished().filter((operation) => operation.resourceId === id)
    const log = this.#log.with({ mountId: id })
    const job: Job = {
      operationId: `recover-${id}`,
      held,
      limitMs: LIMIT_MS,
      log: (step) => log.info('finishing an interrupted operation', { step }),
    }
    const desired = journal.desiredMount(id)
    try {
      const remove = desired === null || desired.removing
      const result = remove
        ? await this.#workshop.removeWanted(id, false, job)
        : await this.#workshop.applyWanted(id, job)
      for (const { operationId } of operations) journal.finish(operationId, { result })
    } catch (error) {
      const failure = toHoldfastError(error)
      log.warn('an interrupted operation could not be finished', { code: failure.code })
      const mount = table.get(id)
      if (mount?.uncertain) {
        await mount.settled
        mount.uncertain = false
        table.observe(mount)
        table.tell([mount])
      } else if (held.signal.aborted) {
        // The command that it gave way to, the same one repeated or a later one, goes on from here and ends it.
        return
      }
      if (this.#stop.aborted) return
      for (const { operationId } of operations) journal.finish(operationId, { error: failure })
    }
  }
}

function isOfMount({ kind }: UnfinishedOperation): boolean {
  return kind === 'applyMount' || kind === 'removeMount'
}

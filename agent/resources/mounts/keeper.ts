import type { CommandRunner } from '@/agent/commands/runner'
import type { Turn } from '@/agent/commands/turn'
import type { KnownUnit } from '@/agent/host/fuse/daemons'
import { toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { pauseFor } from '@/lib/pause'
import { ensureMounted, type Work } from './converge'
import type { ManagedMount } from './managed-mount'
import type { Workshop } from './workshop'

const RETRY_MS = [1_000, 5_000, 15_000, 30_000, 60_000]
/** A FUSE daemon that died is started again by its supervisor; only when that did not help, the mount is made anew. */
const SELF_HEAL_MS = 5_000
/** Longer while its supervisor is at it: on a busy host a daemon takes its time to start. */
const SLOW_START_MS = 30_000

/** Brings mounts back without being asked: broken ones, and those wanted after a restart. */
export class Keeper {
  readonly #workshop: Workshop
  readonly #runner: CommandRunner
  readonly #log: Log
  readonly #timers = new Map<string, NodeJS.Timeout>()
  /** Mounts that are to be back after the start and were not tried yet. */
  readonly #untried = new Set<string>()
  readonly #settled = Promise.withResolvers<void>()

  constructor(workshop: Workshop, runner: CommandRunner, log: Log) {
    this.#workshop = workshop
    this.#runner = runner
    this.#log = log
  }

  /** Resolves when, after the start, each mount that is to be back is up or has failed once. */
  get settled(): Promise<void> {
    return this.#settled.promise
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  /** Tries until it works, with growing pauses, or until a command decides otherwise. An outside unmount is not undone. */
  pursue(mount: ManagedMount, afterMs = 0): void {
    if (this.#runner.stopping.aborted || mount.document.desiredState !== 'mounted' || mount.abandonedBoot !== null)
      return
    if (this.#timers.has(mount.id) || this.#runner.isHeld(mount.id)) return
    mount.pursued = true
    const timer = setTimeout(() => {
      this.#timers.delete(mount.id)
      // A command took it over, and its caller hears how that ends.
      if (!mount.pursued || this.#workshop.table.get(mount.id) !== mount) return this.#tried(mount.id)
      void this.#attempt(mount)
    }, afterMs)
    this.#timers.set(mount.id, timer)
  }

  /** A daemon that ended in order was unmounted from outside, which is respected. Any other end is repaired. */
  async daemonDied(unit: KnownUnit): Promise<void> {
    const { table, host } = this.#workshop
    const mount = table.at(unit.target)
    if (mount === undefined || this.#runner.isHeld(mount.id)) return
    const signal = AbortSignal.any([this.#runner.stopping, AbortSignal.timeout(10_000)])
    const { mountContext } = host.open({ operationId: 'watch', deadlineAt: performance.now() + 10_000, signal })
    const { document } = mount
    table.observe(mount)
    // Its supervisor may be a moment behind us.
    for (let look = 0; look < 3 && mount.truth.kind === 'absent'; look++) {
      if (await host.fuse.hasEnded(mountContext, unit.unit)) return
      await pauseFor(100)
      table.observe(mount)
    }
    // A command that came meanwhile has looked for itself.
    if (mount.document !== document || table.get(mount.id) !== mount || this.#runner.isHeld(mount.id)) return
    mount.lostDaemon = unit.unit
    table.tell([mount])
    this.pursue(mount)
  }

  async #attempt(mount: ManagedMount): Promise<void> {
    const log = this.#log.with({ mountId: mount.id })
    const say = (step: string) => log.info('bringing a mount back', { step })
    const attempt = this.#runner.background(mount.id, `heal-${mount.id}`, say, (turn) =>
      this.#bringBack(mount, turn, log),
    )
    if (attempt === null) return this.#tried(mount.id)
    await attempt
    this.#workshop.table.observe(mount)
    this.#workshop.table.tell([mount])
    if (mount.pursued) this.pursue(mount, RETRY_MS[Math.min(mount.failures, RETRY_MS.length) - 1])
  }

  async #bringBack(mount: ManagedMount, turn: Turn, log: Log): Promise<void> {
    try {
      await this.#workshop.converge(mount, turn, 'mounting', async (work) => {
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
    mount.lostDaemon = null
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
        await this.#workshop.host.fuse.refresh(work.door.mountContext, mount.path)
        mount.provenByDriver()
        return true
      }
      await pauseFor(200, work.context.signal)
    }
    return false
  }

  async #mayHealItself(mount: ManagedMount, work: Work, waitedMs: number): Promise<boolean> {
    if (waitedMs < SELF_HEAL_MS) return true
    if (mount.lostDaemon === null || waitedMs > SLOW_START_MS) return false
    return !(await this.#workshop.host.fuse.hasEnded(work.door.mountContext, mount.lostDaemon))
  }

  /** The mount, and not the empty directory under it: that answers too, while the supervisor changes daemons. */
  async #answers(mount: ManagedMount): Promise<boolean> {
    const { table, host } = this.#workshop
    table.observe(mount)
    if (mount.truth.kind !== 'ours') return false
    const found = await host.prober.list(mount.path, { deadlineMs: 2_000 })
    table.observe(mount)
    return found.state === 'ok' && mount.truth.kind === 'ours'
  }

  /** After a start, when what was interrupted has been finished: brings back what is to be there. */
  begin(): void {
    for (const mount of this.#workshop.table.all()) {
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
}

import { failpoint } from '@/agent/host/failpoint'
import { answerOf, type Begun, type Command, type Journal } from '@/agent/host/journal'
import { bootId, type Machine } from '@/agent/host/machine'
import { MountWatcher } from '@/agent/host/mount-events'
import { Runner } from '@/agent/host/run'
import type { CommandEnvelope, ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { Keeper } from './keeper'
import type { ManagedMount } from './managed-mount'
import { Monitor } from './monitor'
import { type BackendOpener, MountTable } from './mount-table'
import { type Held, ResourceLocks } from './resource-locks'
import { type Removal, Workshop } from './workshop'

const OPERATION_MS = 140_000
const STOP_MS = 2_000

export interface Progress {
  log(message: string): void
}

export interface MountManagerOptions {
  machine: Machine
  journal: Journal
  log: Log
  open: BackendOpener
  /** Told where mounts are wanted, each time that this may have changed. */
  onPlaces?: (paths: readonly string[]) => void
}

/**
 * Every wanted mount of this host. What is true is read from mountinfo and from probes, what is wanted is in the journal; a
 * command changes the second and then makes the first match. Questions are answered from memory.
 */
export class MountManager {
  readonly #machine: Machine
  readonly #journal: Journal
  readonly #log: Log
  readonly #table: MountTable
  readonly #workshop: Workshop
  readonly #keeper: Keeper
  readonly #monitor: Monitor
  readonly #watcher: MountWatcher
  readonly #locks = new ResourceLocks()
  readonly #stop = new AbortController()
  readonly #running = new Set<Promise<unknown>>()

  private constructor(options: MountManagerOptions) {
    const stop = this.#stop.signal
    this.#machine = options.machine
    this.#journal = options.journal
    this.#log = options.log
    this.#table = new MountTable(options.open, options.machine.places, options.log)
    if (options.onPlaces) this.#table.onPlaces = options.onPlaces
    this.#workshop = new Workshop({ ...options, table: this.#table, stop })
    this.#keeper = new Keeper(this.#workshop, this.#locks, options.log, stop)
    this.#monitor = new Monitor(options.machine.prober, {
      changed: (mount) => this.#table.tell([mount]),
      corrupted: (mount) => this.#keeper.pursue(mount),
      answered: (mount) => this.#workshop.answered(mount),
    })
    this.#watcher = new MountWatcher(new Runner(), () => this.#table.observeAll())
    this.#table.onObserved = (mount) => this.#observed(mount)
  }

  /**
   * Answers questions as soon as it returns. What a killed agent left unfinished, and mounts that are to be back after a
   * restart, are brought about afterwards, each by itself.
   */
  static start(options: MountManagerOptions): MountManager {
    const manager = new MountManager(options)
    const boot = bootId()
    for (const desired of options.journal.desiredMounts()) {
      const gone = desired.abandonedBoot !== null && desired.abandonedBoot !== boot
      if (gone) options.journal.forgetMount(desired.document.mountId)
      else manager.#table.want(desired)
    }
    manager.#watcher.start()
    manager.#table.observeAll()
    options.machine.fuse.watch((unit) => {
      manager.#keeper
        .daemonDied(unit)
        .catch((error: unknown) => options.log.warn('a dead daemon could not be looked at', { error }))
    })
    void manager.#track(manager.#keeper.recover())
    return manager
  }

  /** Mounts and their daemons stay. A command that is cut off here is finished by the next agent. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#watcher.stop()
    this.#monitor.stop()
    this.#machine.fuse.close()
    const idle = Promise.all([Promise.allSettled(this.#running), this.#keeper.idle()])
    await Promise.race([idle, new Promise((resolve) => setTimeout(resolve, STOP_MS))])
  }

  /** Resolves when, after the start, each mount that is to be back is up or has failed once. */
  get settled(): Promise<void> {
    return this.#keeper.settled
  }

  /** Resolves when, after the start, what a killed agent left running or lying about is out of the way. */
  get cleared(): Promise<void> {
    return this.#keeper.cleared
  }

  list(): ObservedMount[] {
    return this.#table.views()
  }

  subscribe(onChange: (changed: readonly ObservedMount[]) => void): () => void {
    return this.#table.subscribe(onChange)
  }

  /** Makes the host match the document and keeps it for the agent's own restarts. */
  apply(
    envelope: CommandEnvelope,
    receivedAt: number,
    document: WireMount,
    progress: Progress,
  ): Promise<ObservedMount> {
    const command: Command = { kind: 'applyMount', envelope, args: { mount: document } }
    return this.#command(command, document.mountId, receivedAt, (held) => {
      this.#table.checkAllowed(document)
      this.#table.checkPlace(document)
      const begun = this.#journal.begin(command, (journal) => journal.wantMount(document, envelope.generation))
      const job = { operationId: envelope.operationId, held, limitMs: OPERATION_MS, log: progress.log }
      return this.#carryOut(begun, command, held, () => this.#workshop.applyWanted(document.mountId, job))
    })
  }

  /** Unmounts, removes the mountpoint, forgets document and secrets. Unknown: success. */
  remove(
    envelope: CommandEnvelope,
    receivedAt: number,
    request: { mountId: string; abandon: boolean },
    progress: Progress,
  ): Promise<Removal> {
    const { mountId, abandon } = request
    const command: Command = { kind: 'removeMount', envelope, args: { mountId, abandon } }
    return this.#command(command, mountId, receivedAt, (held) => {
      const begun = this.#journal.begin(command, (journal) => journal.markRemoving(mountId, envelope.generation))
      const job = { operationId: envelope.operationId, held, limitMs: OPERATION_MS, log: progress.log }
      return this.#carryOut(begun, command, held, () => this.#workshop.removeWanted(mountId, abandon, job))
    })
  }

  /** Answers a repeated operation, joins a running one, and otherwise takes the mount for itself. */
  async #command<T>(
    command: Command,
    mountId: string,
    receivedAt: number,
    work: (held: Held) => Promise<T>,
  ): Promise<T> {
    const { operationId, resourceId, ttlMs } = command.envelope
    if (resourceId !== mountId) {
      throw new HoldfastError('invalid_input', 'The resource of this command is not the mount that it speaks of.', {
        fields: [{ field: 'resourceId', message: 'Send the id of the mount.' }],
      })
    }
    const known = this.#journal.recall(command)
    if (known !== null && known.status !== 'unfinished') return answerOf<T>(known)
    const running = this.#locks.running(resourceId, operationId)
    if (running !== null) return running as Promise<T>
    const held = await this.#locks.acquire(resourceId, operationId)
    const outcome = this.#track(this.#inTime(receivedAt, ttlMs, () => work(held)))
    held.answer(outcome)
    try {
      return await outcome
    } finally {
      if (!this.#table.get(resourceId)?.uncertain) held.release()
    }
  }

  async #inTime<T>(receivedAt: number, ttlMs: number, work: () => Promise<T>): Promise<T> {
    if (performance.now() - receivedAt > ttlMs) {
      throw new HoldfastError('stale', 'This command waited longer than it may.', { details: { reason: 'ttl' } })
    }
    return work()
  }

  /** Runs a new intent, or one whose run was cut off; a finished one gives its stored answer. */
  async #carryOut<T>(begun: Begun, command: Command, held: Held, run: () => Promise<T>): Promise<T> {
    if (begun.status === 'done' || begun.status === 'failed') return answerOf<T>(begun)
    const { operationId, resourceId } = command.envelope
    failpoint('intent.after-commit')
    try {
      const result = await run()
      failpoint('result.before')
      this.#journal.finish(operationId, { result })
      failpoint('result.after')
      return result
    } catch (error) {
      const failure = toHoldfastError(error)
      if (failure.code === 'internal') this.#log.error('a mount command failed', { operationId, error })
      const mount = this.#table.get(resourceId)
      if (mount?.uncertain) this.#finishWhenSettled(operationId, mount, failure, held)
      else if (!this.#stop.signal.aborted) this.#journal.finish(operationId, { error: failure })
      throw failure
    }
  }

  /** A child that was given up on still runs. The mount stays locked until it is gone; then mountinfo tells what it did. */
  #finishWhenSettled(operationId: string, mount: ManagedMount, failure: HoldfastError, held: Held): void {
    void mount.settled.then(() => {
      mount.uncertain = false
      held.release()
      if (this.#stop.signal.aborted) return
      this.#table.observe(mount)
      this.#table.tell([mount])
      this.#journal.finish(operationId, { error: failure })
    })
  }

  #observed(mount: ManagedMount): void {
    // A command that is mounting it proves by itself that the storage answers; its caller waits for that and not for another probe.
    const isProven = mount.health !== null || mount.activity !== null
    if (mount.truth.kind === 'ours') {
      this.#monitor.watch(mount, isProven ? 1_000 : 0)
      void this.#workshop.watchNode(mount)
    }
    const idle = mount.truth.kind === 'absent' && !this.#locks.isHeld(mount.id)
    if (idle) this.#table.lookAtGuard(mount)
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work)
    const done = () => this.#running.delete(work)
    work.then(done, done)
    return work
  }
}

import type { JobKind } from '@/agent/commands/jobs/job-kind'
import type { CommandHandler, CommandRunner, ResourceKind } from '@/agent/commands/runner'
import type { Turn } from '@/agent/commands/turn'
import { Runner } from '@/agent/host/exec/run'
import { bootId, type Host } from '@/agent/host/host'
import { MountWatcher } from '@/agent/host/mounting/mount-events'
import type { Command, Journal } from '@/agent/journal/journal'
import type { Measuring } from '@/lib/agent-protocol/measuring'
import type { CommandEnvelope, ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import { HoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { type MountCheck, mountCheck } from './check'
import { Keeper } from './keeper'
import type { ManagedMount } from './managed-mount'
import { Monitor } from './monitor'
import { MOUNT_DOCUMENTS, type WantedMounts } from './mount-documents'
import { type BackendOpener, MountTable } from './mount-table'
import { Proofs, type ProofTiming } from './proofs'
import { type Removal, Workshop } from './workshop'

export interface Progress {
  log(message: string): void
}

export interface MountManagerOptions {
  host: Host
  journal: Journal
  runner: CommandRunner
  log: Log
  open: BackendOpener
  /** Told where mounts are wanted, each time that this may have changed. */
  onPlaces?: (paths: readonly string[]) => void
  /** How often storage is looked at. */
  proofs?: Partial<ProofTiming>
}

/**
 * Every wanted mount of this host. What is true is read from mountinfo and from probes, what is wanted is in the journal; a
 * command changes the second and then makes the first match. Questions are answered from memory.
 */
export class MountManager implements ResourceKind {
  readonly name = 'mount'
  readonly commands = ['applyMount', 'removeMount']
  readonly #host: Host
  readonly #wanted: WantedMounts
  readonly #runner: CommandRunner
  readonly #table: MountTable
  readonly #workshop: Workshop
  readonly #keeper: Keeper
  readonly #monitor: Monitor
  readonly #proofs: Proofs
  readonly #watcher: MountWatcher

  private constructor(options: MountManagerOptions) {
    this.#host = options.host
    this.#wanted = options.journal.documents(MOUNT_DOCUMENTS)
    this.#runner = options.runner
    this.#table = new MountTable(options.open, options.host.places, options.log)
    if (options.onPlaces) this.#table.onPlaces = options.onPlaces
    this.#workshop = new Workshop({ ...options, table: this.#table, stop: options.runner.stopping })
    this.#keeper = new Keeper(this.#workshop, options.runner, options.log)
    this.#monitor = new Monitor(options.host.prober, {
      changed: (mount) => this.#table.tell([mount]),
      corrupted: (mount) => this.#keeper.pursue(mount),
      answered: (mount) => this.#workshop.answered(mount),
    })
    const { host, open, journal, runner } = options
    const parts = { host, open, key: journal.key, stop: runner.stopping }
    this.#proofs = new Proofs(parts, (mount) => this.#table.tell([mount]), options.proofs)
    this.#watcher = new MountWatcher(new Runner(), () => this.#table.observeAll())
    this.#table.onObserved = (mount) => this.#observed(mount)
  }

  /** Answers questions as soon as it returns. */
  static start(options: MountManagerOptions): MountManager {
    const manager = new MountManager(options)
    const boot = bootId()
    for (const desired of manager.#wanted.all()) {
      const { abandonedBoot } = desired.note
      const gone = abandonedBoot !== null && abandonedBoot !== boot
      if (gone) manager.#wanted.forget(desired.document.mountId)
      else manager.#table.want(desired)
    }
    manager.#watcher.start()
    manager.#table.observeAll()
    options.host.fuse.watch((unit) => {
      manager.#keeper
        .daemonDied(unit)
        .catch((error: unknown) => options.log.warn('a dead daemon could not be looked at', { error }))
    })
    return manager
  }

  /** The document in the journal says what an interrupted command wanted. */
  recover(mountId: string, turn: Turn): Promise<unknown> {
    const desired = this.#wanted.find(mountId)
    const remove = desired === null || desired.removing
    return remove ? this.#workshop.removeWanted(mountId, false, turn) : this.#workshop.applyWanted(mountId, turn)
  }

  /** How often storages are to be measured from now on. */
  measure(measuring: Measuring): void {
    this.#workshop.sampling.set(measuring)
  }

  /** Mounts that are to be back after a restart are brought about, each by itself. */
  begin(): void {
    this.#keeper.begin()
  }

  /** Mounts and their daemons stay. A command that is cut off here is finished by the next agent. */
  stop(): void {
    this.#watcher.stop()
    this.#monitor.stop()
    this.#proofs.stop()
    this.#host.fuse.close()
    this.#keeper.stop()
  }

  /** The long check of a mount, as a job. */
  get check(): JobKind<MountCheck> {
    const { prober, places } = this.#host
    return mountCheck({ table: this.#table, prober, places })
  }

  /** Resolves when, after the start, each mount that is to be back is up or has failed once. */
  get settled(): Promise<void> {
    return this.#keeper.settled
  }

  idOf({ mountId }: ObservedMount): string {
    return mountId
  }

  list(): ObservedMount[] {
    return this.#table.views()
  }

  subscribe(onChange: (changed: readonly ObservedMount[], gone: readonly string[]) => void): () => void {
    return this.#table.subscribe(onChange)
  }

  /** Makes the host match the document and keeps it for the agent's own restarts. */
  apply(
    envelope: CommandEnvelope,
    receivedAt: number,
    document: WireMount,
    progress: Progress,
  ): Promise<ObservedMount> {
    const { mountId } = document
    const command: Command = { kind: 'applyMount', envelope, args: { mount: document } }
    return this.#command(command, mountId, receivedAt, progress, {
      check: () => {
        this.#table.checkAllowed(document)
        this.#table.checkPlace(document)
      },
      want: () => this.#wanted.want(document, envelope.generation),
      carryOut: (turn) => this.#workshop.applyWanted(mountId, turn),
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
    return this.#command(command, mountId, receivedAt, progress, {
      want: () => this.#wanted.markRemoving(mountId, envelope.generation),
      carryOut: (turn) => this.#workshop.removeWanted(mountId, abandon, turn),
    })
  }

  async #command<T>(
    command: Command,
    mountId: string,
    receivedAt: number,
    progress: Progress,
    handler: CommandHandler<T>,
  ): Promise<T> {
    if (command.envelope.resourceId !== mountId) {
      throw new HoldfastError('invalid_input', 'The resource of this command is not the mount that it speaks of.', {
        fields: [{ field: 'resourceId', message: 'Send the id of the mount.' }],
      })
    }
    return this.#runner.run(command, receivedAt, progress.log, handler)
  }

  #observed(mount: ManagedMount): void {
    // A command that is mounting it proves by itself that the storage answers; its caller waits for that and not for another probe.
    const isProven = mount.health !== null || mount.activity !== null
    if (mount.truth.kind === 'ours') {
      this.#monitor.watch(mount, isProven ? 1_000 : 0)
      this.#proofs.watch(mount)
      void this.#workshop.watchNode(mount)
    } else this.#proofs.leave(mount)
    const idle = mount.truth.kind === 'absent' && !this.#runner.isHeld(mount.id)
    if (idle) this.#table.lookAtGuard(mount)
  }
}

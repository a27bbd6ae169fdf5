import type { Turn } from '@/agent/commands/turn'
import { failpoint } from '@/agent/host/failpoint'
import { bootId, type Door, type Host } from '@/agent/host/host'
import type { HostKey } from '@/agent/journal/host-key'
import type { Journal } from '@/agent/journal/journal'
import type { ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import type { OperationContext } from '@/lib/drivers/contract/host'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'
import { ensureMounted, ensureUnmounted, removeTraces, type Work } from './converge'
import type { ManagedMount, OpenedBackend } from './managed-mount'
import { MOUNT_DOCUMENTS, type WantedMounts } from './mount-documents'
import type { BackendOpener, MountTable } from './mount-table'
import { kernelNameOf } from './place-truth'
import { Sampling } from './sampling'

/** For everything that is done about one mount at a time. */
const LIMIT_MS = 140_000
const NODE_EVERY_MS = 3_000

export type Removal = { removed: boolean; mount: ObservedMount | null }

/** Where work on one mount is done: with a door of its own, and with its state, error and journal entry kept right. */
export class Workshop {
  readonly host: Host
  readonly wanted: WantedMounts
  readonly table: MountTable
  readonly sampling = new Sampling()
  readonly #open: BackendOpener
  readonly #key: HostKey
  readonly #stop: AbortSignal
  readonly #asking = new Set<string>()
  readonly #watchedNodes = new Set<ManagedMount>()

  constructor(parts: {
    host: Host
    journal: Journal
    table: MountTable
    open: BackendOpener
    stop: AbortSignal
  }) {
    this.host = parts.host
    this.wanted = parts.journal.documents(MOUNT_DOCUMENTS)
    this.#key = parts.journal.key
    this.table = parts.table
    this.#open = parts.open
    this.#stop = parts.stop
  }

  /** Carries out the document that the journal holds. */
  async applyWanted(id: string, turn: Turn): Promise<ObservedMount> {
    const desired = this.wanted.find(id)
    if (desired === null) throw new HoldfastError('internal', 'The wanted mount is not in the journal.')
    const mount = this.table.want(desired)
    const up = mount.document.desiredState === 'mounted'
    await this.converge(mount, turn, up ? 'mounting' : 'unmounting', async (work) => {
      if (up) await ensureMounted(mount, work)
      else await ensureUnmounted(mount, work)
      failpoint('applied.before')
      this.markApplied(mount)
    })
    return mount.view()
  }

  async removeWanted(id: string, abandon: boolean, turn: Turn): Promise<Removal> {
    const mount = this.table.get(id)
    if (mount === undefined) {
      this.wanted.forget(id)
      return { removed: true, mount: null }
    }
    mount.pursued = false
    mount.lostDaemon = null
    const wasAbandoned = mount.abandonedBoot !== null
    let end = 'gone' as 'gone' | 'abandoned'
    try {
      await this.converge(mount, turn, 'unmounting', async (work) => {
        end = await removeTraces(mount, work, abandon)
      })
    } catch (error) {
      if (!this.#stop.aborted && !mount.uncertain) this.wanted.unmarkRemoving(id)
      throw error
    }
    if (end === 'abandoned' && !wasAbandoned) return this.#abandoned(mount)
    failpoint('remove.before-forget')
    this.wanted.forget(id)
    this.table.drop(id)
    return { removed: true, mount: null }
  }

  /** Its name is gone, the file system lives on with its users: shown until the next boot, or until removed once more. */
  #abandoned(mount: ManagedMount): Removal {
    mount.abandonedBoot = bootId()
    this.wanted.remember(mount.id, { abandonedBoot: mount.abandonedBoot })
    this.table.tell([mount])
    return { removed: false, mount: mount.view() }
  }

  markApplied(mount: ManagedMount): void {
    const hash = mount.document.desiredState === 'mounted' ? this.#hash(mount.document) : null
    const madeAs = hash !== null && mount.truth.kind === 'ours' ? kernelNameOf(mount.truth.entry) : undefined
    if (mount.previous !== null || mount.appliedHash !== hash || mount.madeAs !== madeAs)
      this.wanted.markApplied(mount.id, { appliedHash: hash, madeAs })
    mount.appliedHash = hash
    mount.madeAs = madeAs
    mount.previous = mount.openedBefore = null
  }

  /** When it fails with a command that cannot be ended, the mount is `uncertain` until `mount.settled`, and held till then. */
  async converge(
    mount: ManagedMount,
    turn: Turn,
    activity: 'mounting' | 'unmounting',
    work: (work: Work) => Promise<void>,
  ): Promise<void> {
    const { operationId, signal } = turn
    const deadlineAt = performance.now() + LIMIT_MS
    const door = this.host.open({ operationId, deadlineAt, signal, tell: (line) => turn.log(line) })
    mount.activity = activity
    mount.error = null
    mount.stuck = false
    mount.uncertain = false
    this.table.tell([mount])
    try {
      await work(this.#workFor(door, turn, signal, deadlineAt))
      mount.pursued = false
      mount.failures = 0
    } catch (error) {
      mount.fail(toHoldfastError(error))
      if (door.runner.uncertain) this.#awaitEnd(mount, door.runner.settled(), turn)
      throw error
    } finally {
      mount.activity = null
      this.table.observe(mount)
      this.table.tell([mount])
    }
  }

  /** What the command did is not known before its child is gone; then mountinfo tells. */
  #awaitEnd(mount: ManagedMount, settled: Promise<void>, turn: Turn): void {
    mount.uncertain = true
    mount.settled = settled.then(() => {
      mount.uncertain = false
      if (this.#stop.aborted) return
      this.table.observe(mount)
      this.table.tell([mount])
    })
    turn.hang(mount.settled)
  }

  /** A mount was found well: the time to ask how full it is, what waits, and which daemon serves it if that is not known. */
  answered(mount: ManagedMount): void {
    this.refreshUsage(mount)
    this.#refreshPending(mount)
    if (!this.host.fuse.isUnknown(mount.path)) return
    const deadlineAt = performance.now() + 10_000
    const { mountContext } = this.host.open({ operationId: 'watch', deadlineAt, signal: this.#stop })
    this.host.fuse.refresh(mountContext, mount.path).catch(() => undefined)
  }

  /** Asks the driver how full the storage is, as often as `sampling` says. What could not be asked keeps its age. */
  refreshUsage(mount: ManagedMount): void {
    const age = mount.usageAskedAt === null ? Number.POSITIVE_INFINITY : performance.now() - mount.usageAskedAt
    const isDue = age >= this.sampling.againMs(mount.document.backend.id, mount.usage)
    if (!isDue || mount.truth.kind !== 'ours' || !this.table.opened(mount)?.driver.usage) return
    mount.usageAskedAt = performance.now()
    void this.#ask(mount, 'usage', 30_000, async ({ driver, backend }, context) => {
      const usage = await driver.usage?.(backend, mount.target, context)
      mount.measured(usage ?? null)
    })
  }

  /** Asks the driver what waits to be written, as often as the mount answers: a person must see it before unplugging anything. */
  #refreshPending(mount: ManagedMount): void {
    const { pending } = this.table.opened(mount)?.driver ?? {}
    if (!pending || mount.truth.kind !== 'ours') return
    void this.#ask(mount, 'pending', 5_000, async (opened, context) => {
      mount.waits(await pending(opened.backend, mount.target, context))
      mount.usageAt ??= new Date()
    })
  }

  /** Asks the node of this host how it is while the mount is there: by a clock of its own, as nodes stop just when mounts hang. */
  async watchNode(mount: ManagedMount): Promise<void> {
    const { node } = this.table.opened(mount)?.driver ?? {}
    if (!node || this.#watchedNodes.has(mount)) return
    this.#watchedNodes.add(mount)
    while (mount.truth.kind === 'ours' && this.table.get(mount.id) === mount && !this.#stop.aborted) {
      // One that is only just starting has said nothing yet.
      if (mount.activity === null) {
        await this.#ask(mount, 'node', 5_000, async ({ backend }, context) => {
          const report = await node(backend, mount.target, context)
          if (mount.truth.kind === 'ours') mount.node = report
        })
      }
      await pauseFor(NODE_EVERY_MS, this.#stop)
    }
    this.#watchedNodes.delete(mount)
  }

  /** A question of our own, one of a kind at a time; what could not be asked keeps its last answer and its age. */
  async #ask(
    mount: ManagedMount,
    operationId: 'usage' | 'pending' | 'node',
    limitMs: number,
    ask: (opened: OpenedBackend, context: OperationContext) => Promise<void>,
  ): Promise<void> {
    const opened = this.table.opened(mount)
    const key = `${operationId} ${mount.id}`
    if (opened === null || this.#asking.has(key)) return
    this.#asking.add(key)
    const deadlineAt = performance.now() + limitMs
    const door = this.host.open({ operationId, deadlineAt, signal: this.#stop })
    const { context } = this.#workFor(door, { operationId, log: () => undefined }, this.#stop, deadlineAt)
    try {
      await ask(opened, context)
      this.table.tell([mount])
    } catch {
      // It is asked again at the next turn.
    } finally {
      this.#asking.delete(key)
    }
  }

  #workFor(door: Door, turn: Pick<Turn, 'operationId' | 'log'>, signal: AbortSignal, deadlineAt: number): Work {
    const say = (message: string) => turn.log(door.redactor.redact(message))
    const context: OperationContext = {
      host: door.host,
      signal,
      deadlineAt,
      operationId: turn.operationId,
      log: say,
      step: (step) => say(`${step.title}: ${step.status}.`),
    }
    return {
      door,
      context,
      host: this.host,
      open: (backend) => this.#open(backend, door.redactor),
      hash: (document) => this.#hash(document),
      hasMovedAway: (mount) => {
        this.wanted.markApplied(mount.id, { appliedHash: null, madeAs: undefined })
        mount.madeAs = undefined
        mount.appliedHash = mount.previous = mount.openedBefore = null
      },
      staysWhereItWas: (mount) => this.#stays(mount),
    }
  }

  /** The document of before is wanted again, as one that is older than what was asked for: the controller sees that it was refused. */
  #stays({ id, previous, generation }: ManagedMount): void {
    if (previous === null) return
    this.wanted.want(previous, Math.max(0, generation - 1))
    const desired = this.wanted.find(id)
    if (desired !== null) this.table.want(desired)
  }

  #hash(document: WireMount): string {
    const { backend, mountPoint, readOnly } = document
    return this.#key.hash({ backend, mountPoint, readOnly })
  }
}

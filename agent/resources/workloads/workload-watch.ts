import { readFileSync } from 'node:fs'
import { parseMountinfo } from '@/agent/host/mounting/mountinfo'
import type { ListedKind } from '@/agent/resources/listed-kind'
import { Teller } from '@/agent/resources/told'
import { readKept, writeKept } from '@/agent/resources/workloads/kept-list'
import type { MountHere } from '@/agent/resources/workloads/ours'
import { hasMounts, markStale } from '@/agent/resources/workloads/stale-mounts'
import { toldWorkload } from '@/agent/resources/workloads/told-workload'
import type { AttachTargetMessage } from '@/lib/agent-protocol/attach-targets'
import type { ObservedWorkload } from '@/lib/agent-protocol/workloads'
import type { AttachTarget, Inventory } from '@/lib/attach-targets/contract/target'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import type { Log } from '@/lib/log'
import { atMost, pauseFor } from '@/lib/pause'

export interface WorkloadTiming {
  /** What is started or gone is known after this, in milliseconds. */
  everyMs: number
  /** After a start of the agent, which has more urgent things to do. */
  firstMs: number
}

const TIMING: WorkloadTiming = { everyMs: 20_000, firstMs: 2_000 }
/** A look that takes long, as with many machines, is taken more rarely: at most a twentieth of the time is spent on it. */
const SHARE = 20
/** More of one target are not told of. */
const MOST = 5_000

/** A door for one look at one target. `isStuck`: what was asked before has not come back, so nothing more is asked. */
export interface TargetDoor {
  host: TargetHost
  isStuck(): boolean
}

/** What keeps workloads of one target from starting while their storage is away. */
export interface StartGate {
  /** Why it holds up nobody; null: it does, or need not. */
  problem(): string | null
  /** The reason of each that was not let start, by its native id. */
  held(): ReadonlyMap<string, string>
}

export interface WorkloadWatchParts {
  hostId: string
  targets: readonly AttachTarget[]
  open(): TargetDoor
  mounts(): readonly MountHere[]
  /** Where what was seen last is kept. */
  file: string
  log: Log
  /** By the id of the target. */
  gates?: Readonly<Record<string, StartGate>>
  timing?: Partial<WorkloadTiming>
  /** Of a process. */
  mountTable?(process: number | 'self'): readonly MountEntry[]
}

/** What is known of one target. */
interface Known {
  target: AttachTarget
  door: TargetDoor | null
  /** Undefined: it was not looked at yet. Null: it is not on this host. */
  told: AttachTargetMessage | null | undefined
  workloads: ObservedWorkload[]
}

/** The containers and machines of this host, ours and others', as each target has them. It only asks. */
export class WorkloadWatch implements ListedKind<ObservedWorkload> {
  readonly name = 'workload'
  readonly #parts: WorkloadWatchParts
  readonly #timing: WorkloadTiming
  readonly #known: readonly Known[]
  readonly #news: Teller<ObservedWorkload>
  readonly #stop = new AbortController()
  readonly #first = Promise.withResolvers<void>()
  #kept: string
  #looking: Promise<void> = Promise.resolve()

  constructor(parts: WorkloadWatchParts) {
    this.#parts = parts
    this.#timing = { ...TIMING, ...parts.timing }
    const kept = readKept(parts.file)
    this.#kept = JSON.stringify(kept)
    this.#known = parts.targets.map((target) => ({
      target,
      door: null,
      told: undefined,
      workloads: kept.filter((workload) => workload.target === target.descriptor.id),
    }))
    this.#news = new Teller({ list: () => this.list(), idOf: (workload) => this.idOf(workload) })
  }

  begin(): void {
    void this.#run()
  }

  stop(): void {
    this.#stop.abort()
  }

  idOf({ workloadId }: ObservedWorkload): string {
    return workloadId
  }

  list(): ObservedWorkload[] {
    return this.#known.flatMap(({ workloads }) => workloads)
  }

  version(): string {
    return this.#news.version()
  }

  subscribe(onChange: (changed: readonly ObservedWorkload[], gone: readonly string[]) => void): () => void {
    return this.#news.subscribe(onChange)
  }

  /** What is on this host; waits at most `waitMs` for the first look. Undefined: it has not ended yet. */
  async targets(waitMs: number): Promise<AttachTargetMessage[] | undefined> {
    await atMost(waitMs, this.#first.promise)
    if (this.#known.some(({ told }) => told === undefined)) return undefined
    return this.#known.flatMap(({ told }) => told ?? [])
  }

  /** Looks at all of them, one after the other, and tells what is new. A look that was begun before may have seen what was before. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#lookAtAll())
    return this.#looking
  }

  async #lookAtAll(): Promise<void> {
    for (const known of this.#known) {
      await this.#lookAt(known)
      this.#news.tell()
    }
    this.#keep()
    this.#first.resolve()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    for (let waitMs = this.#timing.firstMs; ; ) {
      await pauseFor(waitMs, signal)
      if (signal.aborted) return
      const startedAt = performance.now()
      await this.look()
      waitMs = Math.max(this.#timing.everyMs, SHARE * (performance.now() - startedAt))
    }
  }

  async #lookAt(known: Known): Promise<void> {
    const { id, title } = known.target.descriptor
    try {
      if (known.door?.isStuck())
        throw new HoldfastError('timed_out', `${title} has not come back from the last question.`)
      known.door = this.#parts.open()
      const inventory = await known.target.inventory(known.door.host)
      known.told =
        inventory === null ? null : { target: id, version: inventory.version, problem: null, ...this.#gateOf(id) }
      known.workloads = inventory === null ? [] : await this.#toldOf(known, inventory)
    } catch (error) {
      const problem = toHoldfastError(error).message
      known.told = { target: id, version: known.told?.version ?? null, problem }
      // They may run on without what started them.
      known.workloads = known.workloads.map((workload) => ({ ...workload, state: 'unknown', problem }))
    }
  }

  #gateOf(target: string): Pick<AttachTargetMessage, 'gateProblem'> {
    const problem = this.#parts.gates?.[target]?.problem() ?? null
    return problem === null ? {} : { gateProblem: problem }
  }

  /** What is as before stays the same object, so that nothing is compared. */
  async #toldOf({ target, workloads, door }: Known, inventory: Inventory): Promise<ObservedWorkload[]> {
    const of = { hostId: this.#parts.hostId, target: target.descriptor.id }
    const mounts = this.#parts.mounts()
    const held = this.#parts.gates?.[of.target]?.held()
    const before = new Map(workloads.map((workload) => [workload.workloadId, workload]))
    const told = inventory.workloads
      .slice(0, MOST)
      .map((found) => toldWorkload(found, of, mounts, held?.get(found.nativeId) ?? null))
    const byId = new Map(told.map((workload) => [workload.workloadId, workload]))
    for (const workload of byId.values()) {
      if (door !== null && hasMounts(workload)) workload.storage = await this.#markStale(target, workload, door.host)
    }
    return [...byId.values()].map((workload) => {
      const known = before.get(workload.workloadId)
      return known !== undefined && JSON.stringify(known) === JSON.stringify(workload) ? known : workload
    })
  }

  /** One that has ended meanwhile, or whose table cannot be read, has nothing of which that is known. */
  async #markStale(
    target: AttachTarget,
    { nativeId, storage }: ObservedWorkload,
    host: TargetHost,
  ): Promise<ObservedWorkload['storage']> {
    const table = this.#parts.mountTable ?? tableOf
    try {
      const pid = (await target.processOf?.(host, nativeId)) ?? null
      return pid === null ? storage : markStale(storage, { host: table('self'), inside: table(pid) })
    } catch {
      return storage
    }
  }

  #keep(): void {
    const kept = JSON.stringify(this.list())
    if (kept === this.#kept || this.#stop.signal.aborted) return
    try {
      writeKept(this.#parts.file, this.list())
      this.#kept = kept
    } catch (error) {
      this.#parts.log.warn('what runs on this host could not be written down', { error })
    }
  }
}

/** The kernel keeps it: no storage is asked. */
function tableOf(process: number | 'self'): MountEntry[] {
  return parseMountinfo(readFileSync(`/proc/${process}/mountinfo`, 'utf8'))
}

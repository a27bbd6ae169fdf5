import { Redactor } from '@/agent/host/exec/redact'
import { readIoCounters } from '@/agent/host/mounting/io-counters'
import { classify, type MountTruth, toldEntry } from '@/agent/host/mounting/mountinfo'
import type { MountState, ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import type { AnyHostDriver, ExpectedMount, HostBackend, MountProof } from '@/lib/drivers/contract/host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import type { NodeReport, Pending, Usage } from '@/lib/drivers/contract/values'
import { ProblemError } from '@/lib/drivers/problems/problem'
import { toldError } from '@/lib/drivers/problems/report'
import type { HoldfastError } from '@/lib/errors'
import { type Activity, ActivityWindow } from './activity-window'
import type { DesiredMount } from './mount-documents'
import { UploadWatch } from './upload-watch'

export interface OpenedBackend {
  driver: AnyHostDriver
  backend: HostBackend
}

export type Health =
  | { kind: 'ok' }
  | { kind: 'hung' }
  | { kind: 'corrupted'; errno: string }
  | { kind: 'failed'; errno: string }

/** What the last look at the storage behind a mount has proven. */
export type ProofOfMount = { kind: 'good' } | { kind: 'failed'; error: NonNullable<ObservedMount['error']> }

/** Does each look at the mount go to the server, so that no other is needed? */
export function isInstantProof(proof: MountProof<Record<string, unknown>, string>): proof is 'statfs' {
  return proof === 'statfs'
}

const UNKNOWN_USAGE: Usage = { usedBytes: null, totalBytes: null, availableBytes: null, fileCount: null }

/** What no mount is. */
export const NOTHING: ExpectedMount = { fsType: ['(unknown)'], source: null }

/** What mountinfo must show for a mount of this backend to be ours; undefined when nothing can be said. */
export function expectedOf(opened: OpenedBackend | null, target: MountTarget): ExpectedMount | undefined {
  return opened?.driver.expect?.(opened.backend, target)
}

/** One wanted mount: what is wanted, what mountinfo and the probe say, and what is being done about it. */
export class ManagedMount {
  document: WireMount
  generation: number
  previous: WireMount | null
  appliedHash: string | null
  abandonedBoot: string | null
  /** See `kernelNameOf`. */
  madeAs: string | undefined
  truth: MountTruth = { kind: 'absent' }
  health: Health | null = null
  /** Of a storage that is looked at itself; null: not proven since it is there, or since this agent runs. */
  proof: ProofOfMount | null = null
  activity: 'mounting' | 'unmounting' | null = null
  /** A command that was given up on still runs: its effect is not known yet. */
  uncertain = false
  /** The kernel did not give the mount back. */
  stuck = false
  /** Unit of its FUSE daemon, which died and is being replaced. */
  lostDaemon: string | null = null
  /** We took it down or found it down, and owe it to the user to bring it back. */
  pursued = false
  failures = 0
  /** Options in force right after we mounted it: they are as they are by our own doing. */
  acceptedOptions: string | null = null
  guard: ObservedMount['guard'] = 'unknown'
  error: ObservedMount['error'] = null
  /** Resolves when the given-up command is gone. */
  settled: Promise<void> = Promise.resolve()
  /** Knows the secrets of this backend. */
  readonly redactor = new Redactor()
  usageAskedAt: number | null = null
  opened: OpenedBackend | null = null
  /** The backend of `previous`, while there is one. */
  openedBefore: OpenedBackend | null = null
  /** What the mount that is there was made from: the storage may have moved since. */
  servedBy: OpenedBackend | null = null
  usage: ObservedMount['usage'] = null
  usageAt: Date | null = null
  readonly #uploads = new UploadWatch()
  readonly window = new ActivityWindow()
  node: NodeReport | null = null
  observedAt = new Date()
  #since = new Date()
  #lastState: MountState = 'absent'

  constructor(desired: DesiredMount) {
    this.document = desired.document
    this.generation = desired.generation
    this.previous = desired.previous
    this.appliedHash = desired.note.appliedHash
    this.abandonedBoot = desired.note.abandonedBoot
    this.madeAs = desired.note.madeAs
  }

  get id(): string {
    return this.document.mountId
  }

  get path(): string {
    return this.document.mountPoint
  }

  get target(): MountTarget {
    return { mountId: this.id, path: this.path, readOnly: this.document.readOnly }
  }

  /** Takes in a newer document; what may still be mounted under the old one is remembered until it is gone. */
  want(desired: DesiredMount): void {
    this.document = desired.document
    this.generation = desired.generation
    this.previous = desired.previous
    this.appliedHash = desired.note.appliedHash
    this.abandonedBoot = desired.note.abandonedBoot
    this.madeAs = desired.note.madeAs
    this.opened = null
    this.usageAskedAt = null
    this.lostDaemon = null
    this.pursued = false
    this.failures = 0
    this.error = null
  }

  /** Compares with mountinfo. A backend that cannot be opened makes whatever is there foreign. */
  observe(mounts: readonly MountEntry[], opened: OpenedBackend | null): void {
    const before = this.truth
    this.truth = classify(mounts, this.path, expectedOf(opened, this.target) ?? NOTHING)
    this.servedBy = opened
    if (this.truth.kind === 'foreign' && this.previous?.mountPoint === this.path) this.#comparePrevious(mounts)
    this.observedAt = new Date()
    if (this.truth.kind !== before.kind) this.stuck = false
    if (this.truth.kind !== 'ours') this.health = this.proof = this.node = null
  }

  /** Still mounted from where the storage was before: ours, and to be replaced. */
  #comparePrevious(mounts: readonly MountEntry[]): void {
    const expected = expectedOf(this.openedBefore, this.target)
    const truth = expected === undefined ? undefined : classify(mounts, this.path, expected)
    if (truth?.kind !== 'ours') return
    this.truth = truth
    this.servedBy = this.openedBefore
  }

  fail(error: HoldfastError): void {
    this.error = toldError(error)
    if (error.details?.stuck === true) this.stuck = true
  }

  /** What is there, without secrets where it is somebody else's. */
  get #entry(): MountEntry | null {
    const { truth } = this
    if (truth.kind === 'ours') return truth.entry
    return truth.kind === 'foreign' ? toldEntry(truth.entry) : null
  }

  /** In force now, of the mount and of its file system. */
  get options(): string | null {
    const entry = this.#entry
    return entry === null ? null : [...new Set([...entry.options, ...entry.superOptions])].join(',')
  }

  get state(): MountState {
    if (this.uncertain) return 'uncertain'
    if (this.activity !== null) return this.activity
    if (this.abandonedBoot !== null) return 'detached_dirty'
    if (this.stuck) return 'stuck'
    if (this.truth.kind === 'foreign' || this.truth.kind === 'stacked') return this.truth.kind
    if (this.lostDaemon !== null) return 'corrupted'
    if (this.truth.kind === 'absent')
      return this.error !== null && this.document.desiredState === 'mounted' ? 'error' : 'absent'
    if (this.health?.kind === 'hung' || this.health?.kind === 'corrupted') return this.health.kind
    return this.health?.kind === 'failed' ? 'error' : 'mounted'
  }

  /** The driver has made it, or has found it well: it does that only of storage that answers. */
  provenByDriver(): void {
    this.health = { kind: 'ok' }
    this.proof = { kind: 'good' }
  }

  /** What the driver has measured. */
  measured(usage: Usage | null): void {
    const { pending, ...figures } = usage ?? UNKNOWN_USAGE
    const activity = this.#turnWindow()
    this.usage = usage === null ? null : { ...figures, ...(activity === null ? {} : { activity }) }
    this.usageAt = new Date()
    if (pending !== undefined) this.waits(pending)
  }

  #turnWindow(): Activity | null {
    if (this.truth.kind !== 'ours') return null
    const { entry } = this.truth
    return this.window.turn({ mountId: entry.mountId, atMs: performance.now(), counters: readIoCounters(entry) })
  }

  /** What the driver says of writes that have not reached the storage yet. */
  waits(pending: Pending): void {
    const { uploads, ...told } = pending
    const since = this.#uploads.look(pending, new Date())
    const said = uploads?.said == null ? null : this.redactor.redact(uploads.said)
    const stalled = since === null ? {} : { stalledSince: since.toISOString(), said }
    this.usage = { ...(this.usage ?? UNKNOWN_USAGE), pending: { ...told, ...stalled } }
  }

  /** Is it the look at the mount that asks the storage, and no other? */
  get isAskedByStatfs(): boolean {
    const { proof } = this.servedBy?.driver ?? {}
    return proof === undefined || isInstantProof(proof)
  }

  get isProven(): boolean {
    return this.isAskedByStatfs ? this.health?.kind === 'ok' : this.proof?.kind === 'good'
  }

  /** Wanted and brought about, and not there any more, without a command and without anyone bringing it back. */
  private get isTakenAway(): boolean {
    const settled = this.activity === null && !this.uncertain && !this.pursued && this.abandonedBoot === null
    return (
      settled && this.truth.kind === 'absent' && this.appliedHash !== null && this.document.desiredState === 'mounted'
    )
  }

  view(): ObservedMount {
    const { state } = this
    if (state !== this.#lastState) {
      this.#since = new Date()
      this.#lastState = state
    }
    const entry = this.#entry
    return {
      mountId: this.id,
      mountPoint: this.path,
      state,
      generation: this.generation,
      desiredState: this.document.desiredState,
      since: this.#since.toISOString(),
      observedAt: this.observedAt.toISOString(),
      options: this.options,
      source: entry?.source ?? null,
      fsType: entry?.fsType ?? null,
      guard: this.guard,
      error: this.#shownError(),
      usage: this.usage,
      usageAt: this.usageAt?.toISOString() ?? null,
      ...(this.node === null ? {} : { node: this.node }),
      ...(state === 'mounted' ? { proven: this.isProven } : {}),
    }
  }

  #shownError(): ObservedMount['error'] {
    if (this.error !== null) return this.error
    const problem = this.#problem()
    if (problem !== null) return toldError(problem)
    return this.proof?.kind === 'failed' ? this.proof.error : null
  }

  /** What is wrong with what can be seen. */
  #problem(): ProblemError | null {
    const { path, truth, health } = this
    if (this.isTakenAway) return new ProblemError('mount.taken_away', { path })
    if (truth.kind === 'foreign') return new ProblemError('mount.foreign', { path, found: truth.why })
    if (truth.kind === 'stacked') return new ProblemError('mount.stacked', { path, count: truth.entries.length })
    switch (health?.kind) {
      case 'hung':
        return new ProblemError('mount.hung', { path })
      case 'corrupted':
        return new ProblemError('mount.corrupted', { path, errno: health.errno })
      case 'failed':
        return new ProblemError('mount.unreadable', { path, errno: health.errno })
      default:
        return null
    }
  }
}

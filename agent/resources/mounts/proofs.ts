import type { Host } from '@/agent/host/host'
import type { HostKey } from '@/agent/journal/host-key'
import type { WireBackend } from '@/lib/agent-protocol/messages'
import type { StorageLook } from '@/lib/drivers/contract/host'
import { toldError } from '@/lib/drivers/problems/report'
import { toHoldfastError } from '@/lib/errors'
import { isInstantProof, type ManagedMount, type OpenedBackend, type ProofOfMount } from './managed-mount'
import type { BackendOpener } from './mount-table'

/** Milliseconds. */
export interface ProofTiming {
  /** Between two looks at the same storage; each time somewhat less, so that hosts that started together do not ask together. */
  everyMs: number
  /** After a first failure: one lost answer is not an outage. */
  againMs: number
  /** The first look at a mount comes within this time. */
  firstMs: number
  /** For one look. */
  limitMs: number
}

/** An outage is known after 30 + 10 + 5 + 10 s at most, and its end after 40 s. */
const TIMING: ProofTiming = { everyMs: 30_000, againMs: 5_000, firstMs: 2_000, limitMs: 10_000 }

const NOW = Number.NEGATIVE_INFINITY
const NEVER = Number.POSITIVE_INFINITY

/** Problems of the way to a server: whoever waits to ask the same server need not ask. */
const OF_THE_WAY = /^(?:name|network|tls)\./

/** `unknown`: the storage has no way to tell. `none`: it could not be asked. */
type Verdict = ProofOfMount | 'unknown' | 'none'

/** One storage, or one mount where it is asked through the mount, and the mounts that the look at it speaks for. */
interface Subject {
  readonly key: string
  /** Looks at the same server wait for each other. */
  readonly server: string
  readonly mounts: Set<ManagedMount>
  timer: NodeJS.Timeout | null
  /** `performance.now()` time of the next look. */
  dueAt: number
  failures: number
}

/**
 * Proves now and then that the storage behind a mount answers, where a look at the mount itself does not: as each driver says. Mounts of
 * one storage share a look, a slow server delays no other, and what is needed is in the journal, so it goes on without the controller.
 */
export class Proofs {
  readonly #parts: { host: Host; open: BackendOpener; key: HostKey; stop: AbortSignal }
  readonly #changed: (mount: ManagedMount) => void
  readonly #timing: ProofTiming
  readonly #subjects = new Map<string, Subject>()
  readonly #subjectOf = new Map<ManagedMount, Subject>()
  readonly #hashes = new WeakMap<OpenedBackend, string>()
  /** The last in the queue of each server. */
  readonly #queues = new Map<string, Promise<Verdict>>()
  #stopped = false

  constructor(
    parts: { host: Host; open: BackendOpener; key: HostKey; stop: AbortSignal },
    changed: (mount: ManagedMount) => void,
    timing: Partial<ProofTiming> = {},
  ) {
    this.#parts = parts
    this.#changed = changed
    this.#timing = { ...TIMING, ...timing }
  }

  /** Begins to prove a mount that is there and ours, or goes on with what it is made from now. */
  watch(mount: ManagedMount): void {
    const look = lookOf(mount)
    const wire = wireOf(mount)
    const { servedBy } = mount
    if (this.#stopped || look === null || wire === null || servedBy === null) return
    const server = look.server?.(servedBy.backend.config) ?? mount.id
    const key = look.server === undefined ? mount.id : `${server} ${this.#hashOf(servedBy, wire)}`
    if (this.#subjectOf.get(mount)?.key === key) return
    this.leave(mount)
    const subject = this.#subjects.get(key) ?? newSubject(key, server)
    this.#subjects.set(key, subject)
    this.#subjectOf.set(mount, subject)
    subject.mounts.add(mount)
    const { firstMs, everyMs } = this.#timing
    this.#schedule(subject, Math.random() * (mount.proof === null ? firstMs : everyMs))
  }

  /** It is not there any more, or not ours. */
  leave(mount: ManagedMount): void {
    this.#subjectOf.get(mount)?.mounts.delete(mount)
    this.#subjectOf.delete(mount)
  }

  /** Asked with every look at the mount table. */
  #hashOf(opened: OpenedBackend, wire: WireBackend): string {
    const known = this.#hashes.get(opened) ?? this.#parts.key.hash(wire)
    this.#hashes.set(opened, known)
    return known
  }

  stop(): void {
    this.#stopped = true
    for (const { timer } of this.#subjects.values()) clearTimeout(timer ?? undefined)
  }

  /** At the given time, unless a look comes sooner or is on its way. */
  #schedule(subject: Subject, ms: number): void {
    const dueAt = performance.now() + ms
    if (this.#stopped || subject.dueAt <= dueAt) return
    clearTimeout(subject.timer ?? undefined)
    subject.dueAt = dueAt
    subject.timer = setTimeout(() => void this.#turn(subject), ms)
  }

  async #turn(subject: Subject): Promise<void> {
    // Until it is over, nothing is scheduled.
    subject.dueAt = NOW
    for (const mount of subject.mounts) if (mount.truth.kind !== 'ours') this.leave(mount)
    const mounts = [...subject.mounts]
    if (mounts.length === 0) {
      this.#subjects.delete(subject.key)
      return
    }
    // A command that works on a mount needs it for itself.
    const mount = mounts.find(({ activity }) => activity === null)
    const verdict = mount === undefined ? 'none' : await this.#inTurn(subject.server, () => this.#look(mount, mounts))
    if (this.#stopped) return
    subject.dueAt = NEVER
    this.#schedule(subject, mount === undefined ? this.#timing.againMs : this.#judge(subject, verdict))
  }

  /** One after the other; who waited behind a server that could not be reached takes that for an answer. */
  async #inTurn(server: string, look: () => Promise<Verdict>): Promise<Verdict> {
    const ahead = this.#queues.get(server)
    const mine = (async () => {
      const theirs = await ahead
      return theirs !== undefined && isUnreached(theirs) ? theirs : await look()
    })()
    this.#queues.set(server, mine)
    const verdict = await mine
    if (this.#queues.get(server) === mine) this.#queues.delete(server)
    return verdict
  }

  /** Never throws. */
  async #look(mount: ManagedMount, alike: readonly ManagedMount[]): Promise<Verdict> {
    const wire = wireOf(mount)
    if (this.#stopped || wire === null || mount.truth.kind !== 'ours') return 'none'
    const { host, open, stop: signal } = this.#parts
    const deadlineAt = performance.now() + this.#timing.limitMs
    const door = host.open({ operationId: 'proof', deadlineAt, signal })
    const context = { host: door.host, signal, deadlineAt, operationId: 'proof', log: () => {}, step: () => {} }
    try {
      const { driver, backend } = open(wire, door.redactor)
      if (driver.proof === undefined || isInstantProof(driver.proof)) return 'none'
      const startedAt = performance.now()
      const found = await driver.proof.look(backend, mount.target, context)
      if (found === 'proven') for (const one of alike) one.window.answered(performance.now() - startedAt)
      return found === 'proven' ? { kind: 'good' } : 'unknown'
    } catch (error) {
      const failure = toHoldfastError(error)
      // A fault of this host or of ours says nothing about the storage.
      if (failure.code === 'tool_missing' || failure.code === 'internal') return 'none'
      return { kind: 'failed', error: toldError(failure) }
    }
  }

  /** Milliseconds until the next look. */
  #judge(subject: Subject, verdict: Verdict): number {
    const { everyMs, againMs } = this.#timing
    const soon = everyMs * (0.8 + 0.2 * Math.random())
    if (verdict === 'none') return soon
    const proof = verdict === 'unknown' ? null : verdict
    subject.failures = proof?.kind === 'failed' ? subject.failures + 1 : 0
    if (subject.failures === 1) return againMs
    for (const mount of subject.mounts) this.#set(mount, proof)
    return soon
  }

  #set(mount: ManagedMount, proof: ProofOfMount | null): void {
    if (mount.truth.kind !== 'ours' || isSame(mount.proof, proof)) return
    mount.proof = proof
    this.#changed(mount)
  }
}

function newSubject(key: string, server: string): Subject {
  return { key, server, mounts: new Set(), timer: null, dueAt: NEVER, failures: 0 }
}

/** Null: the look of the monitor proves it, or nothing is known of how. */
function lookOf({ servedBy }: ManagedMount): StorageLook<Record<string, unknown>, string> | null {
  const { proof } = servedBy?.driver ?? {}
  return proof === undefined || isInstantProof(proof) ? null : proof
}

/** What the mount that is there was made from. */
function wireOf({ servedBy, openedBefore, previous, document }: ManagedMount): WireBackend | null {
  if (servedBy === null) return null
  return servedBy === openedBefore && previous !== null ? previous.backend : document.backend
}

function isUnreached(verdict: Verdict): boolean {
  if (typeof verdict === 'string' || verdict.kind === 'good') return false
  return verdict.error.code === 'timed_out' || OF_THE_WAY.test(verdict.error.problem ?? '')
}

/** What is told with a failure may differ each time, such as the address that was tried: that is no news. */
function isSame(before: ProofOfMount | null, now: ProofOfMount | null): boolean {
  if (before?.kind !== 'failed' || now?.kind !== 'failed') return before?.kind === now?.kind
  const { problem } = before.error
  return problem === undefined ? before.error.message === now.error.message : problem === now.error.problem
}

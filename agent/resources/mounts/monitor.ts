import { CORRUPTED_ERRNOS } from '@/agent/host/files/errno'
import type { Prober } from '@/agent/host/mounting/probe'
import type { Health, ManagedMount } from './managed-mount'

const DEADLINE_MS = 4_000
const REMOTE_EVERY_MS = 3_500
/** A bind of a local disk does not hang. */
const LOCAL_EVERY_MS = 30_000
/** Between two looks at hung storage; a child that the kernel holds on to is waited for instead. */
const HUNG_GAPS_MS = [1_000, 2_000, 4_000, 8_000]
const LOCAL_TYPES = new Set(['ext4', 'ext3', 'ext2', 'xfs', 'btrfs', 'zfs', 'tmpfs', 'overlay'])

export interface MonitorEvents {
  /** The health of a mount was looked at and is another one now. */
  changed(mount: ManagedMount): void
  corrupted(mount: ManagedMount): void
  /** It answers; from time to time a good moment to ask how full it is. */
  answered(mount: ManagedMount): void
}

/**
 * Asks each mount of ours whether it answers: one disposable child at a time, so hung storage costs one process and delays
 * nothing else. Hung is known after at most 7.5 s, an answer again after at most 12 s or, when a child was stuck in the
 * kernel, at once.
 */
export class Monitor {
  readonly #prober: Prober
  readonly #events: MonitorEvents
  readonly #timers = new Map<string, NodeJS.Timeout | null>()
  readonly #hungFor = new Map<string, number>()
  #stopped = false

  constructor(prober: Prober, events: MonitorEvents) {
    this.#prober = prober
    this.#events = events
  }

  /** Begins to watch a mount that is ours; watching already: nothing. */
  watch(mount: ManagedMount, afterMs = 0): void {
    if (this.#stopped || this.#timers.has(mount.id)) return
    this.#schedule(mount, afterMs)
  }

  /** Looks now instead of at the next turn. */
  lookNow(mount: ManagedMount): void {
    const timer = this.#timers.get(mount.id)
    // Without a timer there is a look on its way.
    if (this.#stopped || timer === null) return
    clearTimeout(timer)
    this.#schedule(mount, 0)
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers.values()) clearTimeout(timer ?? undefined)
    this.#timers.clear()
  }

  #schedule(mount: ManagedMount, ms: number): void {
    const timer = setTimeout(() => {
      this.#timers.set(mount.id, null)
      void this.#look(mount)
        // A probe that could not even be started (no memory, no `stat`) says nothing about the storage.
        .catch(() => LOCAL_EVERY_MS)
        .then((next) => this.#next(mount, next))
    }, ms)
    this.#timers.set(mount.id, timer)
  }

  #next(mount: ManagedMount, ms: number | null): void {
    this.#timers.delete(mount.id)
    if (this.#stopped || ms === null) return
    this.#schedule(mount, ms)
  }

  /** Milliseconds until the next look, null when there is nothing to look at any more. */
  async #look(mount: ManagedMount): Promise<number | null> {
    if (mount.truth.kind !== 'ours') return null
    const answer = await this.#prober.statfs(mount.path, { deadlineMs: DEADLINE_MS })
    if (mount.truth.kind !== 'ours' || this.#stopped) return null
    mount.observedAt = new Date()
    if (answer.state === 'ok') return this.#answered(mount, answer.durationMs)
    if (answer.state === 'hung') return this.#hung(mount)
    const corrupted = CORRUPTED_ERRNOS.has(answer.errno)
    this.#set(mount, { kind: corrupted ? 'corrupted' : 'failed', errno: answer.errno })
    if (corrupted) this.#events.corrupted(mount)
    return REMOTE_EVERY_MS
  }

  #answered(mount: ManagedMount, ms: number): number {
    if (mount.isAskedByStatfs) mount.window.answered(ms)
    this.#hungFor.delete(mount.id)
    this.#set(mount, { kind: 'ok' })
    this.#events.answered(mount)
    const local = mount.truth.kind === 'ours' && LOCAL_TYPES.has(mount.truth.entry.fsType)
    return local ? LOCAL_EVERY_MS : REMOTE_EVERY_MS
  }

  async #hung(mount: ManagedMount): Promise<number> {
    this.#set(mount, { kind: 'hung' })
    const stuck = this.#prober.stuck(mount.path)
    if (stuck !== null) {
      await stuck
      return 0
    }
    const times = this.#hungFor.get(mount.id) ?? 0
    this.#hungFor.set(mount.id, times + 1)
    return HUNG_GAPS_MS[Math.min(times, HUNG_GAPS_MS.length - 1)] ?? 0
  }

  #set(mount: ManagedMount, health: Health): void {
    const before = mount.health
    mount.health = health
    if (JSON.stringify(before) !== JSON.stringify(health)) this.#events.changed(mount)
  }
}

import { toldTime } from '@/agent/resources/told-time'
import type { VolumeHolds } from '@/agent/resources/volumes/holds'
import { observedVolume, toldProblem } from '@/agent/resources/volumes/seen'
import type { ObservedPool, ObservedVolume, WirePool } from '@/lib/agent-protocol/pools'
import type { Usage } from '@/lib/drivers/contract/values'
import { toldError } from '@/lib/drivers/problems/report'
import { HoldfastError } from '@/lib/errors'
import type { PoolView, SeenVolume } from '@/lib/volume-engines/contract/engine'
import type { DesiredPool } from './pool-documents'

/** As many as are told of what is not ours. */
const FOREIGN = 200

type Told = NonNullable<ObservedPool['error']>

/** One pool that is to be open here: what is wanted, what was seen last, and what is being done about it. */
export class ManagedPool {
  wire: WirePool
  generation: number
  removing: boolean
  forGood: boolean
  /** Of the first time; null: it never was, so nobody has seen its mark here. */
  openedAt: Date | null
  /** Its mark was seen since the last time that something was wrong. */
  isOpen = false
  activity: 'opening' | 'closing' | null = null
  error: ObservedPool['error'] = null
  /** Looks that failed, one after the other. */
  failures = 0
  /** Resolves when the child of a look that was given up on is gone. Until then there is no other look. */
  stuck: Promise<void> | null = null
  /** What was said of its mount or connection when it was looked at last. */
  ground = ''
  capacity: Usage | null = null
  /** By which libvirt here is to know the key of its storage; null: none was made yet. */
  secretUuid: string | null
  /** libvirt was given the key that is wanted now. */
  isKeySet = false
  libvirtSecret: NonNullable<ObservedPool['libvirtSecret']> | null = null
  #capacityAt: Date | null = null
  #warning: ObservedPool['error'] = null
  #foreign: ObservedPool['foreign'] = null
  #templates: ObservedPool['templates']
  #activeVolumes: string[] | null = null
  readonly #volumes = new Map<string, ObservedVolume>()
  /** When a volume was worked on or looked at by itself: `performance.now()` time. A look that began before knows less of it. */
  readonly #touched = new Map<string, number>()
  #since = new Date()
  #lastState: ObservedPool['state'] = 'opening'

  constructor({ document, generation, removing, note }: DesiredPool) {
    this.wire = document
    this.generation = generation
    this.removing = removing
    this.forGood = note.forGood
    this.openedAt = note.openedAt === null ? null : new Date(note.openedAt)
    this.secretUuid = note.secretUuid
    if (note.openedAt === null) this.error = toldError(neverOpened())
  }

  get id(): string {
    return this.wire.poolId
  }

  /** Wanted anew: its settings, its secrets or its part in the fleet may be others. */
  want({ document, generation, removing, note }: DesiredPool): void {
    this.wire = document
    this.generation = generation
    this.removing = removing
    this.forGood = note.forGood
    this.isOpen = false
    this.isKeySet = false
    if (document.isKeeper) return
    this.#foreign = null
    if (this.#templates !== undefined) this.#templates = null
    this.#volumes.clear()
  }

  /**
   * What a look found that began at `startedAt` (`performance.now()`). Of volumes that are being worked on, or were since, it may have
   * seen a state between two steps: what is known of them stays. One of which nothing is known yet, as after a restart of the agent,
   * is told all the same, unless it is only being made.
   */
  isUp(view: PoolView, startedAt: number, holds: Pick<VolumeHolds, 'isHeld' | 'isBeingMade'>): void {
    this.isOpen = true
    this.error = null
    this.failures = 0
    this.capacity = view.capacity
    this.#capacityAt = new Date()
    this.#warning = view.warning === null ? null : toldProblem(view.warning)
    this.#activeVolumes = view.activeVolumes ?? null
    if (!this.wire.isKeeper) return
    this.#foreign = { count: view.foreign.length, items: view.foreign.slice(0, FOREIGN) }
    this.#templates = toldTemplates(view)
    const knowsLess = (volumeId: string) =>
      holds.isBeingMade(volumeId) ||
      (holds.isHeld(volumeId) && this.#volumes.has(volumeId)) ||
      (this.#touched.get(volumeId) ?? Number.NEGATIVE_INFINITY) >= startedAt
    const seen = new Map(view.volumes.map((volume) => [volume.volumeId, volume]))
    for (const volumeId of this.#volumes.keys()) {
      if (!seen.has(volumeId) && !knowsLess(volumeId)) this.#volumes.delete(volumeId)
    }
    for (const [volumeId, volume] of seen) if (!knowsLess(volumeId)) this.#see(volume)
    for (const [volumeId, at] of this.#touched) if (at < startedAt) this.#touched.delete(volumeId)
  }

  /** What was seen last stays, with its age. */
  fail(error: HoldfastError): void {
    this.isOpen = false
    this.error = toldError(error)
  }

  /** One volume was looked at by itself; null: it is gone. Gives it as it is told. */
  sight(volumeId: string, seen: SeenVolume | null): ObservedVolume | null {
    this.touch(volumeId)
    const told = seen === null ? null : observedVolume(this.id, seen, this.#volumes.get(volumeId))
    this.tell(volumeId, told)
    return told
  }

  /** As it was seen by itself, perhaps by an agent before this one. */
  tell(volumeId: string, volume: ObservedVolume | null): void {
    if (volume === null) this.#volumes.delete(volumeId)
    else if (this.wire.isKeeper) this.#volumes.set(volumeId, volume)
  }

  /** Work on it has ended. */
  touch(volumeId: string): void {
    this.#touched.set(volumeId, performance.now())
  }

  /** Throws why no work on a volume of it is accepted. One that was not looked at yet, after a start of the agent, is waited for. */
  requireNotBroken(): void {
    if (this.removing || this.activity === 'closing') {
      throw new HoldfastError('conflict', 'The pool is being closed on this host.', { details: { poolId: this.id } })
    }
    if (this.error !== null) throw this.#unusable(this.error)
  }

  /** Throws why no volume of it can be worked on now. */
  requireUsable(): void {
    this.requireNotBroken()
    if (this.isOpen) return
    throw this.#unusable({ message: 'It was not looked at yet since the agent started.' })
  }

  #unusable({ message, problem, values, said }: Pick<Told, 'message' | 'problem' | 'values' | 'said'>): HoldfastError {
    const report = problem === undefined ? {} : { problem, values, said }
    return new HoldfastError('backend_unreachable', `The pool cannot be used on this host now. ${message}`, {
      details: { poolId: this.id, ...report },
    })
  }

  get volumes(): ObservedVolume[] {
    return [...this.#volumes.values()]
  }

  get state(): ObservedPool['state'] {
    if (this.activity === 'closing') return 'closing'
    // What is wrong stays in sight while it is tried again.
    if (this.error !== null) return 'error'
    if (!this.isOpen) return 'opening'
    return this.#warning === null ? 'ready' : 'degraded'
  }

  view(): ObservedPool {
    const { state } = this
    if (state !== this.#lastState) {
      this.#since = new Date()
      this.#lastState = state
    }
    return {
      poolId: this.id,
      state,
      generation: this.generation,
      since: this.#since.toISOString(),
      error: this.error ?? this.#warning,
      capacity: this.capacity,
      capacityAt: this.#capacityAt?.toISOString() ?? null,
      foreign: this.#foreign,
      ...(this.#templates === undefined ? {} : { templates: this.#templates }),
      libvirtSecret: this.libvirtSecret,
      ...(this.#activeVolumes === null ? {} : { activeVolumes: this.#activeVolumes }),
    }
  }

  #see(volume: SeenVolume): void {
    this.#volumes.set(volume.volumeId, observedVolume(this.id, volume, this.#volumes.get(volume.volumeId)))
  }
}

function toldTemplates({ templates }: PoolView): ObservedPool['templates'] {
  if (templates === undefined || templates === null) return templates
  const items = templates.items.map(({ modifiedMs, ...item }) => ({
    ...item,
    modifiedAt: toldTime(modifiedMs),
  }))
  return { count: templates.count, items }
}

function neverOpened(): HoldfastError {
  return new HoldfastError('unavailable', 'It has not been opened on this host yet.')
}

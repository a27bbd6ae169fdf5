import type { ListedKind } from '@/agent/resources/listed-kind'
import type { ObservedMount, WireMount } from '@/lib/agent-protocol/messages'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { ProblemError, problemFor } from '@/lib/drivers/problems/problem'
import { toldError } from '@/lib/drivers/problems/report'
import { driverById, isDriverId } from '@/lib/drivers/registry'
import { HoldfastError } from '@/lib/errors'
import { ResourceListeners } from '@/testing/resource-listeners'
import { simulatedType } from '@/testing/simulated-layers'
import { addressOf, type SimulatedStorages } from '@/testing/simulated-storages'

/** As mountinfo names it; a bind shows the disk. */
function fsTypeOf(driver: string): string {
  const { mounting } = isDriverId(driver) ? driverById(driver) : {}
  return mounting === undefined ? 'fuse' : (mounting.fsTypes[0] ?? 'ext4')
}

interface SimulatedMount {
  document: WireMount
  generation: number
  isMounted: boolean
  /** Somebody else's mount at this place. */
  foreign: { source: string; fsType: string } | null
  /** Programs that keep it from being unmounted, as `name (pid)`. */
  holders: string[]
  /** Was mounted, and somebody took it away. */
  isTaken: boolean
  error: ObservedMount['error']
  /** What a test says that the host sees, whatever the storage does. */
  override: Partial<ObservedMount>
  since: string
  view: ObservedMount | null
}

export type Say = (line: string) => void

/**
 * The mounts of one simulated host: what is wanted, what is really there, and what can be seen of it, by the rules of the real
 * agent. Storages decide what works.
 */
export class SimulatedMounts implements ListedKind<ObservedMount> {
  readonly name = 'mount'
  readonly #hostId: string
  readonly #storages: SimulatedStorages
  readonly #mounts = new Map<string, SimulatedMount>()
  readonly #listeners = new ResourceListeners<ObservedMount>()
  /** `performance.now()` of the last look at what moves; hosts do not all look at once. */
  #measuredAt: number | undefined

  constructor(hostId: string, storages: SimulatedStorages) {
    this.#hostId = hostId
    this.#storages = storages
  }

  idOf({ mountId }: ObservedMount): string {
    return mountId
  }

  list(): ObservedMount[] {
    const isDue = this.#storages.isMoving && this.#isTimeToMeasure()
    return [...this.#mounts.values()].map((mount) => this.#viewOf(mount, isDue))
  }

  subscribe(onChange: (changed: readonly ObservedMount[], gone: readonly string[]) => void): () => void {
    return this.#listeners.add(onChange)
  }

  generationOf(mountId: string): number {
    return this.#mounts.get(mountId)?.generation ?? 0
  }

  /** Takes the document over; `there` is how the host stands before anything was done. */
  want(document: WireMount, generation: number): SimulatedMount {
    const known = this.#mounts.get(document.mountId)
    const mount: SimulatedMount = {
      isMounted: false,
      foreign: null,
      holders: [],
      since: new Date().toISOString(),
      view: null,
      ...known,
      document,
      generation,
      isTaken: false,
      error: null,
      override: {},
    }
    this.#mounts.set(document.mountId, mount)
    return mount
  }

  /** Mounts or unmounts, whichever the document wants. Throws as the real agent does; what can be seen then says so too. */
  async carryOut(document: WireMount, generation: number, say: Say): Promise<ObservedMount> {
    const known = this.#mounts.get(document.mountId)
    const mount = this.want(document, generation)
    try {
      if (known?.isMounted && known.document.mountPoint !== document.mountPoint)
        await this.#leave(mount, known.document, say)
      if (document.desiredState === 'mounted') await this.#mount(mount, say)
      else await this.#unmount(mount, say)
    } catch (error) {
      if (error instanceof HoldfastError) mount.error = toldError(error)
      this.#look(mount)
      throw error
    }
    return this.#look(mount)
  }

  /** Puts a mounted mount there without a command, as a host has it that was enrolled with its mounts. */
  preload(document: WireMount, generation: number): void {
    this.want(document, generation).isMounted = document.desiredState === 'mounted'
  }

  /** False when there was nothing to forget. Throws when the unmount is refused, unless it is abandoned. */
  async remove(mountId: string, abandon: boolean, say: Say): Promise<boolean> {
    const mount = this.#mounts.get(mountId)
    if (!mount) return false
    if (mount.foreign === null && !abandon) {
      try {
        await this.#unmount(mount, say)
      } catch (error) {
        if (error instanceof HoldfastError) mount.error = toldError(error)
        this.#look(mount)
        throw error
      }
    }
    this.#mounts.delete(mountId)
    this.#listeners.tell([], [mountId])
    return true
  }

  /** Somebody at the host unmounts it by hand, mounts something else there, or starts a program that holds it. */
  interfere(
    mountId: string,
    change: 'takeAway' | { foreign: SimulatedMount['foreign'] } | { holders: string[] },
  ): void {
    const mount = this.#get(mountId)
    if (change === 'takeAway') {
      mount.isMounted = false
      mount.isTaken = mount.document.desiredState === 'mounted'
    } else Object.assign(mount, change)
    this.#look(mount)
  }

  /** What a test wants to be seen, until the next command. */
  override(mountId: string, change: Partial<ObservedMount>): void {
    const mount = this.#get(mountId)
    mount.override = { ...mount.override, ...change }
    this.#look(mount)
  }

  /** A storage has changed. */
  lookAgain(address: string): void {
    for (const mount of this.#mounts.values()) if (addressOf(mount.document.backend) === address) this.#look(mount)
  }

  #get(mountId: string): SimulatedMount {
    const mount = this.#mounts.get(mountId)
    if (!mount) throw new Error(`the simulated host has no mount ${mountId}`)
    return mount
  }

  async #mount(mount: SimulatedMount, say: Say): Promise<void> {
    const { document } = mount
    say(`Mounting ${document.mountPoint}`)
    await this.#pause()
    if (mount.foreign !== null) throw foreignError(document.mountPoint, mount.foreign)
    const values: ProblemValues = { ...(document.backend.config as ProblemValues), path: document.mountPoint }
    switch (this.#storages.conditionOf(document.backend, this.#hostId)) {
      case 'dead':
        await this.#pause(8)
        throw problemFor(lost(document.backend.driver), {
          server: addressOf(document.backend),
          source: addressOf(document.backend),
          ...values,
          port: Number(values.port) || simulatedType(document.backend.driver).port,
        })
      case 'denied':
        throw problemFor(simulatedType(document.backend.driver).denied.problem, values)
      case 'slow':
        await this.#pause(9)
    }
    await this.#pause()
    mount.isMounted = true
  }

  /** What does not leave the place where it was is what the host goes on with. */
  async #leave(mount: SimulatedMount, before: WireMount, say: Say): Promise<void> {
    const { document, generation } = mount
    Object.assign(mount, { document: before, generation: generation - 1 })
    await this.#unmount(mount, say)
    Object.assign(mount, { document, generation })
  }

  async #unmount(mount: SimulatedMount, say: Say): Promise<void> {
    const { document } = mount
    say(`Unmounting ${document.mountPoint}`)
    await this.#pause()
    if (mount.foreign !== null) throw foreignError(document.mountPoint, mount.foreign)
    if (!mount.isMounted) return
    if (mount.holders.length > 0) {
      throw new ProblemError('mount.busy', { path: document.mountPoint, holders: mount.holders.join(', ') })
    }
    const waiting = this.#storages.waitingFor(document.backend)
    if (waiting && waiting.files > 0) throw new ProblemError('s3.uploads_pending', { files: waiting.files })
    if (this.#storages.conditionOf(document.backend, this.#hostId) === 'dead') {
      say('The server does not answer; giving up what waits for it.')
      await this.#pause(4)
    }
    mount.isMounted = false
  }

  #pause(steps = 1): Promise<void> {
    const { stepMs } = this.#storages
    if (stepMs === 0) return Promise.resolve()
    // Hosts are not all equally fast.
    return new Promise((resolve) => setTimeout(resolve, stepMs * steps * (0.5 + Math.random())))
  }

  #viewOf(mount: SimulatedMount, isDue: boolean): ObservedMount {
    return mount.view === null || isDue ? this.#observe(mount) : mount.view
  }

  #isTimeToMeasure(): boolean {
    const { measureEveryMs } = this.#storages
    const now = performance.now()
    if (measureEveryMs === 0) return true
    this.#measuredAt ??= now - Math.random() * measureEveryMs
    if (now - this.#measuredAt < measureEveryMs) return false
    this.#measuredAt = now
    return true
  }

  #look(mount: SimulatedMount): ObservedMount {
    const view = this.#observe(mount)
    this.#listeners.tell([view])
    return view
  }

  #observe(mount: SimulatedMount): ObservedMount {
    const { document, foreign } = mount
    const now = new Date().toISOString()
    const { state, error } = this.#stateOf(mount)
    if (mount.view !== null && mount.view.state !== state) mount.since = now
    const hasUsage = mount.isMounted && foreign === null && state !== 'hung'
    const before = mount.view?.usage ?? null
    const usage = hasUsage
      ? this.#storages.mountUsageOf(document.backend, this.#hostId)
      : mount.isMounted
        ? before
        : null
    mount.view = {
      mountId: document.mountId,
      mountPoint: document.mountPoint,
      state,
      generation: mount.generation,
      desiredState: document.desiredState,
      since: mount.since,
      observedAt: now,
      options: mount.isMounted || foreign ? optionsOf(document) : null,
      source: foreign?.source ?? (mount.isMounted ? addressOf(document.backend) : null),
      fsType: foreign?.fsType ?? (mount.isMounted ? fsTypeOf(document.backend.driver) : null),
      guard: 'immutable',
      error,
      usage,
      usageAt: usage === null ? null : hasUsage ? now : (mount.view?.usageAt ?? null),
      ...mount.override,
    }
    return mount.view
  }

  #stateOf(mount: SimulatedMount): Pick<ObservedMount, 'state' | 'error'> {
    const { document, error } = mount
    const path = document.mountPoint
    if (mount.foreign) return { state: 'foreign', error: toldError(foreignError(path, mount.foreign)) }
    if (!mount.isMounted) {
      if (mount.isTaken) return { state: 'absent', error: toldError(new ProblemError('mount.taken_away', { path })) }
      return { state: error !== null && document.desiredState === 'mounted' ? 'error' : 'absent', error }
    }
    const condition = this.#storages.conditionOf(document.backend, this.#hostId)
    if (condition === 'dead') {
      return { state: 'hung', error: toldError(new ProblemError('mount.hung', { path })) }
    }
    if (condition === 'broken') {
      const error = new ProblemError('mount.corrupted', { path, errno: 'EIO' })
      return { state: 'corrupted', error: toldError(error) }
    }
    return { state: 'mounted', error }
  }
}

/** What a mount says that the server is away: it is tried over the network, or there is none. */
function lost(driver: string): ProblemId {
  const { port, dead } = simulatedType(driver)
  return port === 0 ? dead.problem : 'network.timed_out'
}

function optionsOf({ backend, readOnly }: WireMount): string {
  const access = readOnly || backend.config.read_only === true ? 'ro' : 'rw'
  const noexec = backend.config.noexec === true ? ['noexec'] : []
  const own = simulatedType(backend.driver).inForce?.(backend.config) ?? []
  return [access, 'nosuid', 'nodev', ...noexec, 'relatime', ...own].join(',')
}

function foreignError(path: string, { source, fsType }: { source: string; fsType: string }): ProblemError {
  return new ProblemError('mount.foreign', { path, found: `${source} (${fsType})` })
}

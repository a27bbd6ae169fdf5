/** One job's hold on volumes. */
export interface Hold {
  readonly volumes: ReadonlySet<string>
  readonly pools: ReadonlySet<string>
  /** It does nothing to its pools now: it waits for one to be back. */
  isWaiting: boolean
}

interface Entry extends Hold {
  made: readonly string[]
  gone: PromiseWithResolvers<void>
}

/**
 * Which volumes are worked on now: the one that a job is about, and the one that it reads from or freezes. Jobs with a volume in common
 * follow each other in the order in which they came, and each takes all of its volumes at once, so none waits for another in a circle.
 */
export class VolumeHolds {
  /** By operation id, in the order in which they came. */
  readonly #entries = new Map<string, Entry>()

  /** `made`: those of them that are not there before. `ready` resolves when nobody who came before has one of these volumes. */
  take(
    operationId: string,
    volumes: readonly string[],
    pools: readonly string[],
    made: readonly string[] = [],
  ): { hold: Hold; ready: Promise<void> } {
    const before = [...this.#entries.values()].filter((entry) => volumes.some((id) => entry.volumes.has(id)))
    const entry: Entry = {
      volumes: new Set(volumes),
      pools: new Set(pools),
      isWaiting: false,
      made,
      gone: Promise.withResolvers(),
    }
    this.#entries.set(operationId, entry)
    return { hold: entry, ready: Promise.all(before.map(({ gone }) => gone.promise)).then(() => undefined) }
  }

  /** Gives what was held; null for an operation that holds nothing. */
  release(operationId: string): Hold | null {
    const entry = this.#entries.get(operationId)
    if (entry === undefined) return null
    this.#entries.delete(operationId)
    entry.gone.resolve()
    return entry
  }

  isHeld(volumeId: string): boolean {
    return [...this.#entries.values()].some(({ volumes }) => volumes.has(volumeId))
  }

  isBeingMade(volumeId: string): boolean {
    return [...this.#entries.values()].some(({ made }) => made.includes(volumeId))
  }

  /** Does a job do something to this pool now? */
  isBusy(poolId: string): boolean {
    return [...this.#entries.values()].some(({ pools, isWaiting }) => pools.has(poolId) && !isWaiting)
  }
}

import type { HeldStarts } from '@/agent/libvirt/held-starts'
import { requireStorage, type StorageHere } from '@/agent/resources/workloads/storage-there'
import type { FoundStorage } from '@/lib/attach-targets/contract/target'
import type { Log } from '@/lib/log'
import { pauseFor } from '@/lib/pause'

const EVERY_MS = 10_000
/** Milliseconds until one that could not be started is tried once more. */
const AGAIN_MS = 300_000

/** What is asked of whoever runs one that is held up, and told it. */
export interface HeldWorkload {
  /** What it keeps its data on; null: it runs, or is there no more. */
  storage(): Promise<readonly FoundStorage[] | null>
  /** Is it to be started with its host? */
  startsWithHost(): Promise<boolean>
  start(): Promise<void>
}

export interface HeldWorkloadsParts extends StorageHere {
  held: HeldStarts
  /** By the name or UUID that it is held by. */
  workload(id: string): HeldWorkload
  /** After a change: what workloads do is told anew. */
  look(): Promise<void>
  log: Log
}

/**
 * What becomes of machines and containers that a hook did not let start. One that starts with its host is started when its storage is
 * back, since nobody asks a second time; another one is forgotten then, as whoever wanted it can ask again.
 */
export class HeldWorkloads {
  readonly #parts: HeldWorkloadsParts
  readonly #stop = new AbortController()
  /** By id, as `performance.now()` time. */
  readonly #notBefore = new Map<string, number>()

  constructor(parts: HeldWorkloadsParts) {
    this.#parts = parts
  }

  begin(): void {
    void this.#run()
  }

  stop(): void {
    this.#stop.abort()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    for (;;) {
      await pauseFor(EVERY_MS, signal)
      if (signal.aborted) return
      if (await this.care()) await this.#parts.look()
    }
  }

  /** Throws nothing. Returns whether something was done. */
  async care(): Promise<boolean> {
    const { held, log } = this.#parts
    let isChanged = false
    for (const id of held.all().keys()) {
      try {
        if (await this.#careFor(id)) isChanged = true
      } catch (error) {
        log.warn('what was held up until its storage is back could not be started', { workload: id, error })
      }
    }
    return isChanged
  }

  async #careFor(id: string): Promise<boolean> {
    const { held, log } = this.#parts
    const workload = this.#parts.workload(id)
    const storage = await workload.storage()
    if (storage !== null) {
      if (!this.#isThere(storage)) return false
      if (await workload.startsWithHost()) {
        if (performance.now() < (this.#notBefore.get(id) ?? 0)) return false
        this.#notBefore.set(id, performance.now() + AGAIN_MS)
        log.info('the storage of what was held up is back; it is started', { workload: id })
        // The hook looks again, and notes a reason that is left.
        await workload.start()
      }
    }
    this.#notBefore.delete(id)
    held.release(id)
    return true
  }

  #isThere(storage: readonly FoundStorage[]): boolean {
    try {
      requireStorage(storage, this.#parts)
      return true
    } catch {
      return false
    }
  }
}

import type { HeldStarts } from '@/agent/libvirt/held-starts'
import { requireStorage, type StorageHere } from '@/agent/resources/workloads/storage-there'
import type { ContainerPower } from '@/lib/attach-targets/contract/target'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'
import type { Log } from '@/lib/log'
import { pauseFor } from '@/lib/pause'

const EVERY_MS = 10_000
/** Milliseconds until a container that could not be started is tried once more. */
const AGAIN_MS = 300_000

export interface HeldContainersParts extends StorageHere {
  held: HeldStarts
  power: ContainerPower
  open(): { host: ChangingTargetHost }
  /** After a change: what containers do is told anew. */
  look(): Promise<void>
  log: Log
}

/**
 * What becomes of containers that their hook did not let start: as with machines. One that starts with its host is started when its storage is
 * back, since nobody asks a second time; another one is forgotten then.
 */
export class HeldContainers {
  readonly #parts: HeldContainersParts
  readonly #stop = new AbortController()
  /** By name, as `performance.now()` time. */
  readonly #notBefore = new Map<string, number>()

  constructor(parts: HeldContainersParts) {
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
    const { held, log, open } = this.#parts
    let isChanged = false
    for (const name of held.all().keys()) {
      try {
        if (await this.#careFor(open().host, name)) isChanged = true
      } catch (error) {
        log.warn('a container whose storage is back could not be started', { container: name, error })
      }
    }
    return isChanged
  }

  async #careFor(host: ChangingTargetHost, name: string): Promise<boolean> {
    const { held, power, log } = this.#parts
    const found = await power.find(host, name)
    if (found !== null && found.state === 'stopped') {
      if (!this.#isThere(found.storage)) return false
      if (await power.startsWithHost?.(host, found)) {
        if (performance.now() < (this.#notBefore.get(name) ?? 0)) return false
        this.#notBefore.set(name, performance.now() + AGAIN_MS)
        log.info('the storage of a container is back; it is started', { container: name })
        // The hook looks again, and notes a reason that is left.
        await power.act(host, found, 'start')
        this.#notBefore.delete(name)
      }
    }
    held.release(name)
    return true
  }

  #isThere(storage: Parameters<typeof requireStorage>[0]): boolean {
    try {
      requireStorage(storage, this.#parts)
      return true
    } catch {
      return false
    }
  }
}

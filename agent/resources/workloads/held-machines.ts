import type { HeldStarts } from '@/agent/libvirt/held-starts'
import { ASK_MS, CHANGE_MS, definitionOf } from '@/agent/libvirt/machines'
import { type RunVirsh, virshOn } from '@/agent/libvirt/virsh'
import { requireStorage, type StorageHere } from '@/agent/resources/workloads/storage-there'
import { parseDomain } from '@/lib/attach-targets/libvirt/parse-domain'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'
import type { Log } from '@/lib/log'
import { pauseFor } from '@/lib/pause'

const EVERY_MS = 10_000
/** Milliseconds until a machine that was refused again is tried once more. */
const AGAIN_MS = 300_000

export interface HeldMachinesParts extends StorageHere {
  held: HeldStarts
  open(): { run: DriverHost['run'] }
  /** After a change: what machines do is told anew. */
  look(): Promise<void>
  log: Log
  /** Of libvirt; absent: that of the host. */
  uri?: string
}

/**
 * What becomes of machines that the hook did not let start. One that libvirt starts by itself is started when its storage is back, as
 * libvirt asks only once; of another one it is forgotten then, since whoever wanted it can ask again.
 */
export class HeldMachines {
  readonly #parts: HeldMachinesParts
  readonly #stop = new AbortController()
  /** By UUID, as `performance.now()` time. */
  readonly #notBefore = new Map<string, number>()

  constructor(parts: HeldMachinesParts) {
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
    const { held, uri = SYSTEM_LIBVIRT, log } = this.#parts
    const uuids = [...held.all().keys()]
    if (uuids.length === 0) return false
    const host = this.#parts.open()
    const virsh = virshOn((...asked) => host.run(...asked), uri)
    let isChanged = false
    for (const uuid of uuids) {
      try {
        if (await this.#careFor(virsh, uuid)) isChanged = true
      } catch (error) {
        log.warn('a machine whose storage is back could not be started', { machine: uuid, error })
      }
    }
    return isChanged
  }

  async #careFor(virsh: RunVirsh, uuid: string): Promise<boolean> {
    const { held, log } = this.#parts
    const xml = await definitionOf(virsh, uuid)
    if (xml === null || parseDomain(xml).isActive) {
      held.release(uuid)
      return true
    }
    if (!this.#isThere(xml)) return false
    const { stdout } = await virsh(['list', '--all', '--autostart', '--uuid'], { timeoutMs: ASK_MS })
    if (!stdout.split(/\s+/).includes(uuid)) {
      held.release(uuid)
      return true
    }
    if (performance.now() < (this.#notBefore.get(uuid) ?? 0)) return false
    this.#notBefore.set(uuid, performance.now() + AGAIN_MS)
    log.info('the storage of a machine is back; it is started', { machine: uuid })
    // The hook looks again, and notes a reason that is left.
    await virsh(['start', '--domain', uuid], { timeoutMs: CHANGE_MS })
    this.#notBefore.delete(uuid)
    return true
  }

  #isThere(xml: string): boolean {
    try {
      requireStorage(parseDomain(xml).storage, this.#parts)
      return true
    } catch {
      return false
    }
  }
}

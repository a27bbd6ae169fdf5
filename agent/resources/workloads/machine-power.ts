import { ASK_MS, CHANGE_MS, definitionOf } from '@/agent/libvirt/machines'
import { type RunVirsh, virshOn } from '@/agent/libvirt/virsh'
import type { DiskCall } from '@/agent/resources/workloads/disk-changes'
import { requireStorage, type StorageHere } from '@/agent/resources/workloads/storage-there'
import type { PowerAction, PoweredMachine } from '@/lib/agent-protocol/machine-power'
import { parseDomain } from '@/lib/attach-targets/libvirt/parse-domain'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'
import { SYSTEM_LIBVIRT } from '@/lib/libvirt/system-uri'
import { pauseFor } from '@/lib/pause'

/** Systems with many services take their time. */
const SHUTDOWN_MS = 90_000
const LOOK_MS = 500

export interface MachinePowerParts extends StorageHere {
  open(limits: Pick<DiskCall, 'operationId' | 'deadlineAt' | 'signal'>): { host: Pick<DriverHost, 'run'> }
  /** After a change: what machines do is told anew. */
  look(): Promise<void>
  /** Of libvirt; absent: that of the host. */
  uri?: string
  /** How long a system may take to shut down, in milliseconds. */
  shutdownMs?: number
}

/** Starts machines of libvirt and stops them. One is started only while everything of ours that it uses is there and answers. */
export class MachinePower {
  readonly #parts: MachinePowerParts

  constructor(parts: MachinePowerParts) {
    this.#parts = parts
  }

  /**
   * Is it so already: success. Throws `not_found`, what is wrong with the storage of one that is to be started, `conflict` for a reset of
   * one that does not run, and `busy` where its system does not shut down.
   */
  async power(uuid: string, action: PowerAction, call: DiskCall): Promise<PoweredMachine> {
    const { uri = SYSTEM_LIBVIRT, look } = this.#parts
    const { host } = this.#parts.open(call)
    const virsh = virshOn((...asked) => host.run(...asked), uri)
    const xml = await definitionOf(virsh, uuid)
    if (xml === null) throw new HoldfastError('not_found', 'libvirt on this host has no such machine any more.')
    const before = await stateOf(virsh, uuid)
    const verb = verbFor(action, before)
    if (verb === null) return { state: before }
    if (action === 'start') requireStorage(parseDomain(xml).storage, this.#parts)
    try {
      call.log(`$ virsh ${verb} --domain ${uuid}`)
      await virsh([verb, '--domain', uuid], { timeoutMs: CHANGE_MS })
      if (action === 'shutdown') await this.#untilOff(virsh, uuid, call.signal)
      return { state: await stateOf(virsh, uuid) }
    } finally {
      await look()
    }
  }

  async #untilOff(virsh: RunVirsh, uuid: string, signal: AbortSignal): Promise<void> {
    for (const endAt = performance.now() + (this.#parts.shutdownMs ?? SHUTDOWN_MS); ; ) {
      if ((await stateOf(virsh, uuid)) === 'stopped') return
      signal.throwIfAborted()
      if (performance.now() > endAt) break
      await pauseFor(LOOK_MS, signal)
    }
    throw new HoldfastError(
      'busy',
      'Its system was asked to shut down and has not done so yet. It may still do it; power it off where it does not.',
    )
  }
}

/** What virsh is told; null: it is so already. */
function verbFor(action: PowerAction, state: PoweredMachine['state']): string | null {
  const isOff = state === 'stopped'
  if (action === 'start') return isOff ? 'start' : state === 'paused' ? 'resume' : null
  if (action === 'shutdown') return isOff ? null : 'shutdown'
  if (action === 'off') return isOff ? null : 'destroy'
  if (isOff) throw new HoldfastError('conflict', 'The machine does not run: start it instead.')
  return 'reset'
}

/** Words of `virsh domstate`. */
const STATES: Readonly<Record<string, PoweredMachine['state']>> = {
  running: 'running',
  idle: 'running',
  paused: 'paused',
  pmsuspended: 'paused',
  'shut off': 'stopped',
  crashed: 'stopped',
}

async function stateOf(virsh: RunVirsh, uuid: string): Promise<PoweredMachine['state']> {
  const { stdout } = await virsh(['domstate', '--domain', uuid], { timeoutMs: ASK_MS })
  return STATES[stdout.trim()] ?? 'changing'
}

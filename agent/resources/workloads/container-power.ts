import type { DiskCall } from '@/agent/resources/workloads/disk-changes'
import { requireStorage, type StorageHere } from '@/agent/resources/workloads/storage-there'
import type { PowerAction, PoweredMachine } from '@/lib/agent-protocol/machine-power'
import type { AttachTarget, ContainerPower, FoundWorkload } from '@/lib/attach-targets/contract/target'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'
import { HoldfastError } from '@/lib/errors'

export interface ContainerPowersParts extends StorageHere {
  targets: readonly AttachTarget[]
  open(): { host: ChangingTargetHost }
  /** After a change: what containers do is told anew. */
  look(): Promise<void>
}

/** Starts containers and stops them. One is started only while everything of ours that it uses is there and answers. */
export class ContainerPowers {
  readonly #parts: ContainerPowersParts

  constructor(parts: ContainerPowersParts) {
    this.#parts = parts
  }

  /**
   * Is it so already: success. Throws `unsupported` for a target that has no power, `not_found`, what is wrong with the storage of one that
   * is to be started, and `conflict` for the restart of one that does not run.
   */
  async power(
    { target, nativeId, action }: { target: string; nativeId: string; action: PowerAction },
    call: Pick<DiskCall, 'log'>,
  ): Promise<PoweredMachine> {
    const power = this.#powerOf(target)
    const { host } = this.#parts.open()
    const found = await requireContainer(power, host, nativeId)
    if (isSo(action, found)) return { state: stateOf(found) }
    // What is made anew is given what lies under its storage then.
    if (action === 'start' || action === 'reset') requireStorage(found.storage, this.#parts)
    try {
      call.log(`${target}: ${action} ${nativeId}`)
      await power.act(host, found, action)
      return { state: stateOf(await requireContainer(power, host, nativeId)) }
    } finally {
      await this.#parts.look()
    }
  }

  #powerOf(target: string): ContainerPower {
    const power = this.#parts.targets.find(({ descriptor }) => descriptor.id === target)?.power
    if (power !== undefined) return power
    throw new HoldfastError('unsupported', `What ${target} runs cannot be started or stopped by this agent.`)
  }
}

async function requireContainer(
  power: ContainerPower,
  host: ChangingTargetHost,
  nativeId: string,
): Promise<FoundWorkload> {
  const found = await power.find(host, nativeId)
  if (found !== null) return found
  throw new HoldfastError('not_found', 'There is no such container on this host any more.')
}

function isSo(action: PowerAction, { state }: FoundWorkload): boolean {
  const isOff = state === 'stopped' || state === 'failed'
  if (action === 'start') return state === 'running'
  if (action === 'reset' && isOff) throw new HoldfastError('conflict', 'The container does not run: start it instead.')
  return isOff
}

function stateOf({ state }: FoundWorkload): PoweredMachine['state'] {
  return state === 'failed' ? 'stopped' : state
}

import type { CommandTurn } from '@/agent/commands/turn'
import { Redactor } from '@/agent/host/exec/redact'
import { foundMount } from '@/agent/resources/workloads/found-mount'
import type { isListening } from '@/agent/resources/workloads/listening'
import type { MountChangesParts } from '@/agent/resources/workloads/mount-changes'
import { requirePaths } from '@/agent/resources/workloads/storage-there'
import { workloadId } from '@/agent/resources/workloads/told-workload'
import {
  type ContainerPlanMessage,
  type Environment,
  type MadeContainer,
  NewContainer,
  type RemovedContainer,
} from '@/lib/agent-protocol/containers'
import type { NamedWorkload } from '@/lib/agent-protocol/workload-mounts'
import { refuseInside } from '@/lib/attach-targets/contract/inside'
import type { ContainerMaking, PlacedContainer } from '@/lib/attach-targets/contract/making'
import type { FoundMount } from '@/lib/attach-targets/contract/mounts'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'
import { badField } from '@/lib/bad-field'
import { HoldfastError, toHoldfastError } from '@/lib/errors'
import { newId } from '@/lib/ids'
import { Secret } from '@/lib/secret'

/** In which a killed process is gone, or its server is dead. */
const PLAN_MS = 45_000

export interface ContainerMakingsParts extends Omit<MountChangesParts, 'secretFile'> {
  isListening: typeof isListening
}

/** Makes containers with mounts of this host, and removes them, by what each target can. */
export class ContainerMakings {
  readonly #parts: ContainerMakingsParts

  constructor(parts: ContainerMakingsParts) {
    this.#parts = parts
  }

  /** Looks only. Throws what is wrong with a mount. */
  async plan(container: NewContainer, env: readonly string[], signal: AbortSignal): Promise<ContainerPlanMessage> {
    const { making, host } = this.#target(container.target, container)
    const limits = { operationId: newId('operation'), deadlineAt: performance.now() + PLAN_MS, signal }
    const door = this.#parts.door(limits)
    const mounts: FoundMount[] = []
    for (const mount of container.mounts) mounts.push(await foundMount(this.#parts.ground, mount, door))
    return making.plan(host, placed(container, mounts), env, this.#parts.isListening)
  }

  /** `env`: null where an agent was restarted; the values are noted nowhere. */
  async create(
    asked: { container: NewContainer; env: Environment | null },
    turn: CommandTurn,
    deadlineAt: number,
  ): Promise<MadeContainer> {
    const { making, host } = this.#target(asked.container.target, asked.container)
    const container = await turn.step('asked', async () => asked.container)
    const redactor = new Redactor()
    for (const value of Object.values(asked.env ?? {})) redactor.add(new Secret(value))
    const door = this.#parts.door({ operationId: turn.operationId, deadlineAt, signal: turn.signal })
    try {
      const mounts = await turn.step('placed', async () => {
        const found: FoundMount[] = []
        for (const mount of container.mounts) found.push(await foundMount(this.#parts.ground, mount, door, turn))
        return found
      })
      const made = await making.make(host, placed(container, mounts), asked.env, {
        operationId: turn.operationId,
        log: (message) => turn.log(message),
        step: (name, work, undo) => turn.step(name, work, undo),
        requireThere: (paths) => requirePaths(paths, this.#parts),
        taken: this.#parts.isListening,
      })
      return { ...made, workloadId: workloadId(this.#parts.hostId, container.target, made.nativeId) }
    } catch (error) {
      // What the engine says may repeat what it was given.
      const { code, message, fields } = toHoldfastError(error)
      throw new HoldfastError(code, redactor.redact(message), { ...(fields === undefined ? {} : { fields }) })
    } finally {
      await this.#parts.look()
    }
  }

  /** Ends what a killed agent had begun: what was made is started, and what was not made is not made. */
  recover(turn: CommandTurn): Promise<MadeContainer> {
    const asked = NewContainer.safeParse(turn.done.find(({ name }) => name === 'asked')?.note)
    if (asked.success) return this.create({ container: asked.data, env: null }, turn, performance.now() + PLAN_MS)
    const message = 'The agent was restarted before anything was made. Ask again.'
    return Promise.reject(new HoldfastError('timed_out', message))
  }

  async remove({ target, nativeId }: NamedWorkload, call: { log(message: string): void }): Promise<RemovedContainer> {
    const { making, host } = this.#target(target)
    try {
      return await making.remove(host, nativeId, call)
    } finally {
      await this.#parts.look()
    }
  }

  #target(id: string, wanted?: NewContainer): { making: ContainerMaking; host: ChangingTargetHost } {
    const found = this.#parts.targets.find(({ descriptor }) => descriptor.id === id)
    if (found?.making === undefined)
      throw new HoldfastError('unsupported', `Containers of ${id} cannot be made by this agent; update the agent.`)
    for (const [at, { inside }] of (wanted?.mounts ?? []).entries()) {
      const refused = refuseInside('path', inside)
      if (refused !== null) throw badField(`mounts.${at}.target`, refused)
    }
    return { making: found.making, host: this.#parts.open().host }
  }
}

function placed({ target: _, ...container }: NewContainer, mounts: readonly FoundMount[]): PlacedContainer {
  return { ...container, mounts }
}

import { z } from 'zod'
import type { CommandTurn } from '@/agent/commands/turn'
import { foundMount, pathOf } from '@/agent/resources/workloads/found-mount'
import { isOnMount } from '@/agent/resources/workloads/ours'
import { requirePaths, type StorageHere } from '@/agent/resources/workloads/storage-there'
import { workloadId } from '@/agent/resources/workloads/told-workload'
import type { Door } from '@/agent/verbs/agent'
import {
  AcceptedLosses,
  type ChangedMount,
  MountChange,
  type MountPlanMessage,
  NamedWorkload,
  WantedMount,
} from '@/lib/agent-protocol/workload-mounts'
import { refuseInside } from '@/lib/attach-targets/contract/inside'
import type { MountCall, MountTaking, PlacedMount } from '@/lib/attach-targets/contract/mounts'
import type { AttachTarget } from '@/lib/attach-targets/contract/target'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'

/** In which a killed process is gone, or its server is dead. */
const PLAN_MS = 45_000
/** What was begun before a restart of the machine waits so long for what runs workloads. */
const ANSWERS_MS = 180_000
const ANSWERS_AGAIN_MS = 500

export interface MountChangesParts extends StorageHere {
  hostId: string
  targets: readonly AttachTarget[]
  open(): { host: ChangingTargetHost }
  /** To look at directories of mounts. */
  door(limits: { operationId: string; deadlineAt: number; signal: AbortSignal }): Pick<Door, 'runner'>
  /** A file on tmpfs for what a target reads from files alone. */
  secretFile: DriverHost['secretFile']
  /** After a change: what workloads have is told anew. */
  look(): Promise<void>
}

const Asked = z.object({
  change: MountChange,
  workload: NamedWorkload,
  mount: WantedMount,
  accepted: AcceptedLosses,
})
export type AskedChange = z.infer<typeof Asked>

/** Gives mounts of this host to what runs here, and takes them away, by what each target can. */
export class MountChanges {
  readonly #parts: MountChangesParts

  constructor(parts: MountChangesParts) {
    this.#parts = parts
  }

  /** Looks only: a directory that is to be created need not be there. Throws as the change would. */
  async plan(
    { change, workload, mount }: Omit<AskedChange, 'accepted'>,
    signal: AbortSignal,
  ): Promise<MountPlanMessage> {
    const { takes, host } = this.#target(workload.target, mount)
    if (change === 'detach') return takes.planDetach(host, workload.nativeId, this.#placed(mount))
    const door = this.#parts.door({
      operationId: mount.attachmentId,
      deadlineAt: performance.now() + PLAN_MS,
      signal,
    })
    return takes.planAttach(host, workload.nativeId, await foundMount(this.#parts.ground, mount, door))
  }

  async carryOut(asked: AskedChange, turn: CommandTurn, deadlineAt: number): Promise<ChangedMount> {
    const { target } = asked.workload
    const { takes, host } = this.#target(target, asked.mount)
    // For an agent that takes this over after a restart: it knows nothing else of what was asked.
    const { change, workload, mount, accepted } = await turn.step('asked', async () => asked)
    const call = this.#callOf(turn, accepted)
    try {
      if (change === 'detach') {
        const placed = await turn.step('placed', async () => this.#placed(mount))
        return this.#changed(target, await takes.detach(host, workload.nativeId, placed, call))
      }
      const { operationId, signal } = turn
      const door = this.#parts.door({ operationId, deadlineAt, signal })
      const found = await turn.step('placed', () => foundMount(this.#parts.ground, mount, door, turn))
      return this.#changed(target, await takes.attach(host, workload.nativeId, found, call))
    } finally {
      await this.#parts.look()
    }
  }

  /** Goes on with what a killed agent had begun, or takes it back. Throws `timed_out` where nothing was begun. */
  async recover(turn: CommandTurn): Promise<ChangedMount> {
    const asked = Asked.safeParse(turn.done.find(({ name }) => name === 'asked')?.note)
    if (!asked.success)
      throw new HoldfastError('timed_out', 'The agent was restarted before anything was changed. Ask again.')
    await this.#untilAnswers(asked.data.workload.target, turn.signal)
    return this.carryOut(asked.data, turn, performance.now() + PLAN_MS)
  }

  /** After a start of the machine what runs workloads may come up later than the agent; without it nothing could be taken back. */
  async #untilAnswers(target: string, signal: AbortSignal): Promise<void> {
    const found = this.#parts.targets.find(({ descriptor }) => descriptor.id === target)
    for (const endAt = performance.now() + ANSWERS_MS; performance.now() < endAt && !signal.aborted; ) {
      try {
        await found?.inventory(this.#parts.open().host)
        return
      } catch {
        await pauseFor(ANSWERS_AGAIN_MS, signal)
      }
    }
  }

  #target(id: string, { inside }: WantedMount): { takes: MountTaking; host: ChangingTargetHost } {
    const found = this.#parts.targets.find(({ descriptor }) => descriptor.id === id)
    const kind = found?.descriptor.takesMounts ?? null
    if (found?.mounts === undefined || kind === null)
      throw new HoldfastError('unsupported', `What ${id} runs cannot be given mounts by this agent; update the agent.`)
    const refused = refuseInside(kind, inside)
    if (refused !== null)
      throw new HoldfastError('invalid_input', `target: ${refused}`, {
        fields: [{ field: 'target', message: refused }],
      })
    return { takes: found.mounts, host: this.#parts.open().host }
  }

  #placed({ attachmentId, mountId, subPath, inside, readOnly }: WantedMount): PlacedMount {
    const here = this.#parts.mounts().find((mount) => mount.mountId === mountId)
    const path = here === undefined ? null : pathOf(here.mountPoint, subPath)
    return { attachmentId, mountId, inside, readOnly, path }
  }

  #callOf(turn: CommandTurn, accepted: readonly string[]): MountCall {
    return {
      operationId: turn.operationId,
      signal: turn.signal,
      accepted,
      log: (message) => turn.log(message),
      secretFile: (content) => this.#parts.secretFile(content),
      step: (name, work, undo) => turn.step(name, work, undo),
      requireThere: (paths) => requirePaths(paths, this.#parts),
      isOurs: (paths) => paths.some((source) => isOnMount(source, this.#parts.mounts())),
    }
  }

  #changed(target: string, { nativeId, isLive, isKept }: Awaited<ReturnType<MountTaking['attach']>>): ChangedMount {
    return { nativeId, workloadId: workloadId(this.#parts.hostId, target, nativeId), isLive, isKept }
  }
}

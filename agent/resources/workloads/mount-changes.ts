import { z } from 'zod'
import type { CommandTurn } from '@/agent/commands/turn'
import { directoryBelow } from '@/agent/resources/workloads/below-mount'
import { oursIn } from '@/agent/resources/workloads/ours'
import type { StorageHere } from '@/agent/resources/workloads/storage-there'
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
import type { FoundMount, MountCall, MountTaking, PlacedMount } from '@/lib/attach-targets/contract/mounts'
import type { AttachTarget } from '@/lib/attach-targets/contract/target'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'
import type { DriverHost } from '@/lib/drivers/contract/driver-host'
import { HoldfastError } from '@/lib/errors'
import { pauseFor } from '@/lib/pause'

const OF_MOUNT = 'the mount'
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
    return takes.planAttach(host, workload.nativeId, await this.#found(mount, door, 'looks'))
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
      const found = await turn.step('placed', () => this.#found(mount, door, 'changes', turn))
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

  /** `looks`: creates nothing. */
  async #found(
    mount: WantedMount,
    door: Pick<Door, 'runner'>,
    how: 'looks' | 'changes',
    turn?: CommandTurn,
  ): Promise<FoundMount> {
    const { attachmentId, mountId, subPath, inside, readOnly, createSubPath } = mount
    const { path: root, readOnly: isReadOnly } = this.#parts.ground.requireMount(mountId, OF_MOUNT)
    if (isReadOnly && !readOnly)
      throw new HoldfastError('conflict', 'The mount is read-only on this host: attach it read-only.')
    const placed = { attachmentId, mountId, inside, readOnly }
    if (how === 'looks' && createSubPath) return { ...placed, path: pathOf(root, subPath) }
    try {
      return { ...placed, path: await directoryBelow(root, subPath, createSubPath, door) }
    } finally {
      if (door.runner.uncertain) turn?.hang(door.runner.settled())
    }
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
      requireThere: (paths) => this.#requireThere(paths),
    }
  }

  #requireThere(paths: readonly string[]): void {
    const here = this.#parts.mounts()
    for (const source of paths) {
      const { mountId } = oursIn({ kind: 'bind', source }, here)
      if (mountId !== null) this.#parts.ground.requireMount(mountId, 'the mount of its storage')
    }
  }

  #changed(target: string, { nativeId, isLive, isKept }: Awaited<ReturnType<MountTaking['attach']>>): ChangedMount {
    return { nativeId, workloadId: workloadId(this.#parts.hostId, target, nativeId), isLive, isKept }
  }
}

function pathOf(root: string, subPath: string): string {
  return subPath === '' ? root : `${root}/${subPath}`
}

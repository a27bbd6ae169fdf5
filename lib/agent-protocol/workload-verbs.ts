import { z } from 'zod'
import {
  ContainerPlanMessage,
  Environment,
  EnvName,
  MadeContainer,
  NewContainer,
  RemovedContainer,
} from '@/lib/agent-protocol/containers'
import { AddedClipboard, MachineClipboard, SerialLog } from '@/lib/agent-protocol/machine-consoles'
import { ChangedDisk, MachineUuid, WantedDisk } from '@/lib/agent-protocol/machine-disks'
import {
  MachineOffers,
  MachinePlanMessage,
  MadeMachine,
  NewMachine,
  RemovedMachine,
} from '@/lib/agent-protocol/machine-makings'
import { PowerAction, PoweredMachine } from '@/lib/agent-protocol/machine-power'
import { CommandEnvelope, WireId } from '@/lib/agent-protocol/messages'
import type { VerbDeclaration } from '@/lib/agent-protocol/verb-declaration'
import {
  AcceptedLosses,
  ChangedMount,
  MountChange,
  MountPlanMessage,
  NamedWorkload,
  WantedMount,
} from '@/lib/agent-protocol/workload-mounts'

/** What is asked of a host about its containers and machines. */
export const WORKLOAD_VERBS = {
  /** Gives a volume of a pool that is open here to a machine of libvirt. Has it the disk already: success. */
  attachDisk: {
    method: 'POST',
    path: '/v1/machines/attach-disk',
    request: CommandEnvelope.extend({ machine: MachineUuid, disk: WantedDisk }),
    response: ChangedDisk,
    mode: 'stream',
    timeoutMs: 120_000,
    idempotent: true,
  },
  /** Takes it away again, whether its pool is open or not. Has it no such disk: success. */
  detachDisk: {
    method: 'POST',
    path: '/v1/machines/detach-disk',
    request: CommandEnvelope.extend({ machine: MachineUuid, volumeId: WireId('volume') }),
    response: ChangedDisk,
    mode: 'stream',
    timeoutMs: 120_000,
    idempotent: true,
  },
  /** Starts a machine of libvirt or stops it. Is it so already: success. */
  powerMachine: {
    method: 'POST',
    path: '/v1/machines/power',
    request: CommandEnvelope.extend({ machine: MachineUuid, action: PowerAction }),
    response: PoweredMachine,
    mode: 'stream',
    timeoutMs: 150_000,
    idempotent: true,
  },
  /** What a machine of libvirt has for its clipboard. An agent that does not know it refuses the request. */
  readClipboard: {
    method: 'POST',
    path: '/v1/machines/clipboard',
    request: z.strictObject({ machine: MachineUuid }),
    response: MachineClipboard,
    mode: 'json',
    timeoutMs: 25_000,
    idempotent: true,
  },
  /** Gives it the channel that a clipboard needs. Has it that: success. */
  addClipboard: {
    method: 'POST',
    path: '/v1/machines/add-clipboard',
    request: CommandEnvelope.extend({ machine: MachineUuid }),
    response: AddedClipboard,
    mode: 'stream',
    timeoutMs: 120_000,
    idempotent: true,
  },
  /** `powerMachine` for a container of a target that has power. An agent that does not know it refuses the request. */
  powerContainer: {
    method: 'POST',
    path: '/v1/containers/power',
    request: CommandEnvelope.extend({
      target: z.string().max(32),
      nativeId: z.string().min(1).max(255),
      action: PowerAction,
    }),
    response: PoweredMachine,
    mode: 'stream',
    timeoutMs: 150_000,
    idempotent: true,
  },
  /** What giving a mount to a workload, or taking it away, would do here. Looks at the workload, and changes nothing. */
  planMount: {
    method: 'POST',
    path: '/v1/workloads/plan-mount',
    request: z.strictObject({ workload: NamedWorkload, change: MountChange, mount: WantedMount }),
    response: MountPlanMessage,
    mode: 'json',
    timeoutMs: 60_000,
    idempotent: true,
  },
  /** Gives a directory of a mount of this host to a workload. Has it that already: success. */
  attachMount: {
    method: 'POST',
    path: '/v1/workloads/attach-mount',
    request: CommandEnvelope.extend({ workload: NamedWorkload, mount: WantedMount, accepted: AcceptedLosses }),
    response: ChangedMount,
    mode: 'stream',
    timeoutMs: 180_000,
    idempotent: true,
  },
  /** Takes it away again, whether the mount is there or not. Has it no such mount: success. */
  detachMount: {
    method: 'POST',
    path: '/v1/workloads/detach-mount',
    request: CommandEnvelope.extend({ workload: NamedWorkload, mount: WantedMount, accepted: AcceptedLosses }),
    response: ChangedMount,
    mode: 'stream',
    timeoutMs: 180_000,
    idempotent: true,
  },
  /** What making a container would do here, and what is in the way. No values of its environment are sent for it. */
  planContainer: {
    method: 'POST',
    path: '/v1/containers/plan',
    request: z.strictObject({ container: NewContainer, env: z.array(EnvName).max(100) }),
    response: ContainerPlanMessage,
    mode: 'json',
    timeoutMs: 60_000,
    idempotent: true,
  },
  /** Makes a container of an image that is here, with directories of mounts of this host. What was made goes again where it fails. */
  createContainer: {
    method: 'POST',
    path: '/v1/containers/create',
    request: CommandEnvelope.extend({ container: NewContainer, env: Environment }),
    response: MadeContainer,
    mode: 'stream',
    timeoutMs: 180_000,
    idempotent: true,
  },
  /** Removes a container that does not run; its volumes stay. There is no such one: success. */
  removeContainer: {
    method: 'POST',
    path: '/v1/containers/remove',
    request: CommandEnvelope.extend({ workload: NamedWorkload }),
    response: RemovedContainer,
    mode: 'stream',
    timeoutMs: 120_000,
    idempotent: true,
  },
  /** What machines of libvirt can be made of here. */
  machineOffers: {
    method: 'POST',
    path: '/v1/machines/offers',
    request: z.strictObject({}),
    response: MachineOffers,
    mode: 'json',
    timeoutMs: 60_000,
    idempotent: true,
  },
  /** What making a machine would do here, and what is in the way. */
  planMachine: {
    method: 'POST',
    path: '/v1/machines/plan',
    request: z.strictObject({ machine: NewMachine }),
    response: MachinePlanMessage,
    mode: 'json',
    timeoutMs: 60_000,
    idempotent: true,
  },
  /** Makes a machine with volumes of pools that are open here. What was made goes again where it fails; volumes stay. */
  createMachine: {
    method: 'POST',
    path: '/v1/machines/create',
    request: CommandEnvelope.extend({ machine: NewMachine }),
    response: MadeMachine,
    mode: 'stream',
    timeoutMs: 180_000,
    idempotent: true,
  },
  /** Removes a machine that was made from here and does not run; its volumes stay. There is no such one: success. */
  removeMachine: {
    method: 'POST',
    path: '/v1/machines/remove',
    request: CommandEnvelope.extend({ machine: MachineUuid }),
    response: RemovedMachine,
    mode: 'stream',
    timeoutMs: 120_000,
    idempotent: true,
  },
  /** What libvirt has written down of the serial port of a machine. The port itself: `TUNNEL_VERBS`. */
  readSerialLog: {
    method: 'POST',
    path: '/v1/machines/serial-log',
    request: z.strictObject({ machine: MachineUuid }),
    response: SerialLog,
    mode: 'json',
    timeoutMs: 15_000,
    idempotent: true,
  },
} as const satisfies Record<string, VerbDeclaration>

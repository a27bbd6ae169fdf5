import { z } from 'zod'
import { FilePath } from '@/lib/agent-protocol/files'
import { WantedDisk } from '@/lib/agent-protocol/machine-disks'
import { WireId } from '@/lib/agent-protocol/messages'

/** It names files of libvirt too. Never an option, and never a number alone, which virsh would take for that of a machine which runs. */
export const MachineName = z
  .string()
  .regex(
    /^(?!\d+$)[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
    'Must be 1 to 63 letters, digits, "_", "." and "-", the first a letter or digit, and not digits alone.',
  )

export const FIRMWARES = ['bios', 'uefi'] as const
export const Firmware = z.enum(FIRMWARES)
export type Firmware = z.infer<typeof Firmware>

/** One of those that the host offers. */
export const MachineNetwork = z.strictObject({
  /** `network`: of libvirt. `bridge`: of the host. */
  kind: z.enum(['network', 'bridge']),
  name: z.string().min(1).max(255),
})
export type MachineNetwork = z.infer<typeof MachineNetwork>

/** A machine that is to be made. Everything that is not here is the agent's or libvirt's own choice. */
export const NewMachine = z.strictObject({
  name: MachineName,
  cpus: z.int().min(1).max(1024),
  /** MiB */
  memoryMib: z
    .int()
    .min(64)
    .max(16 * 1024 ** 2),
  firmware: Firmware,
  disks: z.array(WantedDisk.omit({ target: true })).max(16),
  /** A file among the templates of a pool, by its path there, put into its drive. */
  iso: z.strictObject({ poolId: WireId('pool'), path: FilePath }).nullable(),
  /** Null: it has none. */
  network: MachineNetwork.nullable(),
  /** A screen by VNC, on a UNIX socket that libvirt places. */
  screen: z.boolean(),
  serial: z.boolean(),
  /** The channel of spice-vdagent, by which its clipboard is reached. */
  clipboard: z.boolean(),
  /** The channel of qemu-guest-agent. */
  guestAgent: z.boolean(),
  /** Starts it when it is made. */
  starts: z.boolean(),
})
export type NewMachine = z.infer<typeof NewMachine>

/** What machines of a host can be made of. */
export const MachineOffers = z.object({
  /** Its processor does the work; else it is emulated, which is many times slower. */
  isAccelerated: z.boolean(),
  /** Of the host. */
  cpus: z.int(),
  /** Of one machine. */
  mostCpus: z.int(),
  /** Of the host, in MiB. */
  memoryMib: z.int(),
  firmwares: z.array(Firmware),
  /** Can QEMU here be spice-vdagent's other end? */
  clipboard: z.boolean(),
  networks: z.array(MachineNetwork),
})
export type MachineOffers = z.infer<typeof MachineOffers>

export const MachinePlanMessage = z.object({
  /** What runs, in order. */
  commands: z.array(z.string()),
  /** What libvirt is given. */
  specification: z.string(),
  notes: z.array(z.string()),
  /** What is in the way, by the field of the request. */
  refusals: z.array(z.object({ field: z.string(), message: z.string() })),
})
export type MachinePlanMessage = z.infer<typeof MachinePlanMessage>

export const MadeMachine = z.object({ nativeId: z.string(), workloadId: WireId('workload'), isRunning: z.boolean() })
export type MadeMachine = z.infer<typeof MadeMachine>

/** `volumeIds`: of the volumes that it had, which stay. */
export const RemovedMachine = z.object({ volumeIds: z.array(z.string()) })
export type RemovedMachine = z.infer<typeof RemovedMachine>

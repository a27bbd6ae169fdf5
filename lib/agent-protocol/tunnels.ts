import { z } from 'zod'
import { MACHINE_UUID } from '@/lib/agent-protocol/machine-uuid'

/** A virtual machine as libvirt knows it. */
export const MachineUuid = z.string().regex(MACHINE_UUID, 'Must be the UUID of a machine, in small letters.')

/** The screen of a machine that runs on the host: where it is, the host asks libvirt. */
export const OpenScreen = z.strictObject({ machine: MachineUuid })
export type OpenScreen = z.infer<typeof OpenScreen>

/** Its serial console: likewise. */
export const OpenSerial = z.strictObject({ machine: MachineUuid })
export type OpenSerial = z.infer<typeof OpenSerial>

/** What the `Upgrade` header of a tunnel says, on every leg of its way that is ours. */
export const TUNNEL_PROTOCOL = 'holdfast-tunnel'

/**
 * Verbs that make a way for bytes in both directions out of their connection (HTTP Upgrade). The request stands in `REQUEST_HEADER`. A
 * refusal is answered as that of every other verb; after 101, the end of either side ends both.
 */
export const TUNNEL_VERBS = {
  /** Speaks RFB, as the VNC server of the machine does. */
  openScreen: { method: 'GET', path: '/v1/machines/screen', request: OpenScreen },
  /** Bytes of the serial port, as they are. One reader at a time. An agent that does not know it refuses the request. */
  openSerial: { method: 'GET', path: '/v1/machines/serial', request: OpenSerial },
} as const satisfies Record<string, { method: 'GET'; path: `/v1/${string}`; request: z.ZodType }>
export type TunnelVerb = keyof typeof TUNNEL_VERBS
export type OpenTunnel = OpenScreen | OpenSerial

import { z } from 'zod'

/** What libvirt has written down of the serial port of a machine. */
export const SerialLog = z.object({
  /** Whether the machine has one, by its definition. */
  isKept: z.boolean(),
  /** Of all of it. */
  bytes: z.int().nonnegative(),
  /** Its end, in base64. */
  text: z.string(),
})
export type SerialLog = z.infer<typeof SerialLog>

/**
 * `none`. `other`: its name is taken by one that hands no clipboard on to a VNC screen, such as that of SPICE. `next`: it comes with the
 * next start. `there`.
 */
export const ClipboardChannel = z.enum(['none', 'other', 'next', 'there'])
export type ClipboardChannel = z.infer<typeof ClipboardChannel>

/** What a machine has for its clipboard. */
export const MachineClipboard = z.object({
  isRunning: z.boolean(),
  channel: ClipboardChannel,
  /** Whether something in the machine has opened the channel; null: there is none now. */
  isAgentRunning: z.boolean().nullable(),
})
export type MachineClipboard = z.infer<typeof MachineClipboard>

/** `isLive`: it is there already. Otherwise it comes with the next start. */
export const AddedClipboard = z.object({ isLive: z.boolean() })
export type AddedClipboard = z.infer<typeof AddedClipboard>

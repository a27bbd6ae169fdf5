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

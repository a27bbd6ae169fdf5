import type { z } from 'zod'
import { HoldfastError } from '@/lib/errors'

interface Meaning {
  /** Options as one text into settings; throws `invalid_input` for one that there is not. */
  parse(text: string): Record<string, unknown>
  /** Of the settings. */
  schema: z.ZodObject
  /** What the kernel negotiated or always shows; nobody chose it. */
  unchosen: RegExp
}

/** Settings from options in force. Each option is read by itself: one that is not in the closed set must not take the others with it. */
export function readOptions(
  options: readonly string[],
  { parse, schema, unchosen }: Meaning,
): { taken: Record<string, unknown>; leftOut: string[] } {
  const taken: Record<string, unknown> = {}
  const leftOut: string[] = []
  for (const option of options) {
    // Whether it is read only is a matter of the mount, not of the storage.
    if (option === 'ro' || unchosen.test(option)) continue
    const read = settingsIn(option, parse)
    if (read !== null && isValid(read, schema)) Object.assign(taken, read)
    else leftOut.push(option)
  }
  return { taken, leftOut }
}

function settingsIn(option: string, parse: Meaning['parse']): Record<string, unknown> | null {
  try {
    return parse(option)
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    return null
  }
}

function isValid(read: Record<string, unknown>, schema: z.ZodObject): boolean {
  return schema.partial().safeParse(read).success
}

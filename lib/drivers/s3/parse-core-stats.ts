import { z } from 'zod'
import { HoldfastError } from '@/lib/errors'

const Count = z.number().min(0)
const CoreStats = z.object({ bytes: Count, transfers: Count, errors: Count, lastError: z.string().optional() })

export interface Transfers {
  /** Files that got through, up or down, and bytes. */
  done: number
  bytes: number
  /** Attempts that did not. */
  failed: number
  /** Why the last of them did not. */
  said: string | null
}

/** The answer of rclone's `core/stats`. Throws `command_failed` for anything else. */
export function parseCoreStats(answer: unknown): Transfers {
  const parsed = CoreStats.safeParse(answer)
  if (!parsed.success) throw new HoldfastError('command_failed', 'rclone did not say what it has transferred.')
  const { transfers: done, bytes, errors: failed, lastError } = parsed.data
  return { done, bytes, failed, said: lastError?.split('\n')[0]?.slice(0, 500) ?? null }
}

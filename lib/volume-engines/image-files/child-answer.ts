import { z } from 'zod'
import { ACCESS_ERRNO, matchCode, WRITE_ERRNO } from '@/lib/drivers/problems/messages'
import { problemFor, unreadableOutput } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'

const Failed = z.object({ errno: z.string(), what: z.string() })

/** The storage does not answer any more, or only with errors. */
const GONE = new Set([
  'EIO',
  'EHOSTDOWN',
  'ENODEV',
  'ENXIO',
  'ECONNABORTED',
  'ECONNRESET',
  'EREMOTEIO',
  'EPROTO',
  'ETIMEDOUT',
])

/** What one of our children said: `{ ok }`, or what the kernel told it. */
export function readAnswer<T>(stdout: string, schema: z.ZodType<T>): T {
  let said: unknown
  try {
    said = JSON.parse(stdout)
  } catch {
    throw unreadableOutput('node', 'was cut off')
  }
  const failed = Failed.safeParse(said)
  if (failed.success) throw errnoError(failed.data.errno, failed.data.what)
  return z.object({ ok: schema }).parse(said).ok
}

/** What the kernel said, in words. */
export function errnoError(errno: string, what: string): HoldfastError {
  if (errno === 'ENOSPC' || errno === 'EDQUOT') {
    return new HoldfastError('disk_full', 'The storage of the pool is full: free some space on it.')
  }
  const known = matchCode(WRITE_ERRNO, errno) ?? matchCode(ACCESS_ERRNO, errno)
  if (known !== null) return problemFor(known, {}, { said: `${what}: ${errno}` })
  if (errno === 'EEXIST' || errno === 'ENOTEMPTY') {
    return new HoldfastError('conflict', 'Something of the same name is in the pool already.', { details: { errno } })
  }
  if (errno === 'EPOOL') {
    return new HoldfastError('conflict', 'The mark of the pool is not on this storage any more.', {
      recovery: 'Check that the right storage is behind this backend.',
    })
  }
  if (errno === 'ENOENT') return new HoldfastError('not_found', 'It is not in the pool (any more).')
  if (errno === 'unknown') return new HoldfastError('internal', `A child of ours failed: ${what}`)
  if (GONE.has(errno)) {
    return new HoldfastError('backend_unreachable', `The storage of the pool does not answer as it should (${errno}).`)
  }
  return new HoldfastError('command_failed', `The storage of the pool refused ${what} (${errno}).`)
}

/** Something of that name was there. */
export function isTaken(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'conflict' && error.details?.errno !== undefined
}

export function isGone(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'not_found'
}

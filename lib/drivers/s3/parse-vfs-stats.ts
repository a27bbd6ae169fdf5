import { z } from 'zod'
import { HoldfastError } from '@/lib/errors'

const VfsStats = z.object({
  diskCache: z.object({
    uploadsInProgress: z.int().min(0),
    uploadsQueued: z.int().min(0),
    erroredFiles: z.int().min(0),
    outOfSpace: z.boolean(),
    bytesUsed: z.int().min(0),
  }),
})

export interface UploadQueue {
  /** Files whose content is not in the bucket yet. */
  waiting: number
  /** Files in the cache that could not be read or written. */
  errored: number
  cacheFull: boolean
  cacheBytes: number
}

/** The answer of rclone's `vfs/stats`. Throws `command_failed` for anything else: an unreadable queue is never an empty one. */
export function parseVfsStats(answer: unknown): UploadQueue {
  const parsed = VfsStats.safeParse(answer)
  if (!parsed.success) throw new HoldfastError('command_failed', 'rclone did not say whether uploads are waiting.')
  const { uploadsInProgress, uploadsQueued, erroredFiles, outOfSpace, bytesUsed } = parsed.data.diskCache
  return {
    waiting: uploadsInProgress + uploadsQueued,
    errored: erroredFiles,
    cacheFull: outOfSpace,
    cacheBytes: bytesUsed,
  }
}

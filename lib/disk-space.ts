import { statfsSync } from 'node:fs'
import { diskProblem, type HoldfastError } from '@/lib/errors'

/** With less than this SQLite cannot enlarge a file that it maps into memory, in bytes; it then says that there was an I/O error. */
const SHORT_OF_BYTES = 64 * 1024

/**
 * Bytes that this process may still write there, 0 also when no more files may be made; null when it cannot be read. For places on
 * a local disk only: the process stands still meanwhile.
 */
export function freeBytes(directory: string): number | null {
  try {
    const { bavail, bfree, bsize, files, ffree } = statfsSync(directory)
    if (files > 0 && ffree === 0) return 0
    return (process.getuid?.() === 0 ? bfree : bavail) * bsize
  } catch {
    return null
  }
}

/** As `diskProblem` for a database of SQLite in this directory: what it calls an I/O error is often a full disk. */
export function sqliteDiskProblem(directory: string, error: unknown): HoldfastError | null {
  const problem = diskProblem(error, directory)
  if (problem?.code !== 'disk_unwritable') return problem
  const free = freeBytes(directory)
  return free !== null && free < SHORT_OF_BYTES ? diskProblem({ code: 'ENOSPC', cause: error }, directory) : problem
}

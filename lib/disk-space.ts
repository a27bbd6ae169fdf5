import { statfsSync } from 'node:fs'

/** Bytes that this process may still write there; null when that cannot be read. For places on a local disk only: it may not hang. */
export function freeBytes(directory: string): number | null {
  try {
    const { bavail, bfree, bsize } = statfsSync(directory)
    return (process.getuid?.() === 0 ? bfree : bavail) * bsize
  } catch {
    return null
  }
}

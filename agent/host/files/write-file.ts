import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { diskProblem } from '@/lib/errors'

/**
 * Writes a generated file. Whole or not at all: on a full disk nothing half written is left for somebody to read. Throws `disk_full`
 * or `disk_unwritable` with the directory. With `isNew` the file must not exist; with `isSynced` it is on the disk afterwards.
 */
export function writeWhole(
  path: string,
  content: string | Buffer,
  { mode, isNew = false, isSynced = false }: { mode: number; isNew?: boolean; isSynced?: boolean },
): void {
  try {
    writeFileSync(path, content, { mode, flag: isNew ? 'wx' : 'w', flush: isSynced })
  } catch (error) {
    const problem = diskProblem(error, dirname(path))
    if (!problem) throw error
    if (problem.code === 'disk_full') rmSync(path, { force: true })
    throw problem
  }
}

/** Makes a directory (0700 unless said otherwise) with those above it; the same errors. */
export function makeDirectory(path: string, mode = 0o700): void {
  try {
    mkdirSync(path, { recursive: true, mode })
  } catch (error) {
    throw diskProblem(error, dirname(path)) ?? error
  }
}

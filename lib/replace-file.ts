import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes a 0600 file so that a crash leaves the old content or the new one, never a part. Throws the errors of node:fs. */
export function replaceFile(file: string, content: string): void {
  // Of its own for each process: two controllers may start at once.
  const temporary = `${file}.${process.pid}.new`
  // Exclusive: neither the mode nor a link of something that lies there is kept.
  rmSync(temporary, { force: true })
  try {
    writeFileSync(temporary, content, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  const directory = openSync(dirname(file), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

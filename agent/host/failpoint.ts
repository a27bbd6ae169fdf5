import { readFileSync, rmSync } from 'node:fs'

/**
 * Ends this process with SIGKILL at a named step, for the tests that prove that a crash leaves nothing behind. Does nothing
 * unless HOLDFAST_TEST=1. The step is named by HOLDFAST_FAILPOINT, or once by the content of the file HOLDFAST_FAILPOINT_FILE.
 */
export function failpoint(name: string): void {
  if (process.env.HOLDFAST_TEST !== '1') return
  const { HOLDFAST_FAILPOINT: always, HOLDFAST_FAILPOINT_FILE: file } = process.env
  if (always === name || (file !== undefined && takeOrder(file, name))) process.kill(process.pid, 'SIGKILL')
}

/** Is this step ordered? The order goes with it, so that the next process lives. */
function takeOrder(file: string, name: string): boolean {
  try {
    if (readFileSync(file, 'utf8').trim() !== name) return false
  } catch {
    return false
  }
  rmSync(file)
  return true
}

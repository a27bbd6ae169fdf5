import { accessSync, constants, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const MEMORY = '/dev/shm'
/** What the databases of a whole run of tests are far from; a container often has 64 MB there. */
const ENOUGH_BYTES = 2 * 1024 ** 3

/**
 * The folder for databases of tests: in memory where there is room. Each COMMIT waits for the disk, and there are tens of thousands
 * in a run, none of which has to outlive its test. That is as it is in production: it is set in the same way, and lasts over `kill -9`.
 */
export function quickDirectory(): string {
  try {
    accessSync(MEMORY, constants.W_OK)
    const { bavail, bsize } = statfsSync(MEMORY)
    if (bavail * bsize >= ENOUGH_BYTES) return MEMORY
  } catch {
    // Not every system has it.
  }
  return tmpdir()
}

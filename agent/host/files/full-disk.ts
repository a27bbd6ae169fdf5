import { dirname } from 'node:path'
import type { StatfsAnswer } from '@/lib/drivers/contract/driver-host'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { diskProblem, type HoldfastError } from '@/lib/errors'

/** Asks in a child with a deadline: a path that a tool names can lie anywhere. */
type Statfs = (path: string) => Promise<StatfsAnswer>

/** Where tools write without saying so. */
const USUAL = ['/etc', '/var/lib', '/var/cache', '/var/log', '/run', '/tmp', '/usr']
/** With less than this nothing sensible can be written. */
const SHORT_OF_BYTES = 64 * 1024
/** Directories to look at; a talkative tool names more files than anybody needs. */
const MOST_LOOKS = 12

/** The directories of the files that the lines about missing space name, the last one first. */
function namedIn(said: string): string[] {
  const lines = said.split('\n').filter((line) => /no space left on device/i.test(line))
  const paths = lines.flatMap((line) => [...line.matchAll(/\/[^\s:'"`()]+/g)].map(([path]) => path))
  return paths.reverse().map((path) => dirname(path))
}

/** Not there: the nearest directory above it that is. */
async function isFull(directory: string, statfs: Statfs): Promise<string | null> {
  const answer = await statfs(directory)
  if (answer.state === 'failed' && answer.errno === 'ENOENT' && directory !== '/') {
    return isFull(dirname(directory), statfs)
  }
  if (answer.state !== 'ok') return null
  const isOutOfFiles = answer.totalInodes > 0 && answer.freeInodes === 0
  return answer.freeBytes < SHORT_OF_BYTES || isOutOfFiles ? directory : null
}

/**
 * `disk_full` with the directory, when a tool said that there was no space left and a disk of this host is full indeed; null
 * otherwise: the kernel says the same of watches, of mounts and of thin pools.
 */
export async function fullDiskOf(said: string, statfs: Statfs): Promise<HoldfastError | null> {
  if (!/no space left on device/i.test(said)) return null
  for (const directory of [...new Set([...namedIn(said), ...USUAL])].slice(0, MOST_LOOKS)) {
    const full = await isFull(directory, statfs)
    if (full !== null) return diskProblem({ code: 'ENOSPC' }, full)
  }
  return null
}

/** What a command failed of, as the full disk that it was. Any other failure stays what it is. */
export async function orFullDisk(error: unknown, statfs: Statfs): Promise<unknown> {
  if (!(error instanceof CommandError)) return error
  return (await fullDiskOf(`${error.stderr}\n${error.stdout}`, statfs)) ?? error
}

import { accessSync, constants, statSync } from 'node:fs'
import { Runner } from '@/agent/host/exec/run'
import type { Log } from '@/lib/log'

function isOwn(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    return statSync(directory).uid === 0
  } catch {
    return false
  }
}

/**
 * In a user and mount namespace the mount roots belong to somebody who is not known in there. An empty file system in memory over
 * each of them gives the agent a place of its own; the real directories stay as they are, for everybody else.
 */
export async function prepareNamespace(mountRoots: readonly string[], log: Log): Promise<void> {
  const runner = new Runner({ deadlineAt: performance.now() + 10_000 })
  for (const root of mountRoots) {
    if (!statSync(root, { throwIfNoEntry: false })?.isDirectory() || isOwn(root)) continue
    const options = 'size=1m,mode=0755,nosuid,nodev'
    await runner.run('mount', ['-c', '-t', 'tmpfs', '-o', options, '--', 'holdfast-namespace', root])
  }
  log.info('mounts of this agent are visible in its own namespace only', { mountRoots })
}

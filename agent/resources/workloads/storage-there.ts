import { existsSync } from 'node:fs'
import type { Ground } from '@/agent/resources/pools/ground'
import { type MountHere, oursIn } from '@/agent/resources/workloads/ours'
import type { FoundStorage } from '@/lib/attach-targets/contract/target'
import { HoldfastError } from '@/lib/errors'

export interface StorageHere {
  ground: Pick<Ground, 'requireMount'>
  mounts(): readonly MountHere[]
}

/**
 * Throws what is wrong with what is ours of it. Under a mount that is away lies a directory of the host: what is written there is on its own
 * disk, and lost to everybody else.
 */
export function requireStorage(storage: readonly FoundStorage[], { ground, mounts }: StorageHere): void {
  const here = mounts()
  for (const each of storage) {
    const { mountId, volumeId } = oursIn(each, here)
    if (mountId !== null) ground.requireMount(mountId, 'the mount of its storage')
    else if (volumeId !== null && each.source?.startsWith('/') && !existsSync(each.source))
      throw new HoldfastError('conflict', `${each.source}, which it has as ${each.target}, is not there now.`)
  }
}

/** The same of paths that a workload is given. */
export function requirePaths(paths: readonly string[], { ground, mounts }: StorageHere): void {
  const here = mounts()
  for (const source of paths) {
    const { mountId } = oursIn({ kind: 'bind', source }, here)
    if (mountId !== null) ground.requireMount(mountId, 'the mount of its storage')
  }
}

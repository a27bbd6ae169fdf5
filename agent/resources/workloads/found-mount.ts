import type { Turn } from '@/agent/commands/turn'
import { directoryBelow } from '@/agent/resources/workloads/below-mount'
import type { StorageHere } from '@/agent/resources/workloads/storage-there'
import type { Door } from '@/agent/verbs/agent'
import type { WantedMount } from '@/lib/agent-protocol/workload-mounts'
import type { FoundMount } from '@/lib/attach-targets/contract/mounts'
import { HoldfastError } from '@/lib/errors'

/** Where a mount that a workload is to have lies here. It has to be there and to answer. Without a `turn` it only looks, and creates nothing. */
export async function foundMount(
  ground: StorageHere['ground'],
  { attachmentId, mountId, subPath, inside, readOnly, createSubPath }: WantedMount,
  door: Pick<Door, 'runner'>,
  turn?: Pick<Turn, 'hang'>,
): Promise<FoundMount> {
  const { path: root, readOnly: isReadOnly } = ground.requireMount(mountId, 'the mount')
  if (isReadOnly && !readOnly)
    throw new HoldfastError('conflict', 'The mount is read-only on this host: attach it read-only.')
  const placed = { attachmentId, mountId, inside, readOnly }
  if (turn === undefined && createSubPath) return { ...placed, path: pathOf(root, subPath) }
  try {
    return { ...placed, path: await directoryBelow(root, subPath, createSubPath, door) }
  } finally {
    if (door.runner.uncertain) turn?.hang(door.runner.settled())
  }
}

export function pathOf(root: string, subPath: string): string {
  return subPath === '' ? root : `${root}/${subPath}`
}

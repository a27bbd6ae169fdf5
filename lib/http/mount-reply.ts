import { settle, type Waiting } from '@/lib/http/operation-reply'
import type { MountView } from '@/lib/mounts/schema'
import { type MountChanged, readMount } from '@/lib/mounts/service'
import type { OperationView } from '@/lib/operations/schema'

interface MountAnswer {
  data: MountView
  message: string
  operation: Pick<OperationView, 'id' | 'status'> | null
}

/**
 * The mount with the operation that carries the change out. The change itself is done: an operation that fails shows in
 * `operation.status` and in the mount's state, it does not undo the answer.
 */
export async function mountReply(changed: MountChanged, call: Waiting, message: string): Promise<MountAnswer> {
  if (changed.operation === null) return { data: changed.mount, message, operation: null }
  const { id, status } = await settle(changed.operation, call)
  const data = status === 'queued' ? changed.mount : await readMount(changed.mount.id)
  return { data, message, operation: { id, status } }
}

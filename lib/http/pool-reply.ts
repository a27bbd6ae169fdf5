import { settle, type Waiting } from '@/lib/http/operation-reply'
import type { OperationView } from '@/lib/operations/schema'
import type { PoolView } from '@/lib/pools/schema'
import { type PoolChanged, readPool } from '@/lib/pools/service'

interface PoolAnswer {
  data: PoolView
  message: string
  operation: Pick<OperationView, 'id' | 'status'> | null
}

/** The pool with the operation that carries the change out, as `mountReply`: one that fails does not undo the answer. */
export async function poolReply(changed: PoolChanged, call: Waiting, message: string): Promise<PoolAnswer> {
  if (changed.operation === null) return { data: changed.pool, message, operation: null }
  const { id, status } = await settle(changed.operation, call)
  const data = status === 'queued' ? changed.pool : await readPool(changed.pool.id)
  return { data, message, operation: { id, status } }
}

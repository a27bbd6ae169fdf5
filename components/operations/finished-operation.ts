import { isRunning } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import type { OperationView } from '@/lib/operations/schema'

/** Waits until an operation has ended, and gives it with its result. It has a deadline of its own. */
export async function finishedOperation(id: string): Promise<OperationView> {
  for (;;) {
    const operation = await requestOne<OperationView>(`/api/v1/operations/${id}`, { headers: { prefer: 'wait=20' } })
    if (!isRunning(operation)) return operation
  }
}

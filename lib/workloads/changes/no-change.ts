import 'server-only'
import type { Db } from '@/lib/db/client'
import { HoldfastError } from '@/lib/errors'
import * as attachments from '@/lib/workloads/attachment-repository'

/** One after the other: a container that is made anew goes by another id afterwards. */
export async function requireNoChange(tx: Db, workloadId: string): Promise<void> {
  const found = await attachments.findChange(tx, { workloadId })
  if (found === null) return
  throw new HoldfastError('operation_in_progress', `Operation ${found.id} is under way on this workload.`, {
    details: { operation: found },
  })
}

import { defineRoute } from '@/lib/http/define-route'
import { SnapshotParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { restoreSnapshot } from '@/lib/volumes/changes/work'

export const POST = defineRoute({
  permission: 'volumes.write',
  summary: 'Take a volume back to a snapshot. What was written since is lost; the snapshot stays.',
  params: SnapshotParams,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['operation_in_progress'],
  handle: async (call) => {
    const { id, snapshotId } = call.params
    return operationReply(await restoreSnapshot(call.actor, id, snapshotId), call, 'Restore')
  },
})

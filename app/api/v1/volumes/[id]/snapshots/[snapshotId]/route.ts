import { defineRoute } from '@/lib/http/define-route'
import { SnapshotParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { deleteSnapshot } from '@/lib/volumes/changes/work'

export const DELETE = defineRoute({
  permission: 'volumes.write',
  summary: 'Delete a snapshot. The volume, and what was cloned from others, stay as they are.',
  params: SnapshotParams,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['operation_in_progress'],
  handle: async (call) => {
    const { id, snapshotId } = call.params
    return operationReply(await deleteSnapshot(call.actor, id, snapshotId), call, 'Deletion')
  },
})

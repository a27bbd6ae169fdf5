import { defineRoute } from '@/lib/http/define-route'
import { PoolVolumeParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { deleteUnknown } from '@/lib/volumes/unknown/service'

export const DELETE = defineRoute({
  permission: 'volumes.purge',
  summary: 'Put an unknown volume into the trash, under its id for a name; one that lies there is deleted for good.',
  params: PoolVolumeParams,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['in_use', 'operation_in_progress'],
  handle: async (call) => {
    const operation = await deleteUnknown(call.actor, call.params.id, call.params.volumeId)
    return operationReply(operation, call, 'Deletion')
  },
})

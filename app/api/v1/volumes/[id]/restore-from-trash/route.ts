import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { restoreFromTrash } from '@/lib/volumes/changes/work'

export const POST = defineRoute({
  permission: 'volumes.write',
  summary: 'Take a volume out of the trash again.',
  params: IdParams,

  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['operation_in_progress'],
  handle: async (call) => operationReply(await restoreFromTrash(call.actor, call.params.id), call, 'Restore'),
})

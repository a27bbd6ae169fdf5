import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { flattenVolume } from '@/lib/volumes/changes/work'

export const POST = defineRoute({
  permission: 'volumes.write',
  summary: 'Copy what a volume shares with the one it was cloned from, so that it needs that no more.',
  params: IdParams,

  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['operation_in_progress'],
  handle: async (call) => operationReply(await flattenVolume(call.actor, call.params.id), call, 'Flatten'),
})

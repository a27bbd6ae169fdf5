import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { resizeVolume } from '@/lib/volumes/changes/work'
import { ResizeVolume } from '@/lib/volumes/schema'
export const POST = defineRoute({
  permission: 'volumes.write',
  summary: 'Make a volume larger. A smaller size is refused.',
  params: IdParams,
  body: ResizeVolume,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['operation_in_progress'],
  handle: async (call) => operationReply(await resizeVolume(call.actor, call.params.id, call.body), call, 'Resize'),
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { abandonNow } from '@/lib/mounts/changes/actions'
import { AbandonMount } from '@/lib/mounts/schema'

export const POST = defineRoute({
  permission: 'mounts.abandon',
  summary: 'Detach a stuck mount lazily on the named hosts. Writes that are still under way may be lost.',
  params: IdParams,
  body: AbandonMount,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  takesPlan: true,
  handle: async (call) => {
    const operation = await abandonNow(call.actor, call.params.id, call.body, { plan: call.plan })
    return operationReply(operation, call, 'Abandon')
  },
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { mountNow } from '@/lib/mounts/changes/actions'
import { MountAction } from '@/lib/mounts/schema'

export const POST = defineRoute({
  permission: 'mounts.write',
  summary: 'Mount on the given hosts, or on all hosts of this mount.',
  params: IdParams,
  body: MountAction,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  takesPlan: true,
  handle: async (call) => {
    const operation = await mountNow(call.actor, call.params.id, call.body, { plan: call.plan })
    return operationReply(operation, call, 'Mount')
  },
})

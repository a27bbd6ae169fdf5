import { updateAgent } from '@/lib/hosts/service'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'

export const POST = defineRoute({
  permission: 'hosts.admin',
  summary: 'Replace the agent of this host by the version that the controller has.',
  params: IdParams,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  handle: async (call) => operationReply(await updateAgent(call.actor, call.params.id), call, 'Update'),
})

import { refreshHost } from '@/lib/hosts/service'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'

export const POST = defineRoute({
  permission: 'hosts.refresh',
  summary: 'Read facts and state of a host again.',
  params: IdParams,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  handle: async (call) => operationReply(await refreshHost(call.actor, call.params.id), call, 'Refresh'),
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { movePoolHost } from '@/lib/pools/changes/move-host'
import { MovePoolHost } from '@/lib/pools/schema'

export const POST = defineRoute({
  permission: 'pools.write',
  summary: 'Move a pool that one host at a time has open: close it there, then open it on another host.',
  params: IdParams,
  body: MovePoolHost,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['operation_in_progress', 'in_use'],
  handle: async (call) => operationReply(await movePoolHost(call.actor, call.params.id, call.body), call, 'Move'),
})

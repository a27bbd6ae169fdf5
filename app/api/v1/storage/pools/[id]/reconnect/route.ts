import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { reconnectPool } from '@/lib/pools/changes/update'
import { ReconnectPool } from '@/lib/pools/schema'

export const POST = defineRoute({
  permission: 'pools.write',
  summary: 'Open a pool again on its hosts, now, with the mount or connection that it lies on.',
  params: IdParams,
  body: ReconnectPool,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  handle: async (call) => operationReply(await reconnectPool(call.actor, call.params.id, call.body), call, 'Reconnect'),
})

import { disconnectBackend } from '@/lib/backends/connect-service'
import { ConnectBackend } from '@/lib/backends/schema'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'

export const POST = defineRoute({
  permission: 'mounts.write',
  summary: 'Close a block storage on one host; nothing is left behind there.',
  params: IdParams,
  body: ConnectBackend,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  takesPlan: true,
  handle: async (call) => {
    const { actor, params, body, plan } = call
    return operationReply(await disconnectBackend(actor, params.id, body.host_id, { plan }), call, 'Disconnection')
  },
})

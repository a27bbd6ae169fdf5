import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { syncNow } from '@/lib/mounts/actions'
import { MountAction } from '@/lib/mounts/schema'

export const POST = defineRoute({
  permission: 'mounts.write',
  summary: 'Bring the hosts to what is wanted, now.',
  params: IdParams,
  body: MountAction,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  handle: async (call) => operationReply(await syncNow(call.actor, call.params.id, call.body.host_ids), call, 'Sync'),
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { syncNow } from '@/lib/mounts/changes/actions'
import { SyncMount } from '@/lib/mounts/schema'

export const POST = defineRoute({
  permission: 'mounts.write',
  summary: 'Bring the hosts to what is wanted, now; with only_failed those that are not as wanted.',
  params: IdParams,
  body: SyncMount,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  takesPlan: true,
  handle: async (call) => {
    const operation = await syncNow(call.actor, call.params.id, call.body, { plan: call.plan })
    return operationReply(operation, call, 'Sync')
  },
})

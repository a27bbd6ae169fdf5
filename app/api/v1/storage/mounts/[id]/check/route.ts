import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { checkMount } from '@/lib/mounts/check'
import { CheckMount } from '@/lib/mounts/schema'

export const POST = defineRoute({
  permission: 'mounts.write',
  summary:
    'Check a mount on one host: a file is written there and read back, which tells how fast it is and whether it loses data.',
  params: IdParams,
  body: CheckMount,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation, which can be cancelled.' },
  handle: async (call) => operationReply(await checkMount(call.actor, call.params.id, call.body), call, 'Check'),
})

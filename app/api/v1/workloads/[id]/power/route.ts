import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { powerWorkload } from '@/lib/workloads/changes/power'
import { AskPower } from '@/lib/workloads/schema'

export const POST = defineRoute({
  permission: 'workloads.write',
  summary:
    'Start a virtual machine or a container of Docker, stop it, power it off or reset it. It starts only while its storage is there.',
  params: IdParams,
  body: AskPower,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['conflict', 'operation_in_progress'],
  handle: async (call) => operationReply(await powerWorkload(call.actor, call.params.id, call.body), call, 'Change'),
})

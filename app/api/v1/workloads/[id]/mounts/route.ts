import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { attachMount } from '@/lib/workloads/changes/mounts'
import { AskMount } from '@/lib/workloads/schema'

export const POST = defineRoute({
  permission: 'workloads.write',
  summary: 'Give a mount, or a directory of one, to a workload on a host that has the mount.',
  params: IdParams,
  body: AskMount,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['conflict', 'operation_in_progress'],
  handle: async (call) => operationReply(await attachMount(call.actor, call.params.id, call.body), call, 'Attaching'),
})

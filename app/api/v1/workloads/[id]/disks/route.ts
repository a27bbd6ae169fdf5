import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { attachDisk } from '@/lib/workloads/changes/disks'
import { AskDisk } from '@/lib/workloads/schema'

export const POST = defineRoute({
  permission: 'workloads.write',
  summary: 'Give a volume to a virtual machine as a disk: at once where it runs, and for its next start.',
  params: IdParams,
  body: AskDisk,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['conflict', 'in_use', 'operation_in_progress'],
  handle: async (call) => operationReply(await attachDisk(call.actor, call.params.id, call.body), call, 'Attaching'),
})

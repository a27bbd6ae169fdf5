import { defineRoute } from '@/lib/http/define-route'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { createMachine } from '@/lib/workloads/changes/machines'
import { AskMachine } from '@/lib/workloads/schema'

export const POST = defineRoute({
  permission: 'workloads.write',
  summary: 'Make a virtual machine of libvirt from volumes that are open on its host.',
  body: AskMachine,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['conflict', 'in_use', 'operation_in_progress', 'unsupported'],
  handle: async (call) => operationReply(await createMachine(call.actor, call.body), call, 'Creating'),
})

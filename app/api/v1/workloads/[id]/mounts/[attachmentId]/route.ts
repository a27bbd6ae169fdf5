import { defineRoute } from '@/lib/http/define-route'
import { AttachmentParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { detachMount } from '@/lib/workloads/changes/mounts'
import { AskDetach } from '@/lib/workloads/schema'

export const DELETE = defineRoute({
  permission: 'workloads.write',
  summary: 'Take a mount away from a workload that was given it from here. What lies on the mount stays as it is.',
  params: AttachmentParams,
  query: AskDetach,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['conflict', 'operation_in_progress'],
  handle: async (call) => {
    const { id, attachmentId } = call.params
    return operationReply(await detachMount(call.actor, id, attachmentId, call.query.accept), call, 'Detaching')
  },
})

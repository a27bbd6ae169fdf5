import { defineRoute } from '@/lib/http/define-route'
import { DiskParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { detachDisk } from '@/lib/workloads/changes/disks'

export const DELETE = defineRoute({
  permission: 'workloads.write',
  summary:
    'Take a volume away from a virtual machine, from one that runs and from its next start. The volume stays as it is.',
  params: DiskParams,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['conflict', 'operation_in_progress'],
  handle: async (call) => {
    const { id, volumeId } = call.params
    return operationReply(await detachDisk(call.actor, id, volumeId), call, 'Detaching')
  },
})

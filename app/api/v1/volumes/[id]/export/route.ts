import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { exportVolume } from '@/lib/volumes/changes/export'
import { ExportVolume } from '@/lib/volumes/schema'

export const POST = defineRoute({
  permission: 'volumes.write',
  summary:
    'Write a volume, or a snapshot of it, into a new sparse image below a mount; its size and SHA-256 are in the result.',
  params: IdParams,
  body: ExportVolume,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['operation_in_progress'],
  handle: async (call) => operationReply(await exportVolume(call.actor, call.params.id, call.body), call, 'Export'),
})

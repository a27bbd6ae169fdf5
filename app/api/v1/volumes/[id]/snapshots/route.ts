import { defineRoute } from '@/lib/http/define-route'
import { IdParams, list } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { takeSnapshot } from '@/lib/volumes/changes/work'
import { CreateSnapshot, SnapshotView } from '@/lib/volumes/schema'
import { listSnapshots } from '@/lib/volumes/service'

export const GET = defineRoute({
  permission: 'volumes.read',
  summary: 'List the snapshots of a volume.',
  params: IdParams,
  response: list(SnapshotView),
  handle: async ({ actor, params }) => ({ body: await listSnapshots(actor, params.id) }),
})

export const POST = defineRoute({
  permission: 'volumes.write',
  summary: 'Take a snapshot of a volume.',
  params: IdParams,
  body: CreateSnapshot,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['operation_in_progress'],
  handle: async (call) => {
    const { operation } = await takeSnapshot(call.actor, call.params.id, call.body)
    return operationReply(operation, call, 'Snapshot')
  },
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { OperationAnswer, operationReply } from '@/lib/http/operation-reply'
import { removeWorkload } from '@/lib/workloads/changes/removals'
import { AskRemoval, WorkloadView } from '@/lib/workloads/schema'
import { getWorkload } from '@/lib/workloads/service'

export const GET = defineRoute({
  permission: 'workloads.read',
  summary: 'Get one container or machine with all storage that it has, ours or not.',
  params: IdParams,
  response: single(WorkloadView),
  handle: async ({ actor, params }) => ({ body: { data: await getWorkload(actor, params.id) } }),
})

export const DELETE = defineRoute({
  permission: 'workloads.write',
  summary:
    'Remove a container, or a machine that was made from here, that does not run. Its volumes and what lies on its mounts stay.',
  params: IdParams,
  query: AskRemoval,
  response: OperationAnswer,
  alsoAnswers: { 202: 'It still runs; follow the operation.' },
  mayRefuse: ['conflict', 'operation_in_progress'],
  handle: async (call) =>
    operationReply(await removeWorkload(call.actor, call.params.id, call.query), call, 'Removing'),
})

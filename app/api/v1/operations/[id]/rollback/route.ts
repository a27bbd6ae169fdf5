import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer } from '@/lib/http/operation-reply'
import { rollBack } from '@/lib/rollouts/service'

export const POST = defineRoute({
  permission: 'operations.write',
  summary:
    'Undo a rollout that has stopped: the definition from before is restored, also on the hosts that were reached.',
  params: IdParams,
  response: OperationAnswer,
  handle: async ({ actor, params }) => ({
    body: { data: await rollBack(actor, params.id), message: 'Rolling back' },
  }),
})

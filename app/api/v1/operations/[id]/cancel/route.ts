import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer } from '@/lib/http/operation-reply'
import { cancel } from '@/lib/rollouts/service'

export const POST = defineRoute({
  permission: 'operations.write',
  summary:
    'Cancel an operation that has not begun, or stop a paused rollout for good: changed hosts keep the change, the others keep what they have.',
  params: IdParams,
  response: OperationAnswer,
  handle: async ({ actor, params }) => ({
    body: { data: await cancel(actor, params.id), message: 'Operation cancelled' },
  }),
})

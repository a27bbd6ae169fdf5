import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer } from '@/lib/http/operation-reply'
import { cancel } from '@/lib/rollouts/service'

export const POST = defineRoute({
  permission: 'operations.write',
  summary:
    'Cancel an operation that has not begun, or one that is a job while it runs: its host stops it and takes back what it did. Or stop a paused rollout for good: changed hosts keep the change, the others keep what they have.',
  params: IdParams,
  response: OperationAnswer,
  handle: async ({ actor, params }) => {
    const data = await cancel(actor, params.id)
    return { body: { data, message: data.is_cancelling ? 'Operation is being cancelled' : 'Operation cancelled' } }
  },
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer } from '@/lib/http/operation-reply'
import { cancelOperation } from '@/lib/operations/service'

export const POST = defineRoute({
  permission: 'operations.write',
  summary: 'Cancel an operation that has not begun.',
  params: IdParams,
  response: OperationAnswer,
  handle: async ({ actor, params }) => ({
    body: { data: await cancelOperation(actor, params.id), message: 'Operation cancelled' },
  }),
})

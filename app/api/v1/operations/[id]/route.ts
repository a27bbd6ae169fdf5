import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer } from '@/lib/http/operation-reply'
import { getOperation } from '@/lib/operations/service'

export const GET = defineRoute({
  permission: 'operations.read',
  summary: 'Get one operation with its log. With Prefer: wait=N the answer comes when it has ended.',
  params: IdParams,
  response: OperationAnswer,
  handle: async ({ actor, params, prefer, signal }) => ({
    body: { data: await getOperation(actor, params.id, { waitMs: prefer.waitMs, signal }) },
  }),
})

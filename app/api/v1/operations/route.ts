import { defineRoute } from '@/lib/http/define-route'
import { list } from '@/lib/http/envelope'
import { ListOperations, OperationRow } from '@/lib/operations/schema'
import { listOperations } from '@/lib/operations/service'

export const GET = defineRoute({
  permission: 'operations.read',
  summary: 'List operations, newest first.',
  query: ListOperations,
  response: list(OperationRow),
  handle: async ({ actor, query }) => ({ body: await listOperations(actor, query) }),
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams, list } from '@/lib/http/envelope'
import { ForeignView } from '@/lib/pools/schema'
import { listForeign } from '@/lib/pools/service'

export const GET = defineRoute({
  permission: 'pools.read',
  summary: 'List what lies in a pool that Holdfast did not make: the first 200 per host; total counts all.',
  params: IdParams,
  response: list(ForeignView),
  handle: async ({ actor, params }) => ({ body: await listForeign(actor, params.id) }),
})

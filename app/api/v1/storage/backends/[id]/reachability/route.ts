import { defineRoute } from '@/lib/http/define-route'
import { IdParams, list, NoQuery } from '@/lib/http/envelope'
import { ReachView } from '@/lib/reachability/schema'
import { listReach } from '@/lib/reachability/service'

export const GET = defineRoute({
  permission: 'backends.read',
  summary: 'List how hosts reach a backend, layer by layer, as far as it was checked.',
  params: IdParams,
  query: NoQuery,
  response: list(ReachView),
  handle: async ({ actor, params }) => ({ body: await listReach(actor, params.id) }),
})

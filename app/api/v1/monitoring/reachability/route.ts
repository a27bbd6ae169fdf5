import { defineRoute } from '@/lib/http/define-route'
import { NoQuery, single } from '@/lib/http/envelope'
import { reachMatrixJson } from '@/lib/reachability/matrix'
import { ReachMatrix } from '@/lib/reachability/schema'

export const GET = defineRoute({
  permission: 'monitoring.read',
  summary: 'Show in one compact answer how every host reaches every storage, with the first layer that failed.',
  query: NoQuery,
  response: single(ReachMatrix),
  handle: async ({ actor }) => ({ json: await reachMatrixJson(actor) }),
})

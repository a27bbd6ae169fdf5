import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { WhatIfQuery, WhatIfView } from '@/lib/monitoring/schema'
import { poolWhatIf } from '@/lib/pools/service'

export const GET = defineRoute({
  permission: 'pools.read',
  summary:
    'Get when a pool will be full, as it goes and if it were larger, if more were put in, or if it grew by more each day.',
  params: IdParams,
  query: WhatIfQuery,
  response: single(WhatIfView),
  handle: async ({ actor, params, query }) => ({ body: { data: await poolWhatIf(actor, params.id, query) } }),
})

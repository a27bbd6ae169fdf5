import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { WhatIfQuery, WhatIfView } from '@/lib/monitoring/schema'
import { backendWhatIf } from '@/lib/monitoring/service'

export const GET = defineRoute({
  permission: 'backends.read',
  summary:
    'Get when a storage backend will be full, as it goes and if it were larger, if more were put in, or if it grew by more each day.',
  params: IdParams,
  query: WhatIfQuery,
  response: single(WhatIfView),
  handle: async ({ actor, params, query }) => ({ body: { data: await backendWhatIf(actor, params.id, query) } }),
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { BackendMetrics, MetricsQuery } from '@/lib/monitoring/schema'
import { backendMetrics } from '@/lib/monitoring/service'

export const GET = defineRoute({
  permission: 'backends.read',
  summary:
    'Get the capacity of a storage backend over time, and when it will be full. Where each host has its own content, that of one host.',
  params: IdParams,
  query: MetricsQuery,
  response: single(BackendMetrics),
  handle: async ({ actor, params, query }) => ({ body: { data: await backendMetrics(actor, params.id, query) } }),
})

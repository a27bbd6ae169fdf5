import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { MetricsQuery, MountMetrics } from '@/lib/monitoring/schema'
import { mountMetrics } from '@/lib/monitoring/service'

export const GET = defineRoute({
  permission: 'mounts.read',
  summary:
    'Get the capacity of the storage behind a mount over time, and when it will be full. Where each host has its own content, that of one host.',
  params: IdParams,
  query: MetricsQuery,
  response: single(MountMetrics),
  handle: async ({ actor, params, query }) => ({ body: { data: await mountMetrics(actor, params.id, query) } }),
})

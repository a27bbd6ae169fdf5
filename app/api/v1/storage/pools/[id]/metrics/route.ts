import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { MetricsQuery } from '@/lib/monitoring/schema'
import { PoolMetrics } from '@/lib/pools/schema'
import { poolMetrics } from '@/lib/pools/service'

export const GET = defineRoute({
  permission: 'pools.read',
  summary:
    'Get the figures of a pool: capacity, what is promised from it, what volumes take; history has the capacity over time and when it will be full.',
  params: IdParams,
  query: MetricsQuery,
  response: single(PoolMetrics),
  handle: async ({ actor, params, query }) => ({ body: { data: await poolMetrics(actor, params.id, query) } }),
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { PoolMetrics } from '@/lib/pools/schema'
import { poolMetrics } from '@/lib/pools/service'

export const GET = defineRoute({
  permission: 'pools.read',
  summary: 'Get the figures of a pool as they are now: capacity, what is promised from it, what volumes take.',
  params: IdParams,
  response: single(PoolMetrics),
  handle: async ({ actor, params }) => ({ body: { data: await poolMetrics(actor, params.id) } }),
})

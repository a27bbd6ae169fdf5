import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { PoolSummary } from '@/lib/pools/schema'
import { poolSummary } from '@/lib/pools/summary'

export const GET = defineRoute({
  permission: 'pools.read',
  summary: 'Get the figures of all pools together: capacity, what is promised from it, how many volumes there are.',
  response: single(PoolSummary),
  handle: async ({ actor }) => ({ body: { data: await poolSummary(actor) } }),
})

import { defineRoute } from '@/lib/http/define-route'
import { list } from '@/lib/http/envelope'
import { TrendsQuery, TrendView } from '@/lib/monitoring/schema'
import { listTrends } from '@/lib/monitoring/trends'

export const GET = defineRoute({
  permission: 'monitoring.read',
  summary: 'List how full each storage was on each of the last 30 days, how it grows, and when it will be full.',
  query: TrendsQuery,
  response: list(TrendView),
  handle: async ({ actor, query }) => {
    const data = await listTrends(actor, query)
    return { body: { data, total: data.length } }
  },
})

import { z } from 'zod'
import { defineRoute } from '@/lib/http/define-route'
import { CONTENT_TYPE } from '@/lib/monitoring/exposition/exposition'
import { METRIC_EXTRAS, metricsText } from '@/lib/monitoring/exposition/service'

export const GET = defineRoute({
  permission: 'metrics.read',
  summary:
    'Hosts, backends, mounts, pools, operations and controllers in figures, for Prometheus, which finds it at /metrics too.',
  query: z.strictObject({
    /** `speed`: also how fast each mount is on each host. */
    with: z.enum(METRIC_EXTRAS).optional(),
  }),
  response: z.string(),
  mediaType: 'text/plain',
  handle: async ({ actor, query }) =>
    new Response(await metricsText(actor, query.with), {
      headers: { 'Content-Type': CONTENT_TYPE, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' },
    }),
})

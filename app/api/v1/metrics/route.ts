import { z } from 'zod'
import { defineRoute } from '@/lib/http/define-route'
import { CONTENT_TYPE } from '@/lib/monitoring/exposition/exposition'
import { metricsText } from '@/lib/monitoring/exposition/service'

export const GET = defineRoute({
  permission: 'metrics.read',
  summary:
    'Hosts, backends, mounts, pools, operations and controllers in figures, for Prometheus, which finds it at /metrics too.',
  response: z.string(),
  mediaType: 'text/plain',
  handle: async ({ actor }) =>
    new Response(await metricsText(actor), {
      headers: { 'Content-Type': CONTENT_TYPE, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' },
    }),
})

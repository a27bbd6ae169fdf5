import { AlertSummary } from '@/lib/alerts/schema'
import { summarize } from '@/lib/alerts/service'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'attention.read',
  summary: 'Count the alerts that need somebody, with the worst few of them.',
  response: single(AlertSummary),
  handle: async ({ actor }) => ({ body: { data: await summarize(actor) } }),
})

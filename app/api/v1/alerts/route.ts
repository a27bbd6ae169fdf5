import { AlertView, ListAlerts } from '@/lib/alerts/schema'
import { listAlerts } from '@/lib/alerts/service'
import { defineRoute } from '@/lib/http/define-route'
import { list } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'attention.read',
  summary: 'List alerts, newest first: what is wrong and has lasted, and what was.',
  query: ListAlerts,
  response: list(AlertView),
  handle: async ({ actor, query }) => ({ body: await listAlerts(actor, query) }),
})

import { AlertDetail } from '@/lib/alerts/schema'
import { getAlert } from '@/lib/alerts/service'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'attention.read',
  summary: 'An alert, with what became of it and what people did.',
  params: IdParams,
  response: single(AlertDetail),
  handle: async ({ actor, params }) => ({ body: { data: await getAlert(actor, params.id) } }),
})

import { AlertDetail, Silence } from '@/lib/alerts/schema'
import { silenceAlert } from '@/lib/alerts/service'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'

export const POST = defineRoute({
  permission: 'attention.write',
  summary: 'Silence an alert for everybody until a time, whatever becomes of it.',
  params: IdParams,
  body: Silence,
  response: single(AlertDetail),
  handle: async ({ actor, params, body }) => ({ body: { data: await silenceAlert(actor, params.id, body) } }),
})

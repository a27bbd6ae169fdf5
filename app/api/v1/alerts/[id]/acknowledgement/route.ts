import { AlertDetail } from '@/lib/alerts/schema'
import { acknowledgeAlert, unacknowledgeAlert } from '@/lib/alerts/service'
import { Acknowledge } from '@/lib/attention/schema'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'

export const POST = defineRoute({
  permission: 'attention.write',
  summary: 'Acknowledge an alert for everybody: it is quiet until it gets worse, or is over.',
  params: IdParams,
  body: Acknowledge.omit({ until: true }),
  response: single(AlertDetail),
  handle: async ({ actor, params, body }) => ({ body: { data: await acknowledgeAlert(actor, params.id, body) } }),
})

export const DELETE = defineRoute({
  permission: 'attention.write',
  summary: 'Take the acknowledgement or the silence of an alert back.',
  params: IdParams,
  response: single(AlertDetail),
  handle: async ({ actor, params }) => ({ body: { data: await unacknowledgeAlert(actor, params.id) } }),
})

import { Acknowledge, CauseView } from '@/lib/attention/schema'
import { acknowledge, unacknowledge } from '@/lib/attention/service'
import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'

export const POST = defineRoute({
  permission: 'attention.write',
  summary: 'Acknowledge a cause for everybody: it leaves the count of problems until it gets worse or comes back.',
  params: IdParams,
  body: Acknowledge,
  response: single(CauseView),
  handle: async ({ actor, params, body }) => ({ body: { data: await acknowledge(actor, params.id, body) } }),
})

export const DELETE = defineRoute({
  permission: 'attention.write',
  summary: 'Take the acknowledgement of a cause back.',
  params: IdParams,
  response: single(Deleted),
  handle: async ({ actor, params: { id } }) => {
    await unacknowledge(actor, id)
    return { body: { data: { id } } }
  },
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams, list } from '@/lib/http/envelope'
import { listDeliveries } from '@/lib/notifiers/delivery-service'
import { DeliveryView, ListDeliveries } from '@/lib/notifiers/schema'

export const GET = defineRoute({
  permission: 'notifiers.read',
  summary: 'List the messages of a notifier, newest first: sent, waiting, given up or not needed any more.',
  params: IdParams,
  query: ListDeliveries,
  response: list(DeliveryView),
  handle: async ({ actor, params, query }) => ({ body: await listDeliveries(actor, params.id, query) }),
})

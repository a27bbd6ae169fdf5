import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { testNotifier } from '@/lib/notifiers/delivery-service'
import { DeliveryView } from '@/lib/notifiers/schema'

const WAIT_MS = 30_000

export const POST = defineRoute({
  permission: 'notifiers.write',
  summary:
    'Send a test message by a notifier, also by one that is switched off, and answer what the receiver said. Waits up to 30 s unless Prefer says otherwise; a message that still waits then is in the list of deliveries.',
  params: IdParams,
  response: single(DeliveryView),
  handle: async ({ actor, params, prefer, signal }) => {
    const waitMs = prefer.isAsync ? 0 : (prefer.waitMs ?? WAIT_MS)
    return { body: { data: await testNotifier(actor, params.id, { waitMs, signal }) } }
  },
})

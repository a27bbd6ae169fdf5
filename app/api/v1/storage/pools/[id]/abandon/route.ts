import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { abandonPool } from '@/lib/pools/changes/abandon'
import { AbandonedView, AbandonPool } from '@/lib/pools/schema'

export const POST = defineRoute({
  permission: 'pools.abandon',
  summary:
    'Forget a pool with its volumes because its storage is gone for good, or its part on hosts that were revoked. Nothing on a storage is touched.',
  params: IdParams,
  body: AbandonPool,
  response: single(AbandonedView.omit({ message: true })),
  mayRefuse: ['operation_in_progress'],
  handle: async ({ actor, params, body }) => {
    const { message, ...data } = await abandonPool(actor, params.id, body)
    return { body: { data, message } }
  },
})

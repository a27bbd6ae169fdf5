import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { removePasskey } from '@/lib/users/passkeys'
import { RemoveFactor } from '@/lib/users/second-factor-schema'

export const DELETE = defineRoute({
  permission: 'account.own',
  summary: 'Remove one of your own passkeys, with your password or a code.',
  params: IdParams,
  body: RemoveFactor,
  response: single(Deleted),
  mayRefuse: ['rate_limited'],
  handle: async ({ actor, params, body }) => {
    await removePasskey(actor, params.id, body)
    return { body: { data: { id: params.id }, message: 'The passkey lets nobody in any more.' } }
  },
})

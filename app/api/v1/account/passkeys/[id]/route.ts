import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { removePasskey } from '@/lib/users/passkeys'

export const DELETE = defineRoute({
  permission: 'account.own',
  summary: 'Remove one of your own passkeys.',
  params: IdParams,
  response: single(Deleted),
  handle: async ({ actor, params }) => {
    await removePasskey(actor, params.id)
    return { body: { data: { id: params.id }, message: 'The passkey lets nobody in any more.' } }
  },
})

import { revokeOwnSession } from '@/lib/auth/sessions'
import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'

export const DELETE = defineRoute({
  permission: 'account.own',
  summary: 'End one of your own sessions.',
  params: IdParams,
  response: single(Deleted),
  handle: async ({ actor, params }) => {
    await revokeOwnSession(actor, params.id)
    return { body: { data: { id: params.id }, message: 'Session ended' } }
  },
})

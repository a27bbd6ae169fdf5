import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { resetSecondFactor } from '@/lib/users/second-factor'

export const POST = defineRoute({
  permission: 'users.admin',
  summary: 'Take codes and passkeys of a user away, who has lost them. Their sessions end.',
  params: IdParams,
  response: single(Deleted),
  handle: async ({ actor, params }) => {
    await resetSecondFactor(actor, params.id)
    return { body: { data: { id: params.id }, message: 'The password alone lets this user in again.' } }
  },
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { TokenView } from '@/lib/users/schema'
import { revokeToken } from '@/lib/users/tokens'

export const DELETE = defineRoute({
  permission: 'tokens.admin',
  summary: 'Revoke an API token.',
  params: IdParams,
  response: single(TokenView),
  handle: async ({ actor, params }) => ({
    body: { data: await revokeToken(actor, params.id), message: 'Token revoked' },
  }),
})

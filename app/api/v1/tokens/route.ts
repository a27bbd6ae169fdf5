import { defineRoute } from '@/lib/http/define-route'
import { list, NoQuery, single } from '@/lib/http/envelope'
import { CreateToken, NewToken, TokenView } from '@/lib/users/schema'
import { createToken, listTokens } from '@/lib/users/tokens'

export const GET = defineRoute({
  permission: 'tokens.admin',
  summary: 'List API tokens.',
  query: NoQuery,
  response: list(TokenView),
  handle: async ({ actor }) => ({ body: await listTokens(actor) }),
})

export const POST = defineRoute({
  permission: 'tokens.admin',
  summary: 'Create an API token; the answer shows it once.',
  body: CreateToken,
  response: single(NewToken),
  status: 201,
  hasSecretAnswer: true,
  handle: async ({ actor, body }) => ({
    body: { data: await createToken(actor, body), message: 'Token created. It is shown only this once.' },
  }),
})

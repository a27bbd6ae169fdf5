import { setUp } from '@/lib/auth/setup'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { SetUp, UserView } from '@/lib/users/schema'

export const POST = defineRoute({
  permission: 'public',
  summary: 'Make the first administrator, with the one-time setup link.',
  body: SetUp,
  response: single(UserView),
  status: 201,
  mayRefuse: ['rate_limited'],
  handle: async ({ actor, body }) => ({
    body: { data: await setUp(actor, body), message: 'The first administrator was made. You can sign in now.' },
  }),
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { runtime } from '@/lib/http/runtime'
import { createResetLink } from '@/lib/users/password-reset'
import { ResetLink } from '@/lib/users/schema'

export const POST = defineRoute({
  permission: 'users.admin',
  summary: 'Make a link with which a user sets a new password, once, within 24 hours. It ends the link before it.',
  params: IdParams,
  response: single(ResetLink),
  status: 201,
  hasSecretAnswer: true,
  handle: async ({ actor, params }) => {
    const { env } = await runtime()
    return { body: { data: await createResetLink(actor, params.id, env), message: 'The link is shown this once.' } }
  },
})

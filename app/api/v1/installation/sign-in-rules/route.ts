import { getSignInRules, setSignInRules } from '@/lib/auth/sign-in-rules'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { SignInRules } from '@/lib/users/second-factor-schema'

export const GET = defineRoute({
  permission: 'users.admin',
  summary: 'Of whom a second factor is required.',
  response: single(SignInRules),
  handle: async ({ actor }) => ({ body: { data: await getSignInRules(actor) } }),
})

export const PATCH = defineRoute({
  permission: 'users.admin',
  summary: 'Require a second factor of administrators or of everyone who signs in with a password here.',
  body: SignInRules,
  response: single(SignInRules),
  handle: async ({ actor, body }) => ({ body: { data: await setSignInRules(actor, body) } }),
})

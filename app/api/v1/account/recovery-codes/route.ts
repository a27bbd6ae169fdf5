import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { renewRecoveryCodes } from '@/lib/users/second-factor'
import { PasswordAgain, RecoveryCodes } from '@/lib/users/second-factor-schema'

export const POST = defineRoute({
  permission: 'account.own',
  summary: 'Make ten new recovery codes for yourself; the earlier ones end.',
  body: PasswordAgain,
  response: single(RecoveryCodes),
  hasSecretAnswer: true,
  mayRefuse: ['rate_limited'],
  handle: async ({ actor, body }) => ({
    body: { data: await renewRecoveryCodes(actor, body), message: 'The recovery codes are shown this once.' },
  }),
})

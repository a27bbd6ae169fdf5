import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { PasskeyOptions } from '@/lib/users/passkey-schema'
import { beginPasskey } from '@/lib/users/passkeys'
import { PasswordAgain } from '@/lib/users/second-factor-schema'

export const POST = defineRoute({
  permission: 'account.own',
  summary: 'What a browser needs to have a device make a passkey for you; good for five minutes.',
  body: PasswordAgain,
  response: single(PasskeyOptions),
  hasSecretAnswer: true,
  mayRefuse: ['rate_limited'],
  handle: async ({ actor, body }) => ({ body: { data: { ...(await beginPasskey(actor, body)) } } }),
})

import { passkeyOptions } from '@/lib/auth/passkey-sign-in'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { PasskeyOptions } from '@/lib/users/passkey-schema'

export const POST = defineRoute({
  permission: 'public',
  summary: 'What a browser needs to sign in with a passkey; good for five minutes, once.',
  response: single(PasskeyOptions),
  handle: async () => ({ body: { data: { ...(await passkeyOptions()) } } }),
})

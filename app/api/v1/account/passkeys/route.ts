import { defineRoute } from '@/lib/http/define-route'
import { list, NoQuery, single } from '@/lib/http/envelope'
import { PasskeyView, RegisterPasskey } from '@/lib/users/passkey-schema'
import { listOwnPasskeys, registerPasskey } from '@/lib/users/passkeys'

export const GET = defineRoute({
  permission: 'account.own',
  summary: 'List your own passkeys.',
  query: NoQuery,
  response: list(PasskeyView),
  handle: async ({ actor }) => ({ body: await listOwnPasskeys(actor) }),
})

export const POST = defineRoute({
  permission: 'account.own',
  summary: 'Keep a passkey that a device has made for you.',
  body: RegisterPasskey,
  response: single(PasskeyView),
  status: 201,
  handle: async ({ actor, body }) => ({
    body: { data: await registerPasskey(actor, body), message: 'The passkey lets you in without a password.' },
  }),
})

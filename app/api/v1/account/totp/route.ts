import { defineRoute } from '@/lib/http/define-route'
import { Deleted, single } from '@/lib/http/envelope'
import { beginTotp, removeTotp } from '@/lib/users/second-factor'
import { PasswordAgain, RemoveFactor, TotpSetup } from '@/lib/users/second-factor-schema'

export const POST = defineRoute({
  permission: 'account.own',
  summary: 'Begin to set up one-time codes (TOTP) for yourself; they are asked for once a first one is confirmed.',
  body: PasswordAgain,
  response: single(TotpSetup),
  hasSecretAnswer: true,
  mayRefuse: ['rate_limited'],
  handle: async ({ actor, body }) => ({
    body: { data: await beginTotp(actor, body), message: 'The secret is shown this once.' },
  }),
})

export const DELETE = defineRoute({
  permission: 'account.own',
  summary: 'Remove your own one-time codes, with your password or a code.',
  body: RemoveFactor,
  response: single(Deleted),
  mayRefuse: ['rate_limited'],
  handle: async ({ actor, body }) => {
    await removeTotp(actor, body)
    return { body: { data: { id: actor.id }, message: 'Codes are not asked for any more.' } }
  },
})

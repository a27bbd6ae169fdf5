import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { confirmTotp } from '@/lib/users/second-factor'
import { ConfirmTotp, RecoveryCodes } from '@/lib/users/second-factor-schema'

export const POST = defineRoute({
  permission: 'account.own',
  summary: 'Confirm a first one-time code; from then on codes are asked for at sign-in. Your other sessions end.',
  body: ConfirmTotp,
  response: single(RecoveryCodes),
  hasSecretAnswer: true,
  handle: async ({ actor, body }) => ({
    body: { data: await confirmTotp(actor, body), message: 'The recovery codes are shown this once.' },
  }),
})

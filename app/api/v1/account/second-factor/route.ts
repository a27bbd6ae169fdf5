import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { ownSecondFactor } from '@/lib/users/second-factor'
import { SecondFactorView } from '@/lib/users/second-factor-schema'

export const GET = defineRoute({
  permission: 'account.own',
  summary: 'Your own second factor.',
  response: single(SecondFactorView),
  handle: async ({ actor }) => ({ body: { data: await ownSecondFactor(actor) } }),
})

import { accountOf } from '@/lib/auth/account'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { AccountView } from '@/lib/users/schema'

export const GET = defineRoute({
  permission: 'account.own',
  summary: 'Who the caller is and what they may do.',
  response: single(AccountView),
  handle: async ({ actor }) => ({ body: { data: accountOf(actor) } }),
})

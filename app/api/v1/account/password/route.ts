import { defineRoute } from '@/lib/http/define-route'
import { Deleted, single } from '@/lib/http/envelope'
import { ChangePassword } from '@/lib/users/schema'
import { changeOwnPassword } from '@/lib/users/service'

export const POST = defineRoute({
  permission: 'account.own',
  summary: 'Change your own password; your other sessions end.',
  body: ChangePassword,
  response: single(Deleted),
  mayRefuse: ['rate_limited'],
  handle: async ({ actor, body }) => {
    await changeOwnPassword(actor, body)
    return { body: { data: { id: actor.id }, message: 'Password changed. Your other sessions have ended.' } }
  },
})

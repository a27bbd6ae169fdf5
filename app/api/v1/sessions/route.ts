import { listOwnSessions } from '@/lib/auth/sessions'
import { defineRoute } from '@/lib/http/define-route'
import { list, NoQuery } from '@/lib/http/envelope'
import { SessionView } from '@/lib/users/schema'

export const GET = defineRoute({
  permission: 'account.own',
  summary: 'List your own sessions.',
  query: NoQuery,
  response: list(SessionView),
  handle: async ({ actor }) => {
    const data = await listOwnSessions(actor)
    return { body: { data, total: data.length } }
  },
})

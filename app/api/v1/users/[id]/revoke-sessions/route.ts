import { z } from 'zod'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { revokeUserSessions } from '@/lib/users/service'

export const POST = defineRoute({
  permission: 'users.admin',
  summary: 'End all sessions of a user.',
  params: IdParams,
  response: single(z.object({ revoked: z.int() })),
  handle: async ({ actor, params }) => ({ body: { data: await revokeUserSessions(actor, params.id) } }),
})

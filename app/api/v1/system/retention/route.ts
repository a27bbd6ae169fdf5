import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { RetentionQuery, RetentionView, UpdateRetention } from '@/lib/retention/schema'
import { getRetention, updateRetention } from '@/lib/retention/service'

export const GET = defineRoute({
  permission: 'system.admin',
  summary: 'How long history is kept and how much is stored; with days in the query, what would be deleted with those.',
  query: RetentionQuery,
  response: single(RetentionView),
  handle: async ({ actor, query }) => ({ body: { data: await getRetention(actor, query) } }),
})

export const PATCH = defineRoute({
  permission: 'system.admin',
  summary: 'Change how long history is kept. What is older is deleted within about an hour, and does not come back.',
  body: UpdateRetention,
  response: single(RetentionView),
  handle: async ({ actor, body }) => ({ body: { data: await updateRetention(actor, body) } }),
})

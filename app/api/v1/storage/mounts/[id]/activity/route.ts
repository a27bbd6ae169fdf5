import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { ActivityQuery, MountActivity } from '@/lib/monitoring/activity/schema'
import { mountActivity } from '@/lib/monitoring/activity/service'

export const GET = defineRoute({
  permission: 'mounts.read',
  summary:
    'Get how fast a mount was over time on one of its hosts: how long looks at the storage took, and what was read and written.',
  params: IdParams,
  query: ActivityQuery,
  response: single(MountActivity),
  handle: async ({ actor, params, query }) => ({ body: { data: await mountActivity(actor, params.id, query) } }),
})

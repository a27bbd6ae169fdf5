import { defineRoute } from '@/lib/http/define-route'
import { IdParams, list } from '@/lib/http/envelope'
import { hostHistory } from '@/lib/mounts/history'
import { HostHistoryQuery, MountEventView } from '@/lib/mounts/schema'

export const GET = defineRoute({
  permission: 'mounts.read',
  summary: 'What was seen of the mounts on a host, newest first.',
  params: IdParams,
  query: HostHistoryQuery,
  response: list(MountEventView),
  handle: async ({ actor, params, query }) => ({ body: await hostHistory(actor, params.id, query) }),
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams, list } from '@/lib/http/envelope'
import { mountHistory } from '@/lib/mounts/history'
import { MountEventView, MountHistoryQuery } from '@/lib/mounts/schema'

export const GET = defineRoute({
  permission: 'mounts.read',
  summary: 'What was seen of a mount on its hosts, newest first.',
  params: IdParams,
  query: MountHistoryQuery,
  response: list(MountEventView),
  handle: async ({ actor, params, query }) => ({ body: await mountHistory(actor, params.id, query) }),
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { mountConsumers } from '@/lib/mounts/consumers'
import { MountConsumersQuery, MountConsumersView } from '@/lib/mounts/schema'

export const GET = defineRoute({
  permission: 'mounts.read',
  summary: 'Ask a host who uses a mount there now: processes, and their container or virtual machine.',
  params: IdParams,
  query: MountConsumersQuery,
  response: single(MountConsumersView),
  handle: async ({ actor, params, query, signal }) => ({
    body: { data: await mountConsumers(actor, params.id, query, signal) },
  }),
})

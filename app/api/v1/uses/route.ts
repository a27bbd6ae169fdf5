import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { AskUses, UsesView } from '@/lib/uses/schema'
import { usesOf } from '@/lib/uses/service'

export const GET = defineRoute({
  permission: 'api.read',
  summary: 'What something needs and what needs it: storages, mounts, pools, volumes, containers and machines.',
  query: AskUses,
  mayRefuse: ['not_found'],
  response: single(UsesView),
  handle: async ({ actor, query }) => ({ body: { data: await usesOf(actor, query) } }),
})

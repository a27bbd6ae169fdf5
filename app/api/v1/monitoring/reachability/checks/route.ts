import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { AskChecks, AskedView } from '@/lib/reachability/schema'
import { askChecks } from '@/lib/reachability/service'

export const POST = defineRoute({
  permission: 'backends.test',
  summary: 'Check from some hosts, or from all, how they reach some storages, or all. Nothing is written to a storage.',
  body: AskChecks,
  response: single(AskedView),
  status: 202,
  handle: async ({ actor, body }) => ({ body: { data: { checks: await askChecks(actor, body) } } }),
})

import { defineRoute } from '@/lib/http/define-route'
import { LeaseParams, single } from '@/lib/http/envelope'
import { heartbeat } from '@/lib/repositories/leases'
import { Heartbeat, LeaseView } from '@/lib/repositories/schema'

export const POST = defineRoute({
  permission: 'repositories.lease',
  summary: 'Say that the program still works, and what it will still write.',
  params: LeaseParams,
  body: Heartbeat,
  response: single(LeaseView),
  handle: async ({ actor, params, body }) => ({
    body: { data: await heartbeat(actor, params.id, params.leaseId, body) },
  }),
})

import { defineRoute } from '@/lib/http/define-route'
import { LeaseParams, single } from '@/lib/http/envelope'
import { finishLease } from '@/lib/repositories/leases'
import { FinishLease, LeaseView } from '@/lib/repositories/schema'

export const POST = defineRoute({
  permission: 'repositories.lease',
  summary: 'Say that the program has finished, well or not.',
  params: LeaseParams,
  body: FinishLease,
  response: single(LeaseView),
  handle: async ({ actor, params, body }) => ({
    body: { data: await finishLease(actor, params.id, params.leaseId, body), message: 'Lease finished' },
  }),
})

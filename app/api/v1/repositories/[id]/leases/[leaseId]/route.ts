import { defineRoute } from '@/lib/http/define-route'
import { LeaseParams, single } from '@/lib/http/envelope'
import { endLeaseByForce } from '@/lib/repositories/leases'
import { LeaseView } from '@/lib/repositories/schema'

export const DELETE = defineRoute({
  permission: 'repositories.admin',
  summary: 'End the lease of a program that is dead, so that the repository can be unmounted.',
  params: LeaseParams,
  response: single(LeaseView),
  handle: async ({ actor, params }) => ({
    body: { data: await endLeaseByForce(actor, params.id, params.leaseId), message: 'Lease ended' },
  }),
})

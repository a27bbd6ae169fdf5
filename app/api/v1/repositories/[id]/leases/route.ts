import { defineRoute } from '@/lib/http/define-route'
import { IdParams, list, single } from '@/lib/http/envelope'
import { listLeases, startLease } from '@/lib/repositories/leases'
import { LeaseView, ListLeases, StartLease } from '@/lib/repositories/schema'

export const GET = defineRoute({
  permission: 'repositories.read',
  summary: 'List backup programs that work or have worked in a repository, newest first.',
  params: IdParams,
  query: ListLeases,
  response: list(LeaseView),
  handle: async ({ actor, params, query }) => ({ body: await listLeases(actor, params.id, query) }),
})

export const POST = defineRoute({
  permission: 'repositories.lease',
  summary: 'Say that a backup program begins to work in a repository, so that nobody unmounts it meanwhile.',
  params: IdParams,
  body: StartLease,
  response: single(LeaseView),
  status: 201,
  handle: async ({ actor, params, body }) => {
    const data = await startLease(actor, params.id, body)
    return { body: { data }, location: `/api/v1/repositories/${params.id}/leases/${data.id}` }
  },
})

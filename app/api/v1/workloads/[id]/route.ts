import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { WorkloadView } from '@/lib/workloads/schema'
import { getWorkload } from '@/lib/workloads/service'

export const GET = defineRoute({
  permission: 'workloads.read',
  summary: 'Get one container or machine with all storage that it has, ours or not.',
  params: IdParams,
  response: single(WorkloadView),
  handle: async ({ actor, params }) => ({ body: { data: await getWorkload(actor, params.id) } }),
})

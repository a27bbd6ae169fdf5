import { defineRoute } from '@/lib/http/define-route'
import { list } from '@/lib/http/envelope'
import { ListWorkloads, WorkloadRow } from '@/lib/workloads/schema'
import { listWorkloads } from '@/lib/workloads/service'

export const GET = defineRoute({
  permission: 'workloads.read',
  summary: 'List the containers and machines of all hosts, with what storage of ours they use.',
  query: ListWorkloads,
  response: list(WorkloadRow),
  handle: async ({ actor, query }) => ({ body: await listWorkloads(actor, query) }),
})

import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { planDisk } from '@/lib/workloads/changes/disks'
import { AskDisk, DiskPlan } from '@/lib/workloads/schema'

export const GET = defineRoute({
  permission: 'workloads.write',
  summary: 'Get what giving a volume to a virtual machine would do, word for word. Nothing is changed.',
  params: IdParams,
  query: AskDisk,
  response: single(DiskPlan),
  mayRefuse: ['conflict', 'in_use', 'operation_in_progress'],
  handle: async ({ actor, params, query }) => ({ body: { data: await planDisk(actor, params.id, query) } }),
})

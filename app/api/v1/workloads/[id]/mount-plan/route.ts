import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { planMount } from '@/lib/workloads/changes/mounts'
import { AskMount, MountPlan } from '@/lib/workloads/schema'

export const GET = defineRoute({
  permission: 'workloads.write',
  summary:
    'Get what giving a mount to a workload would do, asked of its host, with what would be lost. Nothing is changed.',
  params: IdParams,
  query: AskMount.omit({ accept: true }),
  response: single(MountPlan),
  mayRefuse: ['conflict', 'unsupported'],
  handle: async ({ actor, params, query, signal }) => ({
    body: { data: await planMount(actor, params.id, query, signal) },
  }),
})

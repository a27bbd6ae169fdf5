import { defineRoute } from '@/lib/http/define-route'
import { AttachmentParams, single } from '@/lib/http/envelope'
import { planDetach } from '@/lib/workloads/changes/mounts'
import { MountPlan } from '@/lib/workloads/schema'

export const GET = defineRoute({
  permission: 'workloads.write',
  summary: 'Get what taking a mount away from a workload would do, asked of its host. Nothing is changed.',
  params: AttachmentParams,
  response: single(MountPlan),
  mayRefuse: ['conflict', 'unsupported'],
  handle: async ({ actor, params, signal }) => ({
    body: { data: await planDetach(actor, params.id, params.attachmentId, signal) },
  }),
})

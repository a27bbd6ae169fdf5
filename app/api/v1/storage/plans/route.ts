import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { PlanRequest, PlanView } from '@/lib/plans/schema'
import { makePlan } from '@/lib/plans/service'

export const POST = defineRoute({
  permission: 'mounts.read',
  summary: 'What a change would do on every host, without making it. Needs the permission of the change itself.',
  body: PlanRequest,
  response: single(PlanView),
  handle: async ({ actor, body, signal }) => ({ body: { data: await makePlan(actor, body, signal) } }),
})

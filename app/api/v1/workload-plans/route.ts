import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { planContainer } from '@/lib/workloads/changes/containers'
import { AskContainer, ContainerPlan } from '@/lib/workloads/schema'

export const POST = defineRoute({
  permission: 'workloads.write',
  summary: 'Get what making a container would do, asked of its host, with what is in the way. Nothing is changed.',
  body: AskContainer,
  response: single(ContainerPlan),
  mayRefuse: ['unsupported'],
  handle: async ({ actor, body, signal }) => ({ body: { data: await planContainer(actor, body, signal) } }),
})

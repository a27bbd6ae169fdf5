import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { planMachine } from '@/lib/workloads/changes/machines'
import { AskMachine, MachinePlan } from '@/lib/workloads/schema'

export const POST = defineRoute({
  permission: 'workloads.write',
  summary:
    'Get what making a virtual machine would do, asked of its host, with what is in the way. Nothing is changed.',
  body: AskMachine,
  response: single(MachinePlan),
  mayRefuse: ['conflict', 'in_use', 'operation_in_progress', 'unsupported'],
  handle: async ({ actor, body, signal }) => ({ body: { data: await planMachine(actor, body, signal) } }),
})

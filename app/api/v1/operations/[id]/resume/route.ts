import { defineRoute } from '@/lib/http/define-route'
import { IdParams } from '@/lib/http/envelope'
import { OperationAnswer } from '@/lib/http/operation-reply'
import { ResumeRollout } from '@/lib/rollouts/schema'
import { resumeRollout } from '@/lib/rollouts/service'

export const POST = defineRoute({
  permission: 'operations.write',
  summary:
    'Go on with a rollout that has stopped: try its failed hosts again first, or leave them and begin the next wave.',
  params: IdParams,
  body: ResumeRollout,
  response: OperationAnswer,
  handle: async ({ actor, params, body }) => ({
    body: { data: await resumeRollout(actor, params.id, body), message: 'Rollout resumed' },
  }),
})

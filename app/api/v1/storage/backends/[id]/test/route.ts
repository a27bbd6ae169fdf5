import { TestSavedBackend } from '@/lib/backends/schema'
import { TestOrOperation } from '@/lib/backends/test-answer'
import { testSavedBackend } from '@/lib/backends/test-service'
import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { testReply } from '@/lib/http/test-reply'

export const POST = defineRoute({
  permission: 'backends.test',
  summary: 'Test a saved backend and keep the outcome as its status. Waits up to 30 s unless Prefer says otherwise.',
  params: IdParams,
  body: TestSavedBackend,
  response: single(TestOrOperation),
  alsoAnswers: { 202: 'The test still runs; follow the operation.' },
  handle: async (call) => testReply(await testSavedBackend(call.actor, call.params.id, call.body.host_id), call),
})

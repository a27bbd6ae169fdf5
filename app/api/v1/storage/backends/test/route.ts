import { TestBackend } from '@/lib/backends/schema'
import { TestOrOperation } from '@/lib/backends/test-answer'
import { testUnsavedBackend } from '@/lib/backends/test-service'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { testReply } from '@/lib/http/test-reply'

export const POST = defineRoute({
  permission: 'backends.test',
  summary:
    'Test a backend without saving it. A saved one named by backend_id lends its secrets, to go where they were entered for. Waits up to 30 s; with Prefer: respond-async the operation comes back at once.',
  body: TestBackend,
  response: single(TestOrOperation),
  alsoAnswers: { 202: 'The test still runs; follow the operation.' },
  handle: async (call) => testReply(await testUnsavedBackend(call.actor, call.body), call),
})

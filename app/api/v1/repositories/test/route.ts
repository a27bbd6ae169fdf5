import { TestBackend } from '@/lib/backends/schema'
import { TestOrOperation } from '@/lib/backends/test-answer'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { testReply } from '@/lib/http/test-reply'
import { testRepository } from '@/lib/repositories/changes/create'

export const POST = defineRoute({
  permission: 'backends.test',
  summary:
    'Test a storage for backups without saving it: it is mounted, written, read back, measured and unmounted. Waits up to 30 s; with Prefer: respond-async the operation comes back at once.',
  body: TestBackend,
  response: single(TestOrOperation),
  alsoAnswers: { 202: 'The test still runs; follow the operation.' },
  handle: async (call) => testReply(await testRepository(call.actor, call.body), call),
})

import { DiscoverBackend } from '@/lib/backends/schema'
import { ChoicesOrOperation } from '@/lib/backends/test-answer'
import { discoverBackend } from '@/lib/backends/test-service'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { discoverReply } from '@/lib/http/test-reply'

export const POST = defineRoute({
  permission: 'backends.test',
  summary:
    'Ask the storage what there is to choose from, such as NFS exports or S3 buckets. A saved backend named by backend_id lends its secrets, to go where they were entered for.',
  body: DiscoverBackend,
  response: single(ChoicesOrOperation),
  alsoAnswers: { 202: 'The discovery still runs; follow the operation.' },
  handle: async (call) => discoverReply(await discoverBackend(call.actor, call.body), call),
})

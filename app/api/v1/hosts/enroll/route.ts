import { EnrollHost, JoinInstructions } from '@/lib/hosts/schema'
import { enrollHost } from '@/lib/hosts/service'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'

export const POST = defineRoute({
  permission: 'hosts.admin',
  summary: 'Make a join token for one host, good for 15 minutes; the answer shows it once.',
  body: EnrollHost,
  response: single(JoinInstructions),
  status: 201,
  hasSecretAnswer: true,
  handle: async ({ actor, body }) => ({ body: { data: await enrollHost(actor, body) } }),
})
